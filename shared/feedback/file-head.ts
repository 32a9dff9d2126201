import type { ByteWindow } from './byte-window.ts'
import { isBlank } from './bytes.ts'
import { cellText } from './cells.ts'
import { FileDefect } from './cut-error.ts'
import { notACsv } from './file-kind.ts'
import { type RecordForm, RecordScanner } from './records.ts'
import { MAX_RECORD_BYTES } from './row-cutter.ts'

/** As many records as the longest header of a survey tool has rows. */
const RECORDS = 3

export interface HeadRecord {
  cells: string[]
  /** Places in the window. */
  start: number
  next: number
  /** Spreadsheet row. */
  row: number
}

/**
 * Reads the first records of the window without consuming them; undefined where more bytes are needed to know them.
 * Empty lines before and between them are passed over. Throws FileDefect `unclosed_quote`, `not_a_csv`.
 */
export function headRecords(window: ByteWindow, form: RecordForm, isLast: boolean): HeadRecord[] | undefined {
  const scanner = new RecordScanner(form)
  const records: HeadRecord[] = []
  let at = window.start
  for (let row = 1; at < window.end && records.length < RECORDS; row++) {
    if (!scanner.scan(window.bytes, at, window.end, isLast)) {
      if (isLast && records.length === 0) {
        const message = `The file ends inside quotation marks that are opened in its header (row ${row}). Close them there.`
        throw new FileDefect('unclosed_quote', message, { row })
      }
      if (isLast || window.end - at > MAX_RECORD_BYTES + 2) return orTooLong(records)
      return undefined
    }
    const end = scanner.ends[scanner.count - 1] as number
    if (scanner.count > 1 || !isBlank(window.bytes, at, end)) {
      records.push({ cells: cellsOf(window.bytes, scanner), start: at, next: scanner.next, row })
    }
    at = scanner.next
  }
  return records.length === RECORDS || isLast ? records : undefined
}

function orTooLong(records: HeadRecord[]): HeadRecord[] {
  if (records.length > 0) return records
  throw notACsv('one line of more than 1 MiB', 'Export the responses as CSV, one row for each.')
}

function cellsOf(bytes: Buffer, scanner: RecordScanner): string[] {
  return Array.from({ length: scanner.count }, (_, index) =>
    cellText(bytes, scanner.fieldStart(index), scanner.ends[index] as number),
  )
}
