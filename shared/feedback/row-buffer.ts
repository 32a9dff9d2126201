import { Buffer } from 'node:buffer'
import { COMMA, LF, QUOTE } from './bytes.ts'
import { cellText } from './cells.ts'
import { needsQuotes, type RecordScanner } from './records.ts'

/** Builds one record of a part, cell by cell, in a buffer that is used again and again. */
export class RowBuffer {
  bytes = Buffer.allocUnsafeSlow(16 * 1024)
  length = 0
  #cells = 0

  clear(): void {
    this.length = 0
    this.#cells = 0
  }

  /** Adds a cell of a record as it stands, quoted where a comma would split it. */
  addCell(source: Buffer, scanner: RecordScanner, index: number): void {
    const from = scanner.fieldStart(index)
    const to = scanner.ends[index] as number
    if (scanner.irregular) {
      this.addText(cellText(source, from, to))
      return
    }
    this.#next(to - from + 2)
    const isBare = scanner.delimiter !== COMMA && source[from] !== QUOTE && needsQuotes(source, from, to)
    if (isBare) this.bytes[this.length++] = QUOTE
    if (to - from < 32) for (let i = from; i < to; i++) this.bytes[this.length++] = source[i] as number
    else this.length += source.copy(this.bytes, this.length, from, to)
    if (isBare) this.bytes[this.length++] = QUOTE
  }

  /** Adds what a privacy rule makes of a cell. */
  addChanged(source: Buffer, scanner: RecordScanner, index: number, change: (text: string) => string): void {
    this.addText(change(cellText(source, scanner.fieldStart(index), scanner.ends[index] as number)))
  }

  addText(text: string): void {
    if (text === '') {
      this.#next(0)
      return
    }
    // A UTF-16 unit becomes at most three bytes, a quote two.
    this.#next(3 * text.length + 2)
    const cell = /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    this.length += this.bytes.write(cell, this.length)
  }

  end(): void {
    this.#reserve(1)
    this.bytes[this.length++] = LF
  }

  #next(room: number): void {
    this.#reserve(room + 1)
    if (this.#cells++ > 0) this.bytes[this.length++] = COMMA
  }

  #reserve(room: number): void {
    if (this.length + room <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.length + room))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }
}
