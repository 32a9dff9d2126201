import { Buffer } from 'node:buffer'
import type { RowDigests } from './row-digests.ts'
import { RowMarks } from './row-marks.ts'
import type { CutPart, CutSinks } from './types.ts'

/** Up to here, a loop copies sooner than a call does. */
const SHORT = 40
const FIRST_CAPACITY = 256 * 1024

/**
 * Fills parts below `maxBytes`, each with its file's header. Records are put in with `begin`, then any number of `copy`
 * and `digits`. A full part is handed over while the next is being filled, one at a time.
 */
export class PartWriter {
  readonly parts: CutPart[] = []
  #header: Buffer = Buffer.alloc(0)
  /** Name of the file that is being cut, where it lies in an archive. */
  #file: string | null = null
  /** Whether the file that is being cut has filled a part. */
  #isLarge = false
  readonly #maxBytes: number
  readonly #isReused: boolean
  readonly #digests: RowDigests | undefined
  readonly #marks = new RowMarks()
  readonly #sinks: CutSinks
  #bytes: Buffer | undefined
  /** The buffer that is being written, and one whose part is written: to be filled again, if the sink allows it. */
  #sent: Buffer | undefined
  #spare: Buffer | undefined
  #used = 0
  /** Length with what was begun and is not copied yet. */
  #size = 0
  #rows = 0
  #firstRow = 0
  #lastRow = 0
  #writing: Promise<void> = Promise.resolve()
  #source: Buffer | undefined
  #copyFrom = 0
  #copyTo = 0

  constructor(options: { maxBytes: number; isReused: boolean; digests?: RowDigests | undefined }, sinks: CutSinks) {
    this.#maxBytes = options.maxBytes
    this.#isReused = options.isReused
    this.#digests = options.digests
    this.#sinks = sinks
  }

  /** To be called before the records of a file: a part holds those of one file only. */
  async startFile(header: Buffer, name: string | null): Promise<void> {
    await this.flush()
    this.#header = header
    this.#file = name
    this.#isLarge = false
  }

  /** Whether a record of this length fits into a part of its own. */
  canEverHold(bytes: number): boolean {
    return this.#header.length + bytes < this.#maxBytes
  }

  /** Whether a record of this length fits into the part being filled; if not, `flush` first. */
  fits(bytes: number): boolean {
    return this.#rows === 0 || this.#size + bytes < this.#maxBytes
  }

  /** Starts a record of exactly `bytes` bytes, which must fit; `kind`: see RowMarks. */
  begin(row: number, bytes: number, kind: number): void {
    if (!this.#bytes || this.#size + bytes > this.#bytes.length) this.#grow(bytes)
    if (this.#digests) this.#marks.add(this.#size, row, kind)
    this.#size += bytes
    if (this.#rows === 0) this.#firstRow = row
    this.#rows += 1
    this.#lastRow = row
  }

  /** Copies from a buffer that stays as it is until `settleCopies`: what is next to each other is copied at once. */
  copy(from: Buffer, start: number, end: number): void {
    if (from === this.#source && start === this.#copyTo) {
      this.#copyTo = end
      return
    }
    this.settleCopies()
    this.#source = from
    this.#copyFrom = start
    this.#copyTo = end
  }

  copyNow(from: Buffer, start: number, end: number): void {
    this.settleCopies()
    this.#used += from.copy(this.#bytes as Buffer, this.#used, start, end)
  }

  settleCopies(): void {
    if (!this.#source) return
    const [from, start, end] = [this.#source, this.#copyFrom, this.#copyTo]
    this.#source = undefined
    const to = this.#bytes as Buffer
    let used = this.#used
    if (end - start > SHORT) used += from.copy(to, used, start, end)
    else for (let i = start; i < end; i++) to[used++] = from[i] as number
    this.#used = used
  }

  byte(value: number): void {
    this.settleCopies()
    ;(this.#bytes as Buffer)[this.#used++] = value
  }

  /** Ten digits are the rule, and are written without making a string. */
  digits(value: number): void {
    this.settleCopies()
    const bytes = this.#bytes as Buffer
    let left = value
    for (let at = this.#used + digitCount(value) - 1; at >= this.#used; at--) {
      const rest = Math.floor(left / 10)
      bytes[at] = 48 + left - rest * 10
      left = rest
    }
    this.#used += digitCount(value)
  }

  text(value: string): void {
    this.settleCopies()
    this.#used += (this.#bytes as Buffer).write(value, this.#used)
  }

  /** Hands the part being filled over; resolves when the part before it is written. */
  async flush(): Promise<void> {
    await this.#writing
    if (this.#isReused) this.#spare = this.#sent
    this.#sent = undefined
    if (this.#rows === 0 || !this.#bytes) return
    this.settleCopies()
    const bytes = this.#bytes.subarray(0, this.#used)
    const part = this.parts.length + 1
    this.parts.push({
      part,
      ...(this.#file === null ? {} : { file: this.#file }),
      rows: this.#rows,
      bytes: this.#used,
      firstRow: this.#firstRow,
      lastRow: this.#lastRow,
    })
    this.#isLarge = true
    this.#sent = this.#bytes
    this.#bytes = undefined
    this.#rows = 0
    this.#used = 0
    this.#writing = this.#sinks.writePart(part, bytes)
    // Awaited by the next flush; until then a failure must not count as unhandled.
    this.#writing.catch(() => undefined)
    if (!this.#digests) return
    // While it is written, from the memory that it is written from.
    const entries = this.#digests.ofPart(bytes, this.#marks)
    this.#marks.clear()
    await this.#sinks.noteRows?.(entries)
  }

  /** Resolves when the last part is written. */
  async end(): Promise<void> {
    await this.flush()
    await this.#writing
  }

  /** Waits for a part that is being written, whatever becomes of it. */
  async settle(): Promise<void> {
    await this.#writing.catch(() => undefined)
  }

  #grow(bytes: number): void {
    const full = this.#maxBytes
    const first = this.#isLarge ? full : FIRST_CAPACITY
    const needed = (this.#bytes ? this.#size : this.#header.length) + bytes
    const capacity = Math.min(full, Math.max(first, needed, 2 * (this.#bytes?.length ?? 0)))
    const larger = this.#spareOf(capacity) ?? Buffer.allocUnsafeSlow(capacity)
    if (this.#bytes) this.#bytes.copy(larger, 0, 0, this.#used)
    else {
      this.#used = this.#header.copy(larger)
      this.#size = this.#used
    }
    this.#bytes = larger
  }

  #spareOf(capacity: number): Buffer | undefined {
    const spare = this.#spare
    this.#spare = undefined
    return spare && spare.length >= capacity ? spare : undefined
  }
}

/** How many characters `digits` writes. */
export function digitCount(value: number): number {
  return value >= 1e9 && value < 1e10 ? 10 : String(value).length
}
