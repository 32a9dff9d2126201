import { QUOTE } from './bytes.ts'

/** What tools and people write where there is no answer. */
const NO_ANSWER = /^(?:n\/?a|n\.a\.|[-\u2010-\u2015]{1,3})$/i
const NEGATIVE = /^\s*-\s*0*[1-9]/
const EXACT = /^([+-]?)0*(\d{1,9})(?:\.0{1,2})?$/
const LABEL_AFTER = /^(-?\d{1,3})\s*(?:[-\u2010-\u2015:=.)]\s*|\()\D*$/u
const LABEL_BEFORE = /^\D*?(?:\s[-\u2010-\u2015]\s*|[:=]\s*|\()(\d{1,3})\)?$/u

/**
 * The whole number that a score cell holds (` 9 `, `9.0`, `10 - Extremely likely`, `Extremely likely (10)`), in plain
 * digits; undefined where there is none. '' for a blank cell, and for what stands for one: `N/A`, `-`, and a negative
 * number, by which exports code "seen, but not answered" (Qualtrics: -99).
 */
export function readScore(text: string): string | undefined {
  const value = text.trim()
  if (value === '' || NO_ANSWER.test(value)) return ''
  const exact = EXACT.exec(value)
  if (exact) return exact[1] === '-' && exact[2] !== '0' ? '' : exact[2]
  if (!/\p{L}/u.test(value)) return undefined
  const digits = LABEL_AFTER.exec(value)?.[1] ?? LABEL_BEFORE.exec(value)?.[1]
  if (digits === undefined) return undefined
  return Number(digits) < 0 ? '' : String(Number(digits))
}

/** Whether a score that was read as blank is a negative number. */
export function isNegative(text: string): boolean {
  return NEGATIVE.test(text)
}

/** Whether a cell is a score as CXI takes it, byte by byte: blank, or one to three digits, quoted or not. */
export function isSendableScore(bytes: Uint8Array, from: number, to: number): boolean {
  const quote = to - from >= 2 && bytes[from] === QUOTE && bytes[to - 1] === QUOTE ? 1 : 0
  const first = from + quote
  const last = to - quote
  if (last - first > 3) return false
  for (let i = first; i < last; i++) {
    const byte = bytes[i] as number
    if (byte < 48 || byte > 57) return false
  }
  return last - first <= 1 || bytes[first] !== 48
}
