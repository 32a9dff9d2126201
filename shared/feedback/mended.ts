import { isUtf8 } from 'node:buffer'

const REPLACEMENT = [0xef, 0xbf, 0xbd] as const

/**
 * Puts U+FFFD in place of halves of surrogate pairs (of an emoji that was cut in two), which take three bytes where they
 * are written as if they were UTF-8. False, and nothing is changed, where the record is not UTF-8 otherwise too, or
 * holds whole pairs, which mean a character.
 */
export function mendSurrogates(record: Buffer): boolean {
  const mended = Buffer.from(record)
  for (let at = mended.indexOf(0xed); at >= 0; at = mended.indexOf(0xed, at + 3)) {
    if (!isSurrogate(mended, at)) continue
    if (isHigh(mended, at) && isSurrogate(mended, at + 3) && !isHigh(mended, at + 3)) return false
    mended.set(REPLACEMENT, at)
  }
  if (!isUtf8(mended)) return false
  record.set(mended)
  return true
}

/** U+D800 to U+DFFF are written ED A0 80 to ED BF BF. */
function isSurrogate(bytes: Buffer, at: number): boolean {
  const [lead, second, third] = [bytes[at], bytes[at + 1], bytes[at + 2]]
  return lead === 0xed && second !== undefined && second >= 0xa0 && second <= 0xbf && isContinuation(third)
}

const isHigh = (bytes: Buffer, at: number) => (bytes[at + 1] as number) < 0xb0
const isContinuation = (byte: number | undefined) => byte !== undefined && byte >= 0x80 && byte <= 0xbf
