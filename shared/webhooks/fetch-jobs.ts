import { IDLE, SELF, type Work } from '../imports/records.ts'
import type { DoorDeps, WebhookSource } from './deps.ts'
import type { Outcome } from './store-response.ts'
import type { Unfetched } from './types.ts'

/** Answers that are to be fetched from the tool's API; worked on like everything in the ledger. */
export interface FetchJob extends Work {
  kind: 'fetch'
  source: string
  asked: Unfetched
  receivedAtMs: number
  /** Grows with each delivery that asks for it again, so that one that came meanwhile is not forgotten. */
  deliveries: number
}

export const fetchGroup = (source: string, id: string) => `fetch#${source}#${id}`

/** Notes, durably, that a response must be fetched (again). */
export async function askFor(
  deps: DoorDeps,
  source: WebhookSource,
  asked: Unfetched,
  receivedAtMs: number,
): Promise<Outcome> {
  const group = fetchGroup(source.name, asked.id)
  const dueAtMs = deps.clock.now()
  const value: FetchJob = { ...IDLE, kind: 'fetch', source: source.name, asked, receivedAtMs, deliveries: 1 }
  for (;;) {
    if (await deps.ledger.create<FetchJob>({ group, id: SELF, value, dueAtMs })) break
    const existing = await deps.ledger.get<FetchJob>(group, SELF)
    if (!existing) continue
    const { lease, deliveries } = existing.value
    const changed = { ...existing.value, deliveries: deliveries + 1 }
    // Whoever is fetching it sees that the record has changed, and fetches again.
    const due = lease || existing.dueAtMs === null ? existing.dueAtMs : Math.min(existing.dueAtMs, dueAtMs + 60_000)
    if (await deps.ledger.update(existing, { value: changed, dueAtMs: due ?? dueAtMs })) return 'duplicate'
  }
  deps.wake?.({ group, id: SELF })
  return 'accepted'
}
