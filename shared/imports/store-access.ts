import type { Problem } from '../feedback/types.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { setAsideKey, setAsidePrefix } from './paths.ts'
import {
  type Arrival,
  arrivalGroup,
  type Drop,
  digitsGroup,
  dropGroup,
  type Part,
  type Problems,
  partKey,
  problemsId,
  SELF,
} from './records.ts'

export const readArrival = (deps: ImportDeps, id: string) => deps.ledger.get<Arrival>(arrivalGroup(id), SELF)
export const readDrop = (deps: ImportDeps, id: string) => deps.ledger.get<Drop>(dropGroup(id), SELF)

/**
 * Lets a drop be found by the first digits of its id; before its record is written, so that none is left out. A content
 * that was rejected, which is no drop, leads to its first `arrival`.
 */
export async function noteDigits(deps: Pick<ImportDeps, 'ledger'>, id: string, arrival?: string): Promise<void> {
  await deps.ledger.create({ group: digitsGroup(id), id, value: { kind: 'digits', arrival } })
}

/** Ids of the drops that begin with these digits, eight at least. */
export async function idsBeginning(deps: ImportDeps, digits: string): Promise<{ id: string; arrival?: string }[]> {
  const records = await deps.ledger.list<{ arrival?: string }>(digitsGroup(digits))
  return records.filter(({ id }) => id.startsWith(digits)).map(({ id, value }) => ({ ...value, id }))
}

/** The parts of this cut, in order; parts of earlier cuts of the same content are not among them. */
export async function readParts(deps: ImportDeps, drop: Drop): Promise<LedgerRecord<Part>[]> {
  const records = await deps.ledger.list<{ kind: string; cutId?: string }>(dropGroup(drop.id))
  const isPart = (record: LedgerRecord<{ kind: string; cutId?: string }>): record is LedgerRecord<Part> =>
    record.value.kind === 'part' && record.value.cutId === drop.cutId
  return records.filter(isPart)
}

export async function readProblems(deps: ImportDeps, drop: Drop): Promise<Problem[]> {
  const record = await deps.ledger.get<Problems>(dropGroup(drop.id), problemsId(drop.cutId))
  return record?.value.problems ?? []
}

/** Keeps the problems of a cut, over what was kept before. Nothing is written where there are none. */
export async function writeProblems(
  deps: ImportDeps,
  dropId: string,
  cutId: string,
  problems: Problem[],
): Promise<void> {
  const group = dropGroup(dropId)
  const id = problemsId(cutId)
  const value: Problems = { kind: 'problems', problems }
  const before = await deps.ledger.get(group, id)
  if (before) await deps.ledger.update(before, { value })
  else if (problems.length > 0) await deps.ledger.create({ group, id, value })
}

/** Changes a record whoever holds it, trying again as long as others change it; undefined where `change` declines. */
export async function changeAnyway<T>(
  deps: ImportDeps,
  group: string,
  id: string,
  change: (value: T) => { value: T; dueAtMs: number | null } | undefined,
): Promise<LedgerRecord<T> | undefined> {
  for (;;) {
    const record = await deps.ledger.get<T>(group, id)
    const changed = record && change(record.value)
    if (!record || !changed) return undefined
    const written = await deps.ledger.update<T>(record, changed)
    if (written) return written
  }
}

/** Deletes the set-aside rows of an arrival, those of each file in an archive. */
export async function deleteSetAside({ objects }: ImportDeps, { object, firstSeenMs }: Arrival): Promise<void> {
  await objects.delete(setAsideKey(object, firstSeenMs))
  const prefix = setAsidePrefix(object, firstSeenMs)
  for await (const { key } of objects.list(prefix)) {
    if (/^\d+\.csv$/.test(key.slice(prefix.length))) await objects.delete(key)
  }
}

/** Deletes everything that a cut has stored. */
export async function deleteCut(deps: ImportDeps, cutId: string): Promise<void> {
  for (const prefix of [`parts/${cutId}/`, `rows/${cutId}/`]) {
    for await (const { key } of deps.objects.list(prefix)) await deps.objects.delete(key)
  }
}

export const deletePart = (deps: ImportDeps, part: Part) => deps.objects.delete(partKey(part.cutId, part.part))
