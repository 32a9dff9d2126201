import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import type { Part } from './records.ts'

/** A part whose upload had no answer. */
interface Unknown {
  kind: 'unknown'
  looks: number
  /** Until when the account's new parts wait for it; each look sets it anew, so that nobody waits for a dead one. */
  untilMs: number
}

/** Looks for it that come before new parts; CXI lists only its newest imports. */
const LOOKS_AHEAD = 3
const AHEAD_MS = 30_000
const BEHIND_MS = 1000
const DAY_MS = 86_400_000

const groupOf = (identity: string) => `unknown#${identity}`

/** Lets the account's new parts wait for this one, while it is looked for the first few times. */
export async function noteUnknown(deps: ImportDeps, part: Part, partRecordId: string): Promise<void> {
  if (part.looks > LOOKS_AHEAD) return
  await write(deps, part, partRecordId, part.looks === LOOKS_AHEAD ? 0 : deps.clock.now() + AHEAD_MS)
}

/** What became of the part is known. */
export const closeUnknown = (deps: ImportDeps, part: Part, partRecordId: string) => write(deps, part, partRecordId, 0)

async function write(deps: ImportDeps, part: Part, partRecordId: string, untilMs: number): Promise<void> {
  const group = groupOf(part.identity)
  const id = `${part.drop}:${partRecordId}`
  const value: Unknown = { kind: 'unknown', looks: part.looks, untilMs }
  const expiresAtMs = deps.clock.now() + DAY_MS
  const record = await deps.ledger.get<Unknown>(group, id)
  if (record && record.value.untilMs === 0 && untilMs === 0) return
  if (record) await deps.ledger.update(record, { value, expiresAtMs })
  else if (untilMs > 0) await deps.ledger.create({ group, id, value, expiresAtMs })
}

/** Puts a new part off while its account looks for another; answers whether others of today are beside it, if not. */
export async function waitBehindUnknown(
  deps: ImportDeps,
  record: LedgerRecord<Part>,
): Promise<'waits' | 'beside' | 'alone'> {
  const now = deps.clock.now()
  const own = `${record.value.drop}:${record.id}`
  const unknown = await deps.ledger.list<Unknown>(groupOf(record.value.identity))
  if (!unknown.some(({ id, value }) => id !== own && value.untilMs > now))
    return unknown.length > 0 ? 'beside' : 'alone'
  await deps.ledger.update(record, { value: record.value, dueAtMs: now + BEHIND_MS * (1 + deps.random()) })
  return 'waits'
}
