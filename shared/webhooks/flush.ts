import { randomBytes } from 'node:crypto'
import { batchGroup, IDLE, SELF } from '../imports/records.ts'
import type { LedgerRecord } from '../ports.ts'
import type { Batch } from './batch.ts'
import { scopeOf, type WebhookDeps, type WebhookSource, webhookSources } from './deps.ts'

/** What a batch takes at most: responses, and bytes of their packed contents. */
const MOST = 1000
const MOST_BYTES = 4_000_000
/** CXI lists 1,500 imports: a source with more batches than this in a day is flushed less often. */
const MANY = 60
const DAY_MS = 86_400_000
const SELDOM_MS = 15 * 60_000

/** When a source's latest batches were begun. */
interface Flushes {
  kind: 'flushes'
  atMs: number[]
}

/** Looks at every source and begins batches of what has settled. To be called every minute. */
export async function flushSources(deps: WebhookDeps): Promise<void> {
  for (const source of webhookSources(deps)) await flushSource(deps, source)
}

/** Begins batches of a source's settled responses: full ones as many as there are, and one that is not full. */
export async function flushSource(deps: WebhookDeps, source: WebhookSource): Promise<void> {
  const account = deps.relay.accounts[source.account]
  if (!account) return
  // While CXI is away, responses gather here instead of in many small batches.
  while (!(await deps.gate(account).isClosed())) {
    const found = await deps.buffer.settled(scopeOf(deps, source), deps.clock.now(), MOST)
    if (found.length === 0) return
    const members = fitting(found)
    const isFull = found.length === MOST || members.length < found.length
    if (!isFull && !(await isTime(deps, source))) return
    const batch = await begin(deps, source, account.identity, members)
    if (!isFull) return
    // The next look must not find the same ones: they join now, whoever goes on with the batch.
    await deps.buffer.join(scopeOf(deps, source), batch.value.members, batch.value.id)
  }
}

function fitting(found: readonly { id: string; version: number; bytes: number }[]): [string, number][] {
  let bytes = 0
  const members: [string, number][] = []
  for (const one of found) {
    bytes += one.bytes
    if (members.length > 0 && bytes > MOST_BYTES) break
    members.push([one.id, one.version])
  }
  return members
}

const flushesOf = (source: WebhookSource) => ({ group: `webhook#${source.name}`, id: 'flushes' })

async function isTime(deps: WebhookDeps, source: WebhookSource): Promise<boolean> {
  const { group, id } = flushesOf(source)
  const now = deps.clock.now()
  const recent = (await deps.ledger.get<Flushes>(group, id))?.value.atMs.filter((atMs) => atMs > now - DAY_MS) ?? []
  return recent.length <= MANY || now - (recent.at(-1) ?? 0) >= SELDOM_MS
}

/** Writes the intent: from here on each member is decided, by whoever goes on. */
async function begin(
  deps: WebhookDeps,
  source: WebhookSource,
  identity: string,
  members: [string, number][],
): Promise<LedgerRecord<Batch>> {
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
    members,
    setAside: [],
  }
  const record = await deps.ledger.create<Batch>({ group: batchGroup(id), id: SELF, value, dueAtMs: createdMs })
  if (!record) throw new Error('Two batches got the same random id.')
  await noteFlush(deps, source, createdMs)
  deps.wake?.({ group: record.group, id: SELF })
  return record
}

/** A note that is lost between two processes makes one flush come sooner, no more. */
async function noteFlush(deps: WebhookDeps, source: WebhookSource, atMs: number): Promise<void> {
  const { group, id } = flushesOf(source)
  const before = await deps.ledger.get<Flushes>(group, id)
  const value: Flushes = { kind: 'flushes', atMs: [...(before?.value.atMs ?? []).slice(-MANY), atMs] }
  if (before) await deps.ledger.update(before, { value })
  else await deps.ledger.create({ group, id, value })
}
