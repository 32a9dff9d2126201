import { COMMA, CR, LF, QUOTE, SPACE } from './bytes.ts'

const NEWLINES = 1
const OTHER = 2

export interface RecordForm {
  delimiter: number
  /** Whether a carriage return alone ends a record, as in files of old Macs. */
  crEnds: boolean
}

/**
 * Finds records and their fields in bytes: RFC 4180, and what spreadsheets make of files that deviate from it. A
 * quote opens a field only as its first byte; what stands between a closing quote and the next delimiter belongs to
 * the field. One instance is used for a whole file, its fields describe the record found last.
 */
export class RecordScanner {
  /** End of each field; the next begins one byte later. */
  ends = new Int32Array(256)
  count = 0
  /** Where quoted fields open; of those beyond the first 64, only their number is known. */
  readonly quotes = new Int32Array(64)
  quoteCount = 0
  start = 0
  /** Where the next record begins. */
  next = 0
  /** Some field is not as RFC 4180 has it: it must be written anew to be read alike everywhere. */
  irregular = false
  /** Text follows a closing quote after a line break: most likely a quote that nobody closed. */
  suspect = false
  /** Whether the record that has not ended yet is inside quotes. */
  open = false
  readonly delimiter: number
  readonly #crEnds: boolean
  readonly #stops = new Uint8Array(256)

  constructor(form: RecordForm) {
    this.delimiter = form.delimiter
    this.#crEnds = form.crEnds
    this.#stops[LF] = NEWLINES
    this.#stops[CR] = NEWLINES
    this.#stops[QUOTE] = OTHER
    this.#stops[form.delimiter] = OTHER
  }

  fieldStart(index: number): number {
    return index === 0 ? this.start : (this.ends[index - 1] as number) + 1
  }

  /**
   * Reads the record at bytes[from], false where it does not end before `limit`. `isLast`: nothing follows `limit`.
   * Writes a sentinel to bytes[limit].
   */
  scan(bytes: Uint8Array, from: number, limit: number, isLast: boolean): boolean {
    bytes[limit] = LF
    const stops = this.#stops
    const delimiter = this.delimiter
    let ends = this.ends
    let count = 0
    let quoteCount = 0
    let i = from
    this.start = from
    this.irregular = false
    this.suspect = false
    this.open = false
    this.quoteCount = 0
    for (;;) {
      if (bytes[i] === QUOTE) {
        const close = closingQuote(bytes, i, limit)
        if (close < 0) {
          this.open = true
          return false
        }
        if (stops[bytes[close + 1] as number] === 0) this.#noteTail(bytes, i, close)
        this.quotes[quoteCount] = i
        this.quoteCount = ++quoteCount
        i = close + 1
      }
      for (;;) {
        while (isText(stops, bytes, i)) i += 4
        while (stops[bytes[i] as number] === 0) i++
        const stop = bytes[i] as number
        if (stop === delimiter) break
        if (stop === LF) {
          if (i === limit && !isLast) return false
          return this.#end(ends, count, i, Math.min(i + 1, limit))
        }
        if (stop === CR) {
          if (i + 1 === limit && !isLast) return false
          if (bytes[i + 1] === LF) return this.#end(ends, count, i, Math.min(i + 2, limit))
          if (this.#crEnds) return this.#end(ends, count, i, i + 1)
        }
        this.irregular = true
        i++
      }
      if (count + 1 >= ends.length) ends = this.#grow()
      ends[count++] = i++
    }
  }

  #end(ends: Int32Array<ArrayBuffer>, count: number, end: number, next: number): true {
    ends[count] = end
    this.count = count + 1
    this.next = next
    return true
  }

  #grow(): Int32Array<ArrayBuffer> {
    const larger = new Int32Array(2 * this.ends.length)
    larger.set(this.ends)
    this.ends = larger
    return larger
  }

  #noteTail(bytes: Uint8Array, open: number, close: number): void {
    this.irregular = true
    let i = close + 1
    while (bytes[i] === SPACE) i++
    const stop = bytes[i] as number
    if (stop === this.delimiter || stop === LF || stop === CR) return
    for (i = open; i < close; i++) if (bytes[i] === LF || bytes[i] === CR) this.suspect = true
  }
}

/** Whether none of four bytes ends a field: a third quicker than to look at one after the other. */
function isText(stops: Uint8Array, bytes: Uint8Array, at: number): boolean {
  return (
    ((stops[bytes[at] as number] as number) |
      (stops[bytes[at + 1] as number] as number) |
      (stops[bytes[at + 2] as number] as number) |
      (stops[bytes[at + 3] as number] as number)) ===
    0
  )
}

/** Place of the quote that closes the one at `open`; -1 where it is not before `limit`. bytes[limit] is no quote. */
function closingQuote(bytes: Uint8Array, open: number, limit: number): number {
  let i = open + 1
  for (;;) {
    while (bytes[i] !== QUOTE && i < limit) i++
    if (i >= limit) return -1
    if (bytes[i + 1] !== QUOTE) return i
    i += 2
  }
}

/** Whether a cell with these bytes must be quoted in a comma-separated file. */
export function needsQuotes(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = bytes[i]
    if (byte === COMMA || byte === QUOTE || byte === LF || byte === CR) return true
  }
  return false
}
