import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import type { Part, Work } from './records.ts'

/** More than any home has unfinished at once. */
const ALL = 1_000_000
/**
 * Work that died before begins after the rest, so that it can't take that down with it; what has died often enough to
 * be set aside once an hour is over waits most of that hour.
 */
const SUSPECT_WAITS_MS = [0, 1000, 4000, 60_000]
const SUSPECT_WAIT_MS = 1_200_000

/** Every record that somebody is working on or must work on, the longest due first. */
export async function unfinished(deps: ImportDeps): Promise<LedgerRecord<Work & { kind: string }>[]> {
  const records = await deps.ledger.due(Number.MAX_SAFE_INTEGER, ALL)
  return records.filter((record): record is LedgerRecord<Work & { kind: string }> => isWork(record.value))
}

const isWork = (value: unknown): boolean => typeof value === 'object' && value !== null && 'lease' in value

/**
 * For a home of one process, at its start: whoever held a lease is dead, and so are its connections. What was being
 * uploaded is looked for from now on, not only after its hard end.
 */
export async function freeLeases(deps: ImportDeps): Promise<number> {
  let freed = 0
  const now = deps.clock.now()
  for (const record of await unfinished(deps)) {
    const { value } = record
    if (!value.lease) continue
    const dueAtMs = now + (SUSPECT_WAITS_MS[value.deaths?.count ?? 0] ?? SUSPECT_WAIT_MS)
    if (await deps.ledger.update(record, { value: { ...ended(value, now), lease: null }, dueAtMs })) freed += 1
  }
  return freed
}

function ended<T extends Work & { kind: string }>(value: T, nowMs: number): T {
  if (value.kind !== 'part') return value
  const { attempt } = value as T & Part
  return attempt ? { ...value, attempt: { ...attempt, endedMs: attempt.endedMs ?? nowMs } } : value
}
