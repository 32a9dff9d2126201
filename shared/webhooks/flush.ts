import { randomBytes } from 'node:crypto'
import { batchGroup, IDLE, SELF } from '../imports/records.ts'
import type { Batch } from './batch.ts'
import { scopeOf, type WebhookDeps, type WebhookSource, webhookSources } from './deps.ts'
import { intentKey, type Member, tidyIntent, writeIntent } from './intent.ts'
import { PROVIDERS } from './providers/registry.ts'
import { settleMsOf } from './settle.ts'
import { lastBatch } from './under-way.ts'
import { noteDelivered } from './visits.ts'

/** What a batch takes at most: responses, and bytes of what they say, since all of a batch is held in memory. */
const MOST = 1000
const MOST_BYTES = 32_000_000
/** CXI lists 1,500 imports: a source with more batches than this in a day is flushed less often. */
const MANY = 60
const DAY_MS = 86_400_000
const SELDOM_MS = 15 * 60_000

/** A batch begins no sooner after the one before than its responses settle, nor later than this for it. */
const PAUSE_MS = 45_000

/** When a source's latest batches were begun, and which was the last. */
interface Flushes {
  kind: 'flushes'
  atMs: number[]
  last: string
}

/** Looks at every source and begins batches of what has settled. To be called every minute, or every second. */
export async function flushSources(deps: WebhookDeps): Promise<void> {
  for (const source of webhookSources(deps)) await flushSource(deps, source)
}

/** Begins a batch of a source's settled responses, where there are any and the one before is in CXI. */
export async function flushSource(deps: WebhookDeps, source: WebhookSource): Promise<void> {
  const account = deps.relay.accounts[source.account]
  if (!account) return
  const found = await deps.buffer.settled(scopeOf(deps, source), deps.clock.now(), MOST)
  if (found.length === 0) return
  await noteDelivered(deps, source)
  // While CXI is away, responses gather here instead of in many small batches.
  if (await deps.gate(account).isClosed()) return
  const members = fitting(found)
  const isFull = found.length === MOST || members.length < found.length
  const { group, id } = flushesOf(source)
  const flushes = (await deps.ledger.get<Flushes>(group, id))?.value
  if (flushes && !isFull && !isTime(deps, source, flushes)) return
  const last = flushes && (await lastBatch(deps, flushes.last))
  if (last === 'under way') return
  if (flushes && last === 'over') await tidyIntent(deps.objects, flushes.last)
  await begin(deps, source, account.identity, members)
}

function fitting(found: readonly { id: string; version: number; bytes: number }[]): Member[] {
  let bytes = 0
  const members: Member[] = []
  for (const one of found) {
    bytes += one.bytes
    if (members.length > 0 && bytes > MOST_BYTES) break
    members.push([one.id, one.version])
  }
  return members
}

const flushesOf = (source: WebhookSource) => ({ group: `webhook#${source.name}`, id: 'flushes' })

function isTime({ clock }: WebhookDeps, source: WebhookSource, { atMs }: Flushes): boolean {
  const now = clock.now()
  const passedMs = now - (atMs.at(-1) ?? 0)
  const isMany = atMs.filter((one) => one > now - DAY_MS).length > MANY
  const settleMs = settleMsOf(source, PROVIDERS.get(source.webhook.provider))
  return passedMs >= (isMany ? SELDOM_MS : Math.min(PAUSE_MS, settleMs))
}

/** Writes the intent, then the record that names it: from here on each member is decided, by whoever goes on. */
async function begin(deps: WebhookDeps, source: WebhookSource, identity: string, members: Member[]): Promise<void> {
  const id = randomBytes(16).toString('hex')
  const createdMs = deps.clock.now()
  const value: Batch = {
    ...IDLE,
    kind: 'batch',
    id,
    source: source.name,
    account: source.account,
    identity,
    createdMs,
    intent: intentKey(id),
    setAside: [],
  }
  // First, so that the next flush knows whose intent to look for if this process dies here.
  await noteFlush(deps, source, createdMs, id)
  await writeIntent(deps.objects, id, members)
  const record = await deps.ledger.create<Batch>({ group: batchGroup(id), id: SELF, value, dueAtMs: createdMs })
  if (!record) throw new Error('Two batches got the same random id.')
  deps.wake?.({ group: record.group, id: SELF })
}

/** A note that is lost between two processes makes one flush come sooner, no more. */
async function noteFlush(deps: WebhookDeps, source: WebhookSource, atMs: number, last: string): Promise<void> {
  const { group, id } = flushesOf(source)
  const before = await deps.ledger.get<Flushes>(group, id)
  const value: Flushes = { kind: 'flushes', atMs: [...(before?.value.atMs ?? []).slice(-MANY), atMs], last }
  if (before) await deps.ledger.update(before, { value })
  else await deps.ledger.create({ group, id, value })
}
