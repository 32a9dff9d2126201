import { type Cipheriv, createCipheriv, createHmac } from 'node:crypto'
import { COMMA, CR, LF, QUOTE } from './bytes.ts'
import { needsQuotes, type RecordScanner } from './records.ts'
import { MARK_BARE, MARK_CLAIMED, MARK_REQUOTED, type RowMarks } from './row-marks.ts'

/** Words of a row's entry: two of its digest, one for whoever compares, one for its row in the spreadsheet. */
export const ENTRY_WORDS = 4
const SEAL_BYTES = 64 * 1024

/** Set in an entry's second word for a row that holds neither comment nor respondent nor id. */
export const BARE = 1
/** Set in an entry's last word for a row that is claimed by its id. */
export const CLAIMED = 0x80000000

/**
 * Digests rows as they are sent to CXI, 64 bits each, so that a row is known again in another file: by its values,
 * however they are quoted. Nobody can tell from a digest what the row says without the key.
 */
export class RowDigests {
  readonly #seeds: Int32Array
  readonly #cipher: Cipheriv
  #sums = new Int32Array(ENTRY_WORDS * 1024)
  #entries = new Uint32Array(ENTRY_WORDS * 1024)
  #scratch = Buffer.allocUnsafeSlow(16 * 1024)

  constructor(key: Uint8Array) {
    const secret = createHmac('sha512', key).update('rows').digest()
    this.#seeds = Int32Array.from([0, 4, 8, 12], (at) => secret.readInt32LE(at))
    // Blocks of their own: of equal rows, the digests must be equal.
    this.#cipher = createCipheriv('aes-128-ecb', secret.subarray(16, 32), null).setAutoPadding(false)
  }

  /** The entries of a part's rows, in their order; good until the next part's. */
  ofPart(part: Buffer, marks: RowMarks): Uint32Array<ArrayBuffer> {
    const { count, offsets, rows, kinds } = marks
    if (ENTRY_WORDS * count > this.#sums.length) this.#grow(ENTRY_WORDS * count)
    const sums = this.#sums
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength)
    for (let i = 0; i < count; i++) {
      const from = offsets[i] as number
      const to = (i + 1 < count ? (offsets[i + 1] as number) : part.length) - 1
      if (((kinds[i] as number) & MARK_REQUOTED) === 0) this.#sum(view, from, to, sums, ENTRY_WORDS * i)
      else this.#sumRequoted(part, from, to, sums, ENTRY_WORDS * i)
    }
    const entries = this.#sealed(ENTRY_WORDS * count)
    for (let i = 0; i < count; i++) {
      const at = ENTRY_WORDS * i
      const kind = kinds[i] as number
      entries[at + 1] = ((entries[at + 1] as number) & ~BARE) | (kind & MARK_BARE ? BARE : 0)
      entries[at + 2] = 0
      entries[at + 3] = (rows[i] as number) | (kind & MARK_CLAIMED ? CLAIMED : 0)
    }
    return entries
  }

  /** Four sums of which any word of the row changes two. */
  #sum(view: DataView, from: number, to: number, sums: Int32Array, at: number): void {
    const seeds = this.#seeds
    let a = (seeds[0] as number) ^ (to - from)
    let b = seeds[1] as number
    let c = seeds[2] as number
    let d = seeds[3] as number
    // The last eight bytes are taken whole, though some of them were taken before; a shorter row byte by byte.
    const isLong = to - from >= 8
    for (let i = from; i < to && isLong; i += 8) {
      if (i + 8 > to) i = to - 8
      const first = view.getInt32(i, true)
      const second = view.getInt32(i + 4, true)
      a = Math.imul(a ^ first, 0x9e3779b1)
      a = (a << 15) | (a >>> 17)
      b = Math.imul((b + first) | 0, 0x85ebca77)
      b = (b << 13) | (b >>> 19)
      c = Math.imul(c ^ second, 0xc2b2ae3d)
      c = (c << 15) | (c >>> 17)
      d = Math.imul((d + second) | 0, 0x27d4eb2f)
      d = (d << 13) | (d >>> 19)
    }
    for (let i = from; i < to && !isLong; i++) {
      const byte = view.getUint8(i)
      a = Math.imul(a ^ byte, 0x9e3779b1)
      a = (a << 15) | (a >>> 17)
      b = Math.imul((b + byte) | 0, 0x85ebca77)
      b = (b << 13) | (b >>> 19)
    }
    sums[at] = a
    sums[at + 1] = b
    sums[at + 2] = c
    sums[at + 3] = d
  }

  #sumRequoted(part: Buffer, from: number, to: number, sums: Int32Array, at: number): void {
    if (to - from > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(2 * (to - from))
    const length = copyRequoted(part, from, to, this.#scratch)
    const { buffer, byteOffset } = this.#scratch
    this.#sum(new DataView(buffer, byteOffset, length), 0, length, sums, at)
  }

  /** The sums enciphered, so that they can't be computed back: many in a call, since a call for each would cost more. */
  #sealed(words: number): Uint32Array<ArrayBuffer> {
    const sums = new Uint8Array(this.#sums.buffer, 0, 4 * words)
    const sealed = new Uint8Array(this.#entries.buffer)
    for (let at = 0; at < sums.length; at += SEAL_BYTES) {
      sealed.set(this.#cipher.update(sums.subarray(at, at + SEAL_BYTES)), at)
    }
    return this.#entries.subarray(0, words)
  }

  #grow(words: number): void {
    const length = Math.max(words, 2 * this.#sums.length)
    this.#sums = new Int32Array(length)
    this.#entries = new Uint32Array(length)
  }
}

/** Copies a record of a part without the quotes that it need not have; answers its length then. */
function copyRequoted(part: Buffer, from: number, to: number, target: Buffer): number {
  let length = 0
  for (let at = from; at < to; at++) {
    let end = at
    if (part[at] === QUOTE) {
      end = closingQuote(part, at, to)
      const isNeeded = needsQuotes(part, at + 1, end)
      length += part.copy(target, length, isNeeded ? at : at + 1, isNeeded ? end + 1 : end)
      end += 1
    } else {
      while (end < to && part[end] !== COMMA) target[length++] = part[end++] as number
    }
    if (end < to) target[length++] = COMMA
    at = end
  }
  return length
}

/** In a part, what is quoted is as RFC 4180 has it. */
function closingQuote(part: Buffer, open: number, to: number): number {
  let at = open + 1
  while (at < to && (part[at] !== QUOTE || part[at + 1] === QUOTE)) at += part[at] === QUOTE ? 2 : 1
  return at
}

/** Whether some cell of the record that was found last is quoted and need not be; also where that is not known. */
export function isRequoted(bytes: Buffer, { quotes, quoteCount }: RecordScanner): boolean {
  if (quoteCount > quotes.length) return true
  for (let i = 0; i < quoteCount; i++) {
    let at = (quotes[i] as number) + 1
    while (NEEDS[bytes[at] as number] === 0) at++
    // Most that are needed show it within a few characters: a comma, a line break, a quote that is doubled.
    if (bytes[at] === QUOTE && bytes[at + 1] !== QUOTE) return true
  }
  return false
}

/** Bytes for which a cell must be quoted. */
const NEEDS = new Uint8Array(256)
for (const byte of [COMMA, QUOTE, LF, CR]) NEEDS[byte] = 1
