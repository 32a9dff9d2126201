import { RelayError } from '../errors.ts'
import { COMMA, SEMICOLON, TAB } from '../feedback/bytes.ts'
import { cellText } from '../feedback/cells.ts'
import { RecordScanner } from '../feedback/records.ts'
import type { ExportType } from './records.ts'

/** A header that is longer is none. */
const MAX_HEAD_BYTES = 1_048_576

/** The beginning of a CSV: its header, and everything that was read to find it. */
export interface CsvHead {
  columns: string[]
  /** What was read so far, then the rest. */
  bytes: AsyncIterable<Uint8Array>
}

/** Reads the header. Throws RelayError `link_not_csv` where what comes is a page, an archive or nothing. */
export async function readCsvHead(body: AsyncIterable<Uint8Array>, contentType: string): Promise<CsvHead> {
  const iterator = body[Symbol.asyncIterator]()
  const read: Uint8Array[] = []
  let bytes = 0
  let columns: string[] | undefined
  let isOver = false
  while (columns === undefined) {
    const { done, value } = await iterator.next()
    isOver = done === true
    if (value) {
      read.push(value)
      bytes += value.length
    }
    const head = Buffer.concat(read)
    refuseOthers(head, contentType, isOver)
    columns = columnsOf(head, isOver)
    if (columns === undefined && (isOver || bytes > MAX_HEAD_BYTES)) throw notCsv('has no header')
  }
  return { columns, bytes: continued(read, isOver ? undefined : iterator) }
}

async function* continued(
  read: Uint8Array[],
  iterator: AsyncIterator<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  yield* read
  if (iterator) yield* { [Symbol.asyncIterator]: () => iterator }
}

function refuseOthers(head: Buffer, contentType: string, isOver: boolean): void {
  const text = head
    .subarray(0, 512)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
  if (text === '' && isOver) throw notCsv('is empty')
  if (/^text\/html/i.test(contentType) || text.startsWith('<')) throw notCsv('is a web page')
  if (/^application\/json/i.test(contentType) || /^[{[]/.test(text)) throw notCsv('is JSON')
  if (text.startsWith('PK\x03\x04') || text.includes('\0')) throw notCsv('is no text')
}

const notCsv = (what: string) => new RelayError('link_not_csv', `What the mailed link leads to ${what}, not a CSV.`)

/** The header's cells; undefined while it has not ended. */
function columnsOf(head: Buffer, isOver: boolean): string[] | undefined {
  const from = head.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0
  const bytes = Buffer.concat([head, Buffer.alloc(8)])
  let widest: string[] | undefined
  for (const delimiter of [COMMA, SEMICOLON, TAB]) {
    const scanner = new RecordScanner({ delimiter, crEnds: false })
    if (!scanner.scan(bytes, from, head.length, isOver)) return undefined
    const cells = Array.from({ length: scanner.count }, (_, index) =>
      cellText(bytes, scanner.fieldStart(index), scanner.ends[index] ?? 0).trim(),
    )
    if (!widest || cells.length > widest.length) widest = cells
  }
  return widest
}

const RESPONSES_COLUMNS = new Set(['feedback', 'feedback_date', 'sentiment', 'response_id', 'translated_feedback'])
const USERS_COLUMNS = new Set(['user_id', 'email', 'external_id', 'end_user_id', 'last_response_at', 'response_count'])

/** Which export has such a header; null where it may be either. */
export function exportTypeOf(columns: string[]): ExportType | null {
  const names = columns.map((column) => column.toLowerCase().replace(/[^a-z0-9]+/g, '_'))
  if (names.some((name) => RESPONSES_COLUMNS.has(name))) return 'responses'
  return names.some((name) => USERS_COLUMNS.has(name)) ? 'users' : null
}
