import { quotedCell } from '../feedback/cells.ts'
import type { BufferedResponse, LedgerRecord } from '../ports.ts'
import type { DoorDeps, WebhookDeps, WebhookSource } from './deps.ts'
import { pack, type StoredResponse, unpack } from './stored.ts'

/** A change of a response that had been sent already; its file is written when the record is worked on. */
export interface Late {
  kind: 'late'
  source: string
  day: string
  /** Packed, in base64. */
  content: string
  owner: string
}

const KEPT_MS = 90 * 86_400_000

const groupOf = (source: string, day: string) => `late#${source}#${day}`

/** Keeps a late change; the same one again changes nothing. Answers whether it is new. */
export async function keepLate(
  deps: DoorDeps,
  source: WebhookSource,
  response: StoredResponse,
  at: Pick<BufferedResponse, 'owner'> & { hash: string },
): Promise<boolean> {
  const now = deps.clock.now()
  const day = new Date(now).toISOString().slice(0, 10)
  const value: Late = {
    kind: 'late',
    source: source.name,
    day,
    content: Buffer.from(pack(response)).toString('base64'),
    owner: at.owner ?? '',
  }
  const group = groupOf(source.name, day)
  const id = `${response.mapped.id}#${at.hash}`
  const made = await deps.ledger.create<Late>({ group, id, value, dueAtMs: now, expiresAtMs: now + KEPT_MS })
  if (!made) return false
  deps.logger.warn('response.late', { source: source.name, owner: value.owner })
  deps.wake?.({ group, id })
  return true
}

/** Writes the file of a day's late changes, `rejected/<source>/late.<day>.csv`, anew. */
export async function writeLate(deps: WebhookDeps, record: LedgerRecord<Late>): Promise<void> {
  const { source, day } = record.value
  const records = await deps.ledger.list<Late>(record.group)
  const all = records.map(({ value }) => ({ ...value, response: unpack(Buffer.from(value.content, 'base64')) }))
  const names = [...new Set(all.flatMap(({ response }) => response.mapped.properties.map(([name]) => name)))]
  const lines = [
    [
      'feedback_date',
      'score',
      'feedback',
      'user_id',
      'response_id',
      ...names,
      'relay_row',
      'relay_column',
      'relay_code',
      'relay_reason',
    ],
  ]
  for (const { response, owner } of all) {
    const { feedback_date, score, feedback, user_id, id, properties } = response.mapped
    const values = new Map(properties)
    const reason = `The response had been sent before this change of it came (with ${owner}); CXI can't change a single response.`
    const shown = names.map((name) => values.get(name) ?? '')
    lines.push([feedback_date, score, feedback, user_id, id, ...shown, '', '', 'late', reason])
  }
  const text = lines.map((cells) => `${cells.map(quotedCell).join(',')}\n`).join('')
  await deps.objects.put(`rejected/${source}/late.${day}.csv`, Buffer.from(`\ufeff${text}`))
  for (const one of records) if (one.dueAtMs !== null) await deps.ledger.update(one, { value: one.value })
}
