import { CR, LF, QUOTE } from './bytes.ts'
import type { RecordForm } from './records.ts'

type State = 'field-start' | 'text' | 'quoted' | 'quote-in-quotes' | 'carriage-return'

/** Finds the end of a record that is too long to be held, by the same rules as RecordScanner, keeping none of it. */
export class LongRecord {
  #state: State = 'field-start'
  readonly #form: RecordForm

  constructor(form: RecordForm) {
    this.#form = form
  }

  get isOpen(): boolean {
    return this.#state === 'quoted'
  }

  /** Reads bytes[from, limit); where the next record begins, or -1 if this one goes on. */
  skip(bytes: Uint8Array, from: number, limit: number): number {
    for (let i = from; i < limit; i++) {
      const byte = bytes[i] as number
      if (this.#state === 'carriage-return') {
        if (byte === LF) return i + 1
        if (this.#form.crEnds) return i
        this.#state = 'text'
      }
      this.#state = this.#after(byte)
      if (byte === LF && this.#state === 'text') return i + 1
    }
    return -1
  }

  #after(byte: number): State {
    if (this.#state === 'quoted') return byte === QUOTE ? 'quote-in-quotes' : 'quoted'
    if (byte === QUOTE && this.#state !== 'text') return 'quoted'
    if (byte === this.#form.delimiter) return 'field-start'
    return byte === CR ? 'carriage-return' : 'text'
  }
}
