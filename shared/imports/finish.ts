import { FileError, messageOf, RelayError } from '../errors.ts'
import type { Problem } from '../feedback/types.ts'
import type { DropEnd, LedgerRecord } from '../ports.ts'
import { readKnown } from './again/history.ts'
import { optionsOf, readDropped } from './cutting.ts'
import { isExhausted } from './deaths.ts'
import type { ImportDeps } from './deps.ts'
import { endFailed } from './failures.ts'
import { Held } from './held.ts'
import { receiptKey, refusedPartKey, setAsideKey } from './paths.ts'
import { receiptOf, writeReceipt } from './receipt.ts'
import type { ReceiptRows } from './receipt-rows.ts'
import { type Arrival, arrivalGroup, type Drop, type FileFailure, type Part, partKey, SELF } from './records.ts'
import { DropClaims } from './row-claims.ts'
import { keepUnsentParts, releaseRows, responsesIn } from './rows.ts'
import { wakeWaiting } from './same-content.ts'
import { changeAnyway, deletePart, readProblems, writeProblems } from './store-access.ts'

const STEP = 'finish'
const HOUR_MS = 3_600_000

/**
 * Ends a drop whose parts have all come to an end (or that sends nothing): set-aside rows, receipt, mark, arrival,
 * and its own record last, so that a crash in between repeats what is missing.
 */
export async function finishDrop(deps: ImportDeps, record: LedgerRecord<Drop>, parts: Part[]): Promise<void> {
  const exhausted = isExhausted(record.value, STEP)
  const undoes = record.value.state === 'sending' && record.value.policy === 'all-or-nothing' && parts.some(isUnsent)
  const nowMs = deps.clock.now()
  using held = await Held.take(deps, record, STEP, (drop): Drop => {
    if (drop.state !== 'sending' || undoes) return drop
    return { ...drop, state: 'finishing', finishedAtMs: drop.finishedAtMs ?? nowMs, ...outcomeOf(drop, parts) }
  })
  if (!held) return
  try {
    if (undoes) {
      const change = { state: 'undoing' as const, ...outcomeOf(held.value, parts), end: 'rejected' as const }
      await held.release((drop) => ({ ...drop, ...change }), deps.clock.now())
      return
    }
    await finish(deps, held, parts, exhausted)
    await wakeWaiting(deps, held.value.id)
  } catch (error) {
    await endFailed(deps, held, error, null)
  }
}

async function finish(deps: ImportDeps, held: Held<Drop>, parts: Part[], exhausted: boolean): Promise<void> {
  const finishedAtMs = held.value.finishedAtMs ?? deps.clock.now()
  const refused = parts.filter((part) => part.state === 'refused')
  if (refused.length > 0 && !held.value.refusedSetAside) await setAsideRefused(deps, held, refused, exhausted)
  const drop = held.value
  const end = drop.end ?? 'imported'
  const receipt = receiptOf(drop, parts, await readProblems(deps, drop), end)
  await writeReceipt(deps, { ...drop, id: drop.arrival }, receipt, finishedAtMs)
  // What was given up may be taken up again, and keeps its rows.
  if (end === 'rejected' && drop.error?.code !== 'attempts_exhausted') {
    await keepUnsentParts(deps, drop)
    await releaseRows(deps, drop)
  }
  // Both can be repeated, until the drop's own record says that they are done.
  await Promise.all([
    drop.door === 'webhook' ? undefined : deps.objects.markDrop(drop.object, end),
    endArrivalOf(deps, drop, end),
  ])
  for (const part of refused) await deletePart(deps, part)
  const dueAtMs = end === 'rejected' ? null : deps.clock.now() + HOUR_MS
  await held.release((value) => ({ ...value, state: 'finished', finishedAtMs, waits: 0, note: null }), dueAtMs)
  say(deps, drop, end, receipt.rows)
}

function say(deps: ImportDeps, drop: Drop, end: DropEnd, rows: ReceiptRows | undefined): void {
  const { object, source, door = 'drop', firstSeenMs } = drop
  const receipt = receiptKey(object, firstSeenMs)
  const fields = { drop: object.key, source, door, state: end, receipt, ...rows, ...drop.error }
  if (drop.error?.code === 'attempts_exhausted') deps.logger.alarm('drop.exhausted', fields)
  if (end === 'rejected') deps.logger.warn('drop.rejected', fields)
  else deps.logger.info('drop.finished', fields)
}

export async function endArrivalOf(deps: ImportDeps, drop: Drop, end: DropEnd): Promise<void> {
  await changeAnyway<Arrival>(deps, arrivalGroup(drop.arrival), SELF, (arrival) =>
    arrival.state === 'finished' && arrival.end === end
      ? undefined
      : { value: { ...arrival, state: 'finished', end, error: drop.error, lease: null }, dueAtMs: null },
  )
}

