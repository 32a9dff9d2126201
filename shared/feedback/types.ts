import type { RowErrorCode } from '../errors.ts'
import type { DayOrder } from './date-forms.ts'
import type { RowClaims } from './row-claims.ts'

/** How a source's files are read: the reading half of a source's configuration. */
export interface ReadOptions {
  columns?: Partial<Record<SpecialColumn, string | RegExp>>
  dates?: { zone?: string; order?: DayOrder; format?: string }
  /** Orders of day and month that files settled by themselves, by the file's number in its archive (else 1). */
  orders?: Record<number, DayOrder>
  encoding?: string
  /** With 'rows', a file without a column of ids is refused: its rows could not be told from others. */
  dedupe?: 'drop' | 'rows' | 'none'
  reserved?: 'rename' | 'reject'
  privacy?: Record<string, 'drop' | 'hash' | 'mask'>
  /** Key of `privacy: 'hash'` (HMAC-SHA256); needed only where a column is hashed. */
  privacyKey?: Uint8Array
  /** How many problems come with an excerpt of their row, which only the file's owner may see. @default 0 */
  excerpts?: number
}

export type SpecialColumn = 'feedback' | 'score' | 'user_id' | 'feedback_date' | 'response_id'

/** A row that cannot be imported, or the place of a file's defect. `row` counts as a spreadsheet does: the header is 1. */
export interface Problem {
  /** Name of the file, where it lies in an archive. */
  file?: string
  row: number
  column: string | null
  code: RowErrorCode
  message: string
  excerpt?: Excerpt
}

/** A row of a file on one line, as far as it is near the defective value; the value is `line.slice(from, to)`. */
export interface Excerpt {
  line: string
  from: number
  to: number
}

export interface CutPart {
  /** From 1. */
  part: number
  /** Name of the file that it is cut from, where that lies in an archive. */
  file?: string
  rows: number
  bytes: number
  /** Spreadsheet rows of the first and the last record in it; those of an archive are counted on from file to file. */
  firstRow: number
  lastRow: number
}

/** `read` is the sum of what was sent, set aside, skipped and duplicate; the last three say something of rows sent. */
export interface CutCounts {
  read: number
  set_aside: number
  skipped: number
  /** Rows that another drop or batch has, or that were sent before. */
  duplicate: number
  /** Rows whose id a spreadsheet has damaged, so that nobody can claim them by it; only where rows are claimed. */
  unclaimed: number
  /** Rows whose score was negative, which tools write for "not answered". */
  blank_scores: number
  /** Rows out of which characters were taken that no text of a person holds: NUL, and halves of surrogate pairs. */
  cleaned: number
}

export const NO_COUNTS: Readonly<CutCounts> = {
  read: 0,
  set_aside: 0,
  skipped: 0,
  duplicate: 0,
  unclaimed: 0,
  blank_scores: 0,
  cleaned: 0,
}

/** What was found in one file of an archive. */
export interface CutFile {
  /** Its name, with its folders. */
  file: string
  counts: CutCounts
  dialect: string
  /** What was mapped or renamed, as in CutResult. */
  mapping: Record<string, string>
  /** Spreadsheet rows of the files before it. */
  rowsBefore: number
}

/** What one pass over a dropped file found. */
export interface CutResult {
  /** Lower-case hex SHA-256 of the raw bytes. */
  sha256: string
  bytes: number
  parts: CutPart[]
  counts: CutCounts
  /** The first 100. */
  problems: Problem[]
  /** Of an archive whose files differ: theirs, with commas between. */
  dialect: string
  /** What was mapped or renamed: special name or `tags` → header text as found; of an archive: as in all its files. */
  mapping: Record<string, string>
  /** The files of an archive, in its order; none where the file is no archive. */
  files: CutFile[]
  /** Names of what operating systems add to archives, which was passed over. */
  ignored: string[]
  /** Orders of day and month by which another pass can read dates that this one called ambiguous; see ReadOptions. */
  settledOrders: Record<number, DayOrder>
}

/** Where a pass writes; bodies are streamed, in order, one at a time. */
export interface CutSinks {
  /** Receives part `n` (from 1), at most `maxBytes` long, complete in memory. */
  writePart(part: number, bytes: Uint8Array): Promise<void>
  /**
   * Receives set-aside rows as CSV bytes (UTF-8 with BOM, original columns plus `relay_row,relay_column,relay_code,
   * relay_reason`), the header with the first chunk; not called when no row is set aside. Those of each file of an
   * archive, by its number, are a file of their own, with `relay_file` in addition.
   */
  writeSetAside(chunk: Uint8Array, file: number): Promise<void>
  /** Told of the rows of each part, as its entries of ENTRY_WORDS words; only where there is a `rowKey`. */
  noteRows?(entries: Uint32Array<ArrayBuffer>): Promise<void>
  /** Told of each row that is set aside. */
  noteSetAside?(row: number): void
  /** Called now and then, for a progress display. */
  progress?(state: { bytesRead: number; rows: number }): void
}

export interface CutInput {
  /** The raw bytes, in chunks of any size. */
  source: AsyncIterable<Uint8Array>
  options: ReadOptions
  /** Dates more than a year later are no dates of feedback. @default now */
  nowMs?: number
  /** Upper limit of a part; a part is always shorter. Default 10,000,000. */
  maxPartBytes?: number
  /** Up to here, what comes out of an archive may be any number of times as long as what went in. Default 50,000,000. */
  harmlessBytes?: number
  /**
   * Whether the memory of a part may be filled again once its `writePart` has resolved; the sink must keep nothing of
   * it then. Keeps memory flat: without it, finished parts wait for the garbage collector. @default false
   */
  reuseParts?: boolean
  /** Rows of parts that CXI refused, counted as in CutPart: set aside with CXI's words instead of being cut. */
  refused?: { firstRow: number; lastRow: number; message: string }[]
  /** Who owns which row, by the column response_id. */
  claims?: RowClaims
  /** Rows that were sent before, counted as in CutPart; only asked about rows that could be sent. */
  known?: { has(row: number): boolean }
  /** Key of the digests of rows; without it, none are made. */
  rowKey?: Uint8Array
  signal?: AbortSignal
}
