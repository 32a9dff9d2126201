/** What went wrong, in a form that decides what happens next. `code` is stable and may be matched by scripts. */
export class RelayError extends Error {
  override readonly name: string = 'RelayError'
  readonly code: string
  /** Whether the same request may succeed later without anybody changing the drop or delivery. */
  readonly retryable: boolean

  constructor(code: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
  }
}

/**
 * A store that is there and lets nobody in: a person has to mend a policy, and until then everything waits. Thrown by
 * stores, caught by the import protocol, which tells of it in an alarm.
 */
export class StoreForbidden extends RelayError {
  override readonly name = 'StoreForbidden'

  constructor(message: string, options: { cause?: unknown } = {}) {
    super('store_unavailable', message, { ...options, retryable: true })
  }
}

/**
 * A dropped file that cannot be imported as it is; never retryable. Thrown while reading and checking a drop, caught
 * by the import protocol, which rejects the drop with this `code` and message.
 */
export class FileError extends RelayError {
  override readonly name = 'FileError'
  /** Spreadsheet row of the defect (the header is 1), where there is one. */
  readonly row: number | null
  /** Column (header text) of the defect, where there is one. */
  readonly column: string | null

  constructor(code: FileErrorCode, message: string, at: { row?: number; column?: string; cause?: unknown } = {}) {
    super(code, message, { cause: at.cause })
    this.row = at.row ?? null
    this.column = at.column ?? null
  }
}

/** The codes that a rejected file may bear in its receipt. */
export type FileErrorCode =
  | 'unknown_source'
  | 'file_empty'
  | 'no_rows'
  | 'not_a_csv'
  | 'encoding_unknown'
  | 'feedback_date_column_missing'
  | 'column_missing'
  | 'reserved_column'
  | 'duplicate_column'
  | 'unclosed_quote'
  | 'archive_unsafe'
  | 'metadata_invalid'
  | 'rows_not_valid'
  | 'all_rows_set_aside'
  | 'refused_by_cxi'
  | 'file_gone'
  | 'attempts_exhausted'

/** The codes that a set-aside row may bear. */
export type RowErrorCode =
  | 'feedback_date_missing'
  | 'feedback_date_invalid'
  | 'feedback_date_ambiguous'
  | 'score_not_integer'
  | 'field_count'
  | 'not_utf8'
  | 'row_too_large'
  | 'refused_by_cxi'
  /** A response by webhook with neither score nor feedback, or several answers for one special column. */
  | 'no_answer'
  | 'duplicate_column'

/** The message of anything thrown, never its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
