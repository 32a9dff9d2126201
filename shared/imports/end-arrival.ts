import type { FileError } from '../errors.ts'
import { CutError } from '../feedback/cut-error.ts'
import type { CutResult } from '../feedback/types.ts'
import type { DropEnd } from '../ports.ts'
import { RowsError } from './candidate.ts'
import type { ImportDeps } from './deps.ts'
import type { Held } from './held.ts'
import { dropIdOf } from './identity.ts'
import { receiptKey } from './paths.ts'
import { writeReceipt } from './receipt.ts'
import { filesOf, knownFilesOf, knownRows, type ReceiptRows, unsentRows } from './receipt-rows.ts'
import type { Arrival, Drop, FileFailure } from './records.ts'
import { isLettingGo } from './row-claims.ts'
import { deleteCut, deleteSetAside, noteDigits, readDrop } from './store-access.ts'

/** Ends an arrival that can't be imported: receipt, mark, then the record, so that a crash between them repeats. */
export async function endAsRejected(deps: ImportDeps, held: Held<Arrival>, error: FileError): Promise<void> {
  const arrival = held.value
  const found = error instanceof RowsError ? error.result : error instanceof CutError ? error.found : undefined
  const failure = { code: error.code, message: error.message }
  if (!(error instanceof RowsError)) await deleteSetAside(deps, arrival)
  const rows = unsentRows(found?.counts)
  const id = idOf(deps, arrival, found?.sha256 ?? null)
  if (id !== null) await noteDigits(deps, id, arrival.id)
  await writeReceipt(deps, arrival, {
    id,
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

/** What a drop of that content is called; null where it was not read to its end. */
function idOf(deps: ImportDeps, { source }: Arrival, sha256: string | null): string | null {
  const account = deps.relay.accounts[deps.relay.sources[source]?.account ?? '']
  return account && sha256 !== null ? dropIdOf(account, source, sha256) : null
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
  const rows = knownRows((cut ?? earlier).counts)
  const duplicateOf = receiptKey(earlier.object, earlier.firstSeenMs)
  await deleteSetAside(deps, arrival)
  await writeReceipt(deps, arrival, {
    id: earlier.id,
    state: 'duplicate',
    rows,
    duplicate_of: duplicateOf,
    dialect: earlier.dialect,
    mapping: earlier.mapping,
    files: knownFilesOf(earlier),
    ignored_files: earlier.ignored ?? [],
  })
  await deps.objects.markDrop(arrival.object, 'duplicate')
  await finish(deps, held, 'duplicate', null, earlier.id)
  deps.logger.info('drop.duplicate', { ...endOf(arrival, 'duplicate', rows), duplicate_of: duplicateOf })
}

/** What is said of an arrival's end. */
const endOf = ({ object, source, firstSeenMs }: Arrival, state: DropEnd, rows: ReceiptRows) => ({
  drop: object.key,
  source,
  door: 'drop',
  state,
  receipt: receiptKey(object, firstSeenMs),
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
