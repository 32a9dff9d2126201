import type { CutCounts, CutFile } from '../feedback/types.ts'
import type { DropEnd } from '../ports.ts'
import { setAsideKey } from './paths.ts'
import type { Drop, Part } from './records.ts'

/** What became of rows; `read` is the sum of the others. */
export interface ReceiptRows {
  read: number
  imported: number
  set_aside: number
  duplicate: number
  skipped: number
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
  return {
    read: counts.read,
    imported,
    set_aside: counts.set_aside + unsent,
    duplicate: counts.duplicate ?? 0,
    skipped: counts.skipped,
  }
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
    const key = isAside ? setAsideKey(drop.object.key, drop.firstSeenMs, index + 1) : null
    return fileOf(found, rowsOf(found.counts, own, state), key)
  })
}

/** The files of an archive of which an earlier drop has everything. */
export function knownFilesOf(earlier: Pick<Drop, 'files'>): ReceiptFile[] {
  return (earlier.files ?? []).map((found) => {
    const { read, skipped } = found.counts
    return fileOf(found, { read, imported: 0, set_aside: 0, duplicate: read - skipped, skipped }, null)
  })
}

function fileOf({ file, dialect, mapping }: CutFile, rows: ReceiptRows, setAsideFile: string | null): ReceiptFile {
  return { file, rows, set_aside_file: setAsideFile, dialect, mapping }
}

/** Whether CXI has (or had) the part's rows as far as is known. */
const isSent = (part: Part) => part.importId !== null

const rowsIn = (parts: Part[]) => parts.reduce((sum, part) => sum + part.rows, 0)