const isUnsent = (part: Part) => part.importId === null

function outcomeOf(drop: Drop, parts: Part[]): { end: DropEnd; error: FileFailure | null } {
  const unsent = parts.filter(isUnsent)
  const end =
    unsent.length === parts.length
      ? 'rejected'
      : unsent.length > 0 || drop.counts.set_aside > 0
        ? 'partial'
        : 'imported'
  return { end, error: failureOf(drop, parts) }
}

function failureOf(drop: Drop, parts: Part[]): FileFailure | null {
  const exhausted = parts.find((part) => part.state === 'exhausted')
  if (exhausted) {
    const message = `Sending part ${exhausted.part} of ${exhausted.of} ended without a result at least five times in an hour or more${exhausted.note ? ` (last: ${exhausted.note.message})` : ''}. Its rows are kept; when the cause is mended, use the command "retry" with this receipt.`
    return { code: 'attempts_exhausted', message }
  }
  const refused = parts.find((part) => part.state === 'refused')
  const all = parts.every(isUnsent) || drop.policy === 'all-or-nothing'
  if (!refused || !all) return null
  const message = `CXI refused part ${refused.part} of ${refused.of}; nothing of the file was kept there. Mend the rows in rejected/ and drop the file again. ${refused.refusal ?? ''}`
  return { code: 'refused_by_cxi', message: message.trim() }
}

/** Reads the file once more, as it was read then, with the refused parts' rows among the set-aside ones. */
async function setAsideRefused(deps: ImportDeps, held: Held<Drop>, refused: Part[], exhausted: boolean): Promise<void> {
  const drop = held.value
  const ranges = refused.map((part) => {
    const cut = drop.parts.find(({ part: number }) => number === part.part)
    return {
      part,
      firstRow: cut?.firstRow ?? 0,
      lastRow: cut?.lastRow ?? 0,
      message: part.refusal ?? 'CXI refused it.',
    }
  })
  try {
    const scope = { identity: drop.identity, source: drop.source }
    const claims = deps.buffer && drop.read.isClaimed ? new DropClaims(deps, deps.buffer, scope, drop.id) : undefined
    if (exhausted) throw new FileError('attempts_exhausted', 'Reading the file again failed five times.')
    const known = drop.read.isAgain ? await readKnown(deps, drop.cutId) : undefined
    const result = await readDropped(deps, {
      object: drop.object,
      options: optionsOf(drop.read),
      nowMs: drop.firstSeenMs,
      setAsideKey: (file) => setAsideKey(drop.object, drop.firstSeenMs, file),
      writePart: async () => undefined,
      refused: ranges,
      ...(claims ? { claims } : {}),
      ...(known ? { known } : {}),
    })
    if (claims && claims.refused.length > 0) await releaseRows(deps, drop, claims.refused)
    await writeProblems(deps, drop.id, drop.cutId, result.problems)
  } catch (error) {
    const isUnreadable = error instanceof FileError || (error instanceof RelayError && error.code === 'object_missing')
    if (!isUnreadable) throw error
    deps.logger.warn('drop.unreadable', { drop: drop.object.key, message: messageOf(error) })
    await keepRefusedParts(deps, drop, ranges)
  }
  await held.change((value) => ({ ...value, refusedSetAside: true }))
}

/** Where the dropped file is gone: the parts as they were sent are what is left of those rows. */
async function keepRefusedParts(
  deps: ImportDeps,
  drop: Drop,
  ranges: { part: Part; firstRow: number; message: string }[],
): Promise<void> {
  const problems: Problem[] = await readProblems(deps, drop)
  for (const { part, firstRow, message } of ranges) {
    const key = refusedPartKey(drop.object, drop.firstSeenMs, part.part)
    await deps.objects.put(key, deps.objects.read(partKey(part.cutId, part.part)))
    const where = `Part ${part.part} was refused; its ${part.rows} rows are in ${key}, as they were sent. ${message}`
    problems.push({ ...rowIn(drop, firstRow), column: null, code: 'refused_by_cxi', message: where })
    if (drop.door === 'webhook') await releaseRows(deps, drop, await responsesIn(deps, drop, part.part))
  }
  await writeProblems(deps, drop.id, drop.cutId, problems.slice(-100))
}

/** A row of all that was dropped, as a spreadsheet counts it in its own file. */
function rowIn({ files = [] }: Drop, row: number): { file?: string; row: number } {
  const found = files.findLast(({ rowsBefore }) => rowsBefore < row)
  return found ? { file: found.file, row: row - found.rowsBefore } : { row }
}
