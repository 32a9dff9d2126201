import { unsafe } from './archive-limits.ts'
import { FileDefect } from './cut-error.ts'
import { isExcel } from './unpacked.ts'

const UNPACK = 'Unpack it and drop the CSV inside.'
const EXCEL = 'In Excel: File, Save As, "CSV UTF-8 (Comma delimited)"; then drop that file.'

/** Beginnings of files that people drop in place of a CSV, what they are, and what to do about it. */
const KINDS: [start: string | number[], kind: string, advice: string][] = [
  [[0xd0, 0xcf, 0x11, 0xe0], 'an Excel workbook (.xls)', EXCEL],
  ['BZh', 'a bzip2 file', UNPACK],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'an xz file', UNPACK],
  [[0x28, 0xb5, 0x2f, 0xfd], 'a zstd file', UNPACK],
  [[0x37, 0x7a, 0xbc, 0xaf], 'a 7-Zip archive', UNPACK],
  ['Rar!', 'a RAR archive', UNPACK],
  ['%PDF', 'a PDF', 'Export the responses as CSV from the survey tool.'],
  [[0x89, 0x50, 0x4e, 0x47], 'a PNG image', 'Export the responses as CSV from the survey tool.'],
  [[0xff, 0xd8, 0xff], 'a JPEG image', 'Export the responses as CSV from the survey tool.'],
  ['GIF8', 'a GIF image', 'Export the responses as CSV from the survey tool.'],
  ['{\\rtf', 'a rich text document', 'Save it as CSV in UTF-8.'],
  ['SQLite format 3', 'an SQLite database', 'Export the table as CSV.'],
  ['PAR1', 'a Parquet file', 'Convert it to CSV.'],
]

/**
 * Throws FileDefect `not_a_csv` or `archive_unsafe`, with advice, where `head` is the beginning of another kind of file;
 * `isPacked`: the file came out of an archive.
 */
export function refuseOtherKinds(head: Buffer, isPacked: boolean): void {
  const isZip = startsWith(head, 'PK\x03\x04') || startsWith(head, 'PK\x05\x06') || startsWith(head, 'PK\x07\x08')
  if (isZip && isExcel(head)) throw notACsv('an Excel workbook (.xlsx)', EXCEL)
  if (isZip && isPacked) throw unsafe('The archive holds another archive.', UNPACK)
  // One that holds a CSV has been unpacked before.
  if (isZip) throw notACsv('an Excel workbook or a zip archive without a CSV', EXCEL)
  if (startsWith(head, [0x1f, 0x8b])) throw unsafe('The archive holds another archive.', UNPACK)
  for (const [start, kind, advice] of KINDS) if (startsWith(head, start)) throw notACsv(kind, advice)
  const text = head.toString('latin1', 0, 1024).trimStart().toLowerCase()
  if (/^(?:<!doctype html|<html|<head|<body)/.test(text)) {
    throw notACsv(
      'a web page',
      'It was most likely saved in place of the download: sign in to the tool and export again.',
    )
  }
  if (/^<\?xml/.test(text)) throw notACsv('an XML document', 'Export the responses as CSV.')
  if (/^(?:\[\s*\{|\{\s*"[^"]*"\s*:)/.test(text)) {
    throw notACsv('a JSON document', 'Export the responses as CSV.')
  }
}

export function notACsv(kind: string, advice: string): FileDefect {
  return new FileDefect('not_a_csv', `The file is ${kind}, not a CSV. ${advice}`)
}

function startsWith(head: Buffer, start: string | number[]): boolean {
  const bytes = typeof start === 'string' ? Buffer.from(start, 'latin1') : Buffer.from(start)
  return head.length >= bytes.length && head.subarray(0, bytes.length).equals(bytes)
}
