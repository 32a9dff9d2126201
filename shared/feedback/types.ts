import type { RowErrorCode } from '../errors.ts'

/** How a source's files are read: the reading half of a source's configuration. */
export interface ReadOptions {
  columns?: Partial<Record<SpecialColumn, string | RegExp>>
  dates?: { zone?: string; order?: 'day-first' | 'month-first'; format?: string }
  encoding?: string
  reserved?: 'rename' | 'reject'
  privacy?: Record<string, 'drop' | 'hash' | 'mask'>
  /** Key of `privacy: 'hash'` (HMAC-SHA256); needed only where a column is hashed. */
  privacyKey?: Uint8Array
}

export type SpecialColumn = 'feedback' | 'score' | 'user_id' | 'feedback_date' | 'response_id'

/** A row that cannot be imported, or the place of a file's defect. `row` counts as a spreadsheet does: the header is 1. */
export interface Problem {
  row: number
  column: string | null
  code: RowErrorCode
  message: string
}

export interface CutPart {
  /** From 1. */
  part: number
  rows: number
  bytes: number
  /** Spreadsheet rows of the first and the last record in it. */
  firstRow: number
  lastRow: number
}

export interface CutCounts {
  read: number
  set_aside: number
  skipped: number
}

/** What one pass over a file found. */
export interface CutResult {
  /** Lower-case hex SHA-256 of the raw bytes. */
  sha256: string
  bytes: number
  parts: CutPart[]
  counts: CutCounts
  /** The first 100. */
  problems: Problem[]
  dialect: string
  /** What was mapped or renamed: special name or `tags` → header text as found; goes into the receipt. */
  mapping: Record<string, string>
}

/** Where a pass writes; bodies are streamed, in order, one at a time. */
export interface CutSinks {
  /** Receives part `n` (from 1), at most `maxBytes` long, complete in memory. */
  writePart(part: number, bytes: Uint8Array): Promise<void>
  /**
   * Receives set-aside rows as CSV bytes (UTF-8 with BOM, original columns plus `relay_row,relay_column,relay_code,
   * relay_reason`), the header with the first chunk; not called when no row is set aside.
   */
  writeSetAside(chunk: Uint8Array): Promise<void>
  /** Called now and then, for a progress display. */
  progress?(state: { bytesRead: number; rows: number }): void
}

export interface CutInput {
  /** The raw bytes, in chunks of any size. */
  source: AsyncIterable<Uint8Array>
  options: ReadOptions
  /** Upper limit of a part; a part is always shorter. Default 10,000,000. */
  maxPartBytes?: number
  /** Rows of parts that CXI refused: set aside with CXI's words instead of being cut. */
  refused?: { firstRow: number; lastRow: number; message: string }[]
  signal?: AbortSignal
}
