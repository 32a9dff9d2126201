import { Buffer } from 'node:buffer'
import type { ByteWindow } from './byte-window.ts'
import type { RecordScanner } from './records.ts'

/** Takes NUL characters out of a file's bytes, and remembers where: databases behind CXI refuse texts with them. */
export class NulFilter {
  /** NULs that nothing has followed yet. */
  trailing = 0
  #passed = 0
  /** Before which of the bytes let through NULs stood, as far as the window still holds them. */
  #places: number[] = []

  /** The bytes without NULs; `window` is where they are put next. */
  pass(bytes: Buffer, window: ByteWindow): Buffer {
    if (this.#places.length > 0) {
      const first = this.#passed - window.length
      this.#places = this.#places.filter((place) => place >= first)
    }
    const first = bytes.indexOf(0)
    if (first < 0) {
      this.#passed += bytes.length
      if (bytes.length > 0) this.trailing = 0
      return bytes
    }
    const kept = Buffer.from(bytes)
    let length = first
    if (first > 0) this.trailing = 0
    for (let i = first; i < bytes.length; i++) {
      const byte = bytes[i] as number
      if (byte !== 0) {
        kept[length++] = byte
        this.trailing = 0
        continue
      }
      this.trailing += 1
      const place = this.#passed + length
      if (this.#places.at(-1) !== place) this.#places.push(place)
    }
    this.#passed += length
    return kept.subarray(0, length)
  }

  /** Whether NULs stood in the record that the scanner found last. */
  stoodIn(window: ByteWindow, { start, next }: RecordScanner): boolean {
    if (this.#places.length === 0) return false
    const base = this.#passed - window.end
    return this.#places.some((place) => place >= base + start && place < base + next)
  }
}
