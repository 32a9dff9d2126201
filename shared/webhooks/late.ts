import { createHash } from 'node:crypto'
import { quotedCell } from '../feedback/cells.ts'
import { RELAY_COLUMNS } from '../feedback/header.ts'
import type { LedgerRecord } from '../ports.ts'
import { cellsOf, columnsOf } from './batch-csv.ts'
import type { DoorDeps, WebhookDeps, WebhookSource } from './deps.ts'
import { ResponseMapper } from './map-response.ts'
import { hashOf, type StoredResponse } from './stored.ts'

/** A day's late changes, each an object of its own; their file is written when the record is worked on. */
export interface Late {
  kind: 'late'
  source: string
  day: string
}

/** A change of a response that had been sent already, as it is kept. */
interface LateChange extends StoredResponse {
  id: string
  /** The batch or drop that the response was sent with. */
  owner: string
}

const KEPT_MS = 90 * 86_400_000

const prefixOf = ({ source, day }: Late) => `late/${source}/${day}/`

/** Keeps a late change, `late/<source>/<UTC day>/<hash>.json`; the same one again changes nothing. Answers whether it is new. */
export async function keepLate(
  deps: DoorDeps,
  { name: source }: WebhookSource,
  id: string,
  { response, owner }: { response: StoredResponse; owner: string },
): Promise<boolean> {
  const now = deps.clock.now()
  const late: Late = { kind: 'late', source, day: new Date(now).toISOString().slice(0, 10) }
  const hash = createHash('sha256')
    .update(JSON.stringify([id, hashOf(response.event)]))
    .digest('hex')
  const change: LateChange = { id, owner, ...response }
  const isNew = await deps.objects.create(`${prefixOf(late)}${hash}.json`, Buffer.from(`${JSON.stringify(change)}\n`))
  // Even where it is there: whoever stored it may not have come to this.
  await makeDue(deps, late, now)
  if (isNew) deps.logger.warn('response.late', { source, owner })
  return isNew
}

async function makeDue(deps: DoorDeps, value: Late, now: number): Promise<void> {
  const at = { group: `late#${value.source}`, id: value.day }
  for (;;) {
    const before = await deps.ledger.get<Late>(at.group, at.id)
    const made = before
      ? await deps.ledger.update(before, { value, dueAtMs: before.dueAtMs ?? now })
      : await deps.ledger.create<Late>({ ...at, value, dueAtMs: now, expiresAtMs: now + KEPT_MS })
    if (made) break
  }
  deps.wake?.(at)
}

/** Writes the file of a day's late changes, `rejected/<source>/late.<day>.csv`, anew. */
export async function writeLate(deps: WebhookDeps, record: LedgerRecord<Late>): Promise<void> {
  const { source, day } = record.value
  const mapper = new ResponseMapper(deps.relay.sources[source] ?? {})
  const changes: LateChange[] = []
  for await (const { key } of deps.objects.list(prefixOf(record.value))) changes.push(await readChange(deps, key))
  changes.sort((a, b) => a.receivedAtMs - b.receivedAtMs)
  const mapped = changes.map((change) => mapper.map(change, change.id).response)
  const columns = columnsOf(mapped)
  const lines = mapped.map((response, at) => {
    const reason = `The response had been sent before this change of it came (with ${changes[at]?.owner}); CXI can't change a single response.`
    return [...cellsOf(response, columns), '', '', 'late', reason]
  })
  const text = [[...columns, ...RELAY_COLUMNS], ...lines]
    .map((cells) => `${cells.map(quotedCell).join(',')}\n`)
    .join('')
  await deps.objects.put(`rejected/${source}/late.${day}.csv`, Buffer.from(`\ufeff${text}`))
  // One that came meanwhile has changed the record, which stays due then.
  await deps.ledger.update(record, { value: record.value })
}

async function readChange(deps: WebhookDeps, key: string): Promise<LateChange> {
  const chunks: Uint8Array[] = []
  for await (const chunk of deps.objects.read(key)) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString()) as LateChange
}
