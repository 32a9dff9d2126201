import { createHash } from 'node:crypto'
import { importMetadataOf } from '../config/metadata.ts'
import type { Account, Source } from '../config/types.ts'
import { FileError, RelayError } from '../errors.ts'
import { CutError } from '../feedback/cut-error.ts'
import type { CutResult, Problem } from '../feedback/types.ts'
import type { DropObject } from '../ports.ts'
import { readDropped, snapshotOf } from './cutting.ts'
import type { ImportDeps } from './deps.ts'
import { dropIdOf } from './identity.ts'
import { placeOf, setAsideKey } from './paths.ts'
import { type Arrival, type Drop, IDLE, partKey } from './records.ts'
import { DropClaims } from './row-claims.ts'

/** A content that is cut, stored and fit to be sent; not yet the record of its content. */
export interface Candidate {
  drop: Drop
  problems: Problem[]
}

/** A file of which every row that counts is defective, or too many for its source; its set-aside rows are stored. */
export class RowsError extends FileError {
  readonly result: CutResult
  readonly duplicateOf: string | null

  constructor(
    code: 'all_rows_set_aside' | 'rows_not_valid' | 'no_rows',
    message: string,
    result: CutResult,
    duplicateOf: string | null,
  ) {
    super(code, message)
    this.result = result
    this.duplicateOf = duplicateOf
  }
}

/** Cuts what arrived into stored parts. Throws FileErrors (CutError and RowsError with what was found). */
export async function cutCandidate(
  deps: ImportDeps,
  arrival: Arrival,
  source: Source,
  cutId: string,
): Promise<Candidate> {
  const { object } = arrival
  const account = deps.relay.accounts[source.account]
  if (!account) throw new RelayError('account_missing', `Source "${source.name}" names an unknown account.`)
  const claims = claimsFor(deps, account, source, arrival)
  const rows = await rowsFor(deps, account, source, { arrival: arrival.id, cutId, isClaimed: claims !== undefined })
  try {
    const head = await deps.objects.headDrop(object)
    if (!head) throw fileGone(object)
    const metadata = importMetadataOf(source, placeOf(object.key).fileName, head.metadata)
    const job = {
      object,
      options: source,
      nowMs: arrival.firstSeenMs,
      setAsideKey: (file: number) => setAsideKey(object, arrival.firstSeenMs, file),
      writePart: (part: number, bytes: Uint8Array) => deps.objects.put(partKey(cutId, part), bytes),
      ...(claims ? { claims } : {}),
    }
    const first = await readDropped(deps, { ...job, rows })
    const id = dropIdOf(account, source.name, first.sha256)
    if (claims && id !== arrival.drop) throw changedMeanwhile(object)
    const again = (await rows?.recognise(id)) ?? null
    const reading = again ? await readDropped(deps, { ...job, options: first.options, known: again.known }) : first
    if (reading.sha256 !== first.sha256) throw changedMeanwhile(object)
    for (const { part } of first.parts.slice(reading.parts.length)) await deps.objects.delete(partKey(cutId, part))
    const { hasSetAside, options, ...result } = reading
    const duplicateOf = again?.key ?? (await claims?.duplicateOf()) ?? null
    checkRows(result, source, hasSetAside, duplicateOf)
    const drop: Drop = {
      ...IDLE,
      kind: 'drop',
      id,
      cutId,
      object,
      arrival: arrival.id,
      firstSeenMs: arrival.firstSeenMs,
      source: source.name,
      account: account.name,
      identity: account.identity,
      state: result.parts.length > 0 ? 'preparing' : 'finishing',
      end: result.parts.length > 0 ? null : 'duplicate',
      error: null,
      sha256: result.sha256,
      bytes: result.bytes,
      counts: result.counts,
      parts: result.parts,
      metadata,
      sent: null,
      policy: source.rows,
      read: snapshotOf(options, { isClaimed: claims !== undefined, isAgain: again !== null }),
      dialect: result.dialect,
      mapping: result.mapping,
      files: result.files,
      ignored: result.ignored,
      finishedAtMs: null,
      refusedSetAside: false,
      confirmed: false,
      duplicateOf,
    }
    return { drop, problems: result.problems }
  } catch (error) {
    await rows?.giveUp()
    if (error instanceof RelayError && error.code === 'object_missing') throw fileGone(object)
    throw error
  }
}

function checkRows(result: CutResult, source: Source, hasSetAside: boolean, duplicateOf: string | null): void {
  const { read, set_aside, skipped, duplicate } = result.counts
  const first = result.problems[0]
  const example = first
    ? ` The first: ${first.file === undefined ? '' : `"${first.file}", `}row ${first.row}${first.column === null ? '' : `, ${first.column}`}: ${first.message}`
    : ''
  if (hasSetAside && source.rows === 'all-or-nothing') {
    throw new RowsError(
      'rows_not_valid',
      `${set_aside} of ${read} rows can't be imported, and this source takes all rows or none; nothing was sent. Mend them (they are listed in rejected/) and drop the whole file again.${example}`,
      result,
      duplicateOf,
    )
  }
  if (result.parts.length > 0) return
  if (!hasSetAside && duplicate > 0) return
  if (!hasSetAside) {
    throw new RowsError(
      'no_rows',
      `All ${skipped} rows are the survey tool's previews or unfinished answers; nothing was sent. Export the file again when there are finished answers.`,
      result,
      duplicateOf,
    )
  }
  const left =
    duplicate > 0 ? `${duplicate} of ${read} rows were sent before, and none of the others` : `None of ${read} rows`
  throw new RowsError(
    'all_rows_set_aside',
    `${left} can be imported; nothing was sent. Mend them in rejected/ and drop that file, or mend the source's columns and dates in relay.config.ts and drop this one again.${example}`,
    result,
    duplicateOf,
  )
}

/** Compares a source's files by their rows, unless that is turned off. */
function rowsFor(
  deps: ImportDeps,
  { identity }: Account,
  { name, dedupe }: Source,
  cut: { arrival: string; cutId: string; isClaimed: boolean },
) {
  return dedupe === 'none' ? undefined : deps.dropRows?.(deps, { identity, source: name, ...cut })
}

/** Rows are claimed for the content, which the arrival knows before it is cut. */
function claimsFor(deps: ImportDeps, account: Account, source: Source, arrival: Arrival) {
  if (source.dedupe !== 'rows' || !deps.buffer || arrival.drop === null) return undefined
  return new DropClaims(deps, deps.buffer, { identity: account.identity, source: source.name }, arrival.drop)
}

const changedMeanwhile = (object: DropObject) =>
  new RelayError('still_arriving', `${object.key} changed while it was read; it is read again in a moment.`, {
    retryable: true,
  })

const fileGone = (object: DropObject) =>
  new FileError('file_gone', `${object.key} was removed or replaced before it was read; drop it again.`)

/** The content's hash: from the pass that failed, if that read to the end, else by reading it; null where it is gone. */
export async function sha256Of(deps: ImportDeps, object: DropObject, error?: FileError): Promise<string | null> {
  if (error instanceof RowsError) return error.result.sha256
  if (error instanceof CutError && error.found.sha256 !== null) return error.found.sha256
  const hash = createHash('sha256')
  try {
    for await (const chunk of deps.objects.readDrop(object)) hash.update(chunk)
  } catch (cause) {
    if (cause instanceof RelayError && cause.code === 'object_missing') return null
    throw cause
  }
  return hash.digest('hex')
}
