import { type CutCounts, type CutFile, NO_COUNTS } from '../feedback/types.ts'
import type { DropEnd } from '../ports.ts'
import { setAsideKey } from './paths.ts'
import type { Drop, Part } from './records.ts'

/** What became of rows; `read` is the sum of imported, set_aside, duplicate and skipped. */
export interface ReceiptRows {
  read: number
  imported: number
  set_aside: number
  duplicate: number
  skipped: number
  /** Of the imported rows, those with a damaged id, a negative score, or characters that were taken out; see CutCounts. */
  unclaimed: number
  blank_scores: number
  cleaned: number
}

/** The rows of a file of which nothing was sent. */
export function unsentRows(counts: Partial<CutCounts> = {}): ReceiptRows {
  return inOrder({ ...NO_COUNTS, ...counts }, 0, counts.set_aside ?? 0)
}

/** The rows of a file of which an earlier drop has everything. */
export function knownRows({ read, skipped }: CutCounts): ReceiptRows {
  return inOrder({ ...NO_COUNTS, read, skipped, duplicate: read - skipped }, 0, 0)
}

/** In the order in which a person reads them. */
function inOrder(counts: CutCounts, imported: number, setAside: number): ReceiptRows {
  const { read, duplicate, skipped } = counts
  const { unclaimed, blank_scores, cleaned } = imported > 0 ? counts : NO_COUNTS
  return { read, imported, set_aside: setAside, duplicate, skipped, unclaimed, blank_scores, cleaned }
}

/** One file of an archive, as its owner reads it. */
export interface ReceiptFile {
  /** Its name in the archive, with its folders. */
  file: string
  rows: ReceiptRows
  /** Key of its set-aside rows: a CSV that can be mended and dropped; null where there are none. */
  set_aside_file: string | null
  dialect: string
  mapping: Record<string, string>
}

/** The rows that were counted while cutting, by what became of their parts. */
export function rowsOf(counts: CutCounts, parts: Part[], state: DropEnd): ReceiptRows {
  const imported = state === 'undone' || state === 'rejected' ? 0 : rowsIn(parts.filter(isSent))
  const unsent = state === 'undone' ? 0 : rowsIn(parts.filter((part) => !isSent(part)))
  return inOrder({ ...NO_COUNTS, ...counts }, imported, counts.set_aside + unsent)
}

/** The files of an archive that was cut. */
export function filesOf(
  drop: Pick<Drop, 'object' | 'firstSeenMs' | 'files' | 'parts'>,
  parts: Part[],
  state: DropEnd,
): ReceiptFile[] {
  const names = new Map(drop.parts.map(({ part, file }) => [part, file]))
  return (drop.files ?? []).map((found, index) => {
    const own = parts.filter(({ part }) => names.get(part) === found.file)
    const isAside = found.counts.set_aside > 0 || own.some((part) => part.state === 'refused')
    const key = isAside ? setAsideKey(drop.object, drop.firstSeenMs, index + 1) : null
    return fileOf(found, rowsOf(found.counts, own, state), key)
  })
}

/** The files of an archive of which an earlier drop has everything. */
export function knownFilesOf(earlier: Pick<Drop, 'files'>): ReceiptFile[] {
  return (earlier.files ?? []).map((found) => fileOf(found, knownRows(found.counts), null))
}

function fileOf({ file, dialect, mapping }: CutFile, rows: ReceiptRows, setAsideFile: string | null): ReceiptFile {
  return { file, rows, set_aside_file: setAsideFile, dialect, mapping }
}

/** Whether CXI has (or had) the part's rows as far as is known. */
const isSent = (part: Part) => part.importId !== null

const rowsIn = (parts: Part[]) => parts.reduce((sum, part) => sum + part.rows, 0)
