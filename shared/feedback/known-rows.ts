import { Buffer } from 'node:buffer'
import { CR, LF, QUOTE, SPACE, TAB } from './bytes.ts'
import { cellText } from './cells.ts'
import type { RecordScanner } from './records.ts'

const DAMAGED = /^-?\d(?:[.,]\d+)?E\+?\d+$/i

/** Whether a spreadsheet has shortened an id to a number such as `1.18E+11`: its last digits are gone for good. */
export function isDamagedId(id: string): boolean {
  return DAMAGED.test(id)
}

/** Whether the record is what spreadsheets leave of deleted rows: nothing but blanks between delimiters. */
export function isBlankRow(bytes: Buffer, scanner: RecordScanner): boolean {
  const end = scanner.ends[scanner.count - 1] as number
  let isPlain = true
  for (let i = scanner.start; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === scanner.delimiter || byte === SPACE || byte === TAB) continue
    if (byte !== QUOTE && byte < 0x80) return false
    isPlain = false
    break
  }
  if (isPlain) return true
  for (let index = 0; index < scanner.count; index++) {
    const text = cellText(bytes, scanner.fieldStart(index), scanner.ends[index] as number)
    if (text.trim() !== '') return false
  }
  return true
}

/** Bytes by which a record may begin that is blank or a header again, as a table: a look at it spares both looks. */
export function unusualBeginnings(headerRows: string[][], delimiter: number): Uint8Array {
  const table = new Uint8Array(256).fill(1, 0x80)
  for (const byte of [delimiter, SPACE, TAB, LF, CR, QUOTE]) table[byte] = 1
  for (const [first = ''] of headerRows) table[Buffer.from(first)[0] ?? delimiter] = 1
  return table
}

/** Knows the rows of a file's header when they stand again further down, as where files were put one behind the other. */
export class RepeatedHeader {
  readonly #rows: { cells: string[]; first: Buffer }[]

  constructor(headerRows: string[][]) {
    this.#rows = headerRows.map((cells) => ({
      cells: cells.map((text) => text.trim()),
      first: Buffer.from((cells[0] ?? '').split('"')[0] as string),
    }))
  }

  check(bytes: Buffer, scanner: RecordScanner): 'skip' | undefined {
    for (const { cells, first } of this.#rows) {
      if (isLike(bytes, scanner.start, first) && isSame(bytes, scanner, cells)) return 'skip'
    }
    return undefined
  }
}

/** Without making a string, since hardly any row begins as the header does. */
function isLike(bytes: Buffer, start: number, first: Buffer): boolean {
  const from = bytes[start] === QUOTE ? start + 1 : start
  for (let i = 0; i < first.length; i++) if (bytes[from + i] !== first[i]) return false
  return true
}

function isSame(bytes: Buffer, scanner: RecordScanner, cells: string[]): boolean {
  if (scanner.count !== cells.length) return false
  return cells.every(
    (text, index) => cellText(bytes, scanner.fieldStart(index), scanner.ends[index] as number).trim() === text,
  )
}
