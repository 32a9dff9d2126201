import type { FileError } from '../errors.ts'
import { CutError } from '../feedback/cut-error.ts'
import type { CutResult } from '../feedback/types.ts'
import type { DropEnd } from '../ports.ts'
import { RowsError } from './candidate.ts'
import type { ImportDeps } from './deps.ts'
import type { Held } from './held.ts'
import { receiptKey } from './paths.ts'
import { writeReceipt } from './receipt.ts'
import { filesOf, knownFilesOf } from './receipt-rows.ts'
import type { Arrival, Drop, FileFailure } from './records.ts'
import { isLettingGo } from './row-claims.ts'
import { deleteCut, deleteSetAside, readDrop } from './store-access.ts'

/** Ends an arrival that can't be imported: receipt, mark, then the record, so that a crash between them repeats. */
export async function endAsRejected(deps: ImportDeps, held: Held<Arrival>, error: FileError): Promise<void> {
  const arrival = held.value
  const found = error instanceof RowsError ? error.result : error instanceof CutError ? error.found : undefined
  const failure = { code: error.code, message: error.message }
  if (!(error instanceof RowsError)) await deleteSetAside(deps, arrival)
  const { read, set_aside, skipped, duplicate = 0 } = found?.counts ?? { read: 0, set_aside: 0, skipped: 0 }
  const rows = { read, imported: 0, set_aside, duplicate, skipped }
  await writeReceipt(deps, arrival, {
    state: 'rejected',
    rows,
    problems: found?.problems ?? [],
    error: failure,
    duplicate_of: error instanceof RowsError ? error.duplicateOf : null,
    ...(error instanceof RowsError ? cutOf(arrival, error.result) : {}),
  })
  await releaseArrival(deps, arrival)
  await deps.objects.markDrop(arrival.object, 'rejected')
  await finish(deps, held, 'rejected', failure)
  const fields = { ...endOf(arrival, 'rejected', rows), ...failure }
  if (error.code === 'attempts_exhausted') deps.logger.alarm('drop.exhausted', fields)
  deps.logger.warn('drop.rejected', fields)
}

/** What the receipt says of a file that was read to its end. */
function cutOf({ object, firstSeenMs }: Arrival, { dialect, mapping, files, ignored }: CutResult) {
  const cut = { object, firstSeenMs, files, parts: [] }
  return { dialect, mapping, files: filesOf(cut, [], 'rejected'), ignored_files: ignored }
}

/** The rows that were claimed for a content that is rejected, unless that content is a drop that was sent. */
async function releaseArrival(deps: ImportDeps, arrival: Arrival): Promise<void> {
  const account = deps.relay.accounts[deps.relay.sources[arrival.source]?.account ?? '']
  if (!deps.buffer || !account || arrival.drop === null) return
  const drop = await readDrop(deps, arrival.drop)
  if (drop && !isLettingGo(drop.value)) return
  await deps.buffer.release({ identity: account.identity, source: arrival.source }, arrival.drop, deps.clock.now())
}

/** Ends an arrival whose content is known already. `cut` is what it was cut into, where it could be. */
export async function endAsDuplicate(
  deps: ImportDeps,
  held: Held<Arrival>,
  earlier: Drop,
  cut: Drop | null,
): Promise<void> {
  const arrival = held.value
  const { read, skipped } = (cut ?? earlier).counts
  const rows = { read, imported: 0, set_aside: 0, duplicate: read - skipped, skipped }
  await deleteSetAside(deps, arrival)
  await writeReceipt(deps, arrival, {
    id: earlier.id,
    state: 'duplicate',
    rows,
    duplicate_of: earlier.object.key,
    dialect: earlier.dialect,
    mapping: earlier.mapping,
    files: knownFilesOf(earlier),
    ignored_files: earlier.ignored ?? [],
  })
  await deps.objects.markDrop(arrival.object, 'duplicate')
  await finish(deps, held, 'duplicate', null, earlier.id)
  deps.logger.info('drop.duplicate', { ...endOf(arrival, 'duplicate', rows), duplicate_of: earlier.object.key })
}

/** What is said of an arrival's end. */
const endOf = ({ object, source, firstSeenMs }: Arrival, state: DropEnd, rows: Record<string, number>) => ({
  drop: object.key,
  source,
  door: 'drop',
  state,
  receipt: receiptKey(object.key, firstSeenMs),
  ...rows,
})

async function finish(
  deps: ImportDeps,
  held: Held<Arrival>,
  end: DropEnd,
  error: FileFailure | null,
  drop = held.value.drop,
): Promise<void> {
  for (const cut of held.value.cuts) await deleteCut(deps, cut)
  await held.release((arrival) => ({ ...arrival, state: 'finished', end, error, drop, cuts: [], note: null }), null)
}
