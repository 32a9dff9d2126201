import { QUOTE, SPACE } from './bytes.ts'
import type { Zone } from './zone.ts'

const PLUS = 0x2b
const DASH = 0x2d
const POINT = 0x2e
const COLON = 0x3a
const LETTER_T = 0x54
const LETTER_Z = 0x5a

const DAYS_BEFORE_MONTH = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
const DAYS_IN_MONTH = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Seconds since the epoch of a date and time without a zone; NaN for a day or time that doesn't exist. */
export function localSeconds(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = (DAYS_IN_MONTH[month] ?? 0) + (isLeap && month === 2 ? 1 : 0)
  if (year < 1970 || year > 9999 || month < 1 || day < 1 || day > days) return Number.NaN
  if (hour > 23 || minute > 59 || second > 60) return Number.NaN
  const past = year - 1
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) - 477
  const yearDay = (DAYS_BEFORE_MONTH[month] as number) + (isLeap && month > 2 ? 1 : 0) + day - 1
  return ((year - 1970) * 365 + leapDays + yearDay) * 86_400 + hour * 3600 + minute * 60 + second
}

/**
 * Unix seconds of a cell in one of the commonest forms, read without making a string: `yyyy-mm-dd`, then a space or a
 * T and `hh:mm[:ss[.sss]]`, and behind seconds `Z` or `+hh:mm`. NaN for every other form.
 */
export function plainDate(bytes: Uint8Array, from: number, to: number, zone: Zone): number {
  const isQuoted = bytes[from] === QUOTE
  if (isQuoted && bytes[to - 1] !== QUOTE) return Number.NaN
  const at = isQuoted ? from + 1 : from
  const end = isQuoted ? to - 1 : to
  const length = end - at
  if (length < 10 || bytes[at + 4] !== DASH || bytes[at + 7] !== DASH) return Number.NaN
  const year = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2)
  const month = twoDigits(bytes, at + 5)
  const day = twoDigits(bytes, at + 8)
  if (length === 10) return zone.toUnix(localSeconds(year, month, day))
  const gap = bytes[at + 10]
  if (length < 16 || (gap !== SPACE && gap !== LETTER_T) || bytes[at + 13] !== COLON) return Number.NaN
  const hour = twoDigits(bytes, at + 11)
  const minute = twoDigits(bytes, at + 14)
  if (length === 16) return zone.toUnix(localSeconds(year, month, day, hour, minute))
  if (length < 19 || bytes[at + 16] !== COLON) return Number.NaN
  const local = localSeconds(year, month, day, hour, minute, twoDigits(bytes, at + 17))
  const suffix = fractionEnd(bytes, at + 19, end)
  return suffix === end ? zone.toUnix(local) : local - plainOffset(bytes, suffix, end)
}

function fractionEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== POINT || at >= end) return at
  let i = at + 1
  while (i < end && (bytes[i] as number) >= 48 && (bytes[i] as number) <= 57) i++
  return i > at + 1 ? i : at
}

/** Seconds of `Z`, `+hh:mm` or `+hhmm`; NaN for anything else. */
function plainOffset(bytes: Uint8Array, at: number, end: number): number {
  const sign = bytes[at]
  if (sign === LETTER_Z && end === at + 1) return 0
  const hasColon = bytes[at + 3] === COLON
  if ((sign !== PLUS && sign !== DASH) || end - at !== (hasColon ? 6 : 5)) return Number.NaN
  const hours = twoDigits(bytes, at + 1)
  const minutes = twoDigits(bytes, at + (hasColon ? 4 : 3))
  if (hours > 14 || minutes > 59) return Number.NaN
  return (hours * 3600 + minutes * 60) * (sign === PLUS ? 1 : -1)
}

/** The number that two digits write; NaN where one is no digit. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - 48
  const ones = (bytes[at + 1] as number) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

/** The Unix seconds that a cell holds as CXI takes them: ten digits, quoted or not; NaN for another cell. */
export function unixSeconds(bytes: Uint8Array, from: number, to: number): number {
  const quote = bytes[from] === QUOTE && bytes[to - 1] === QUOTE ? 1 : 0
  if (to - from - 2 * quote !== 10) return Number.NaN
  // In halves, each a small integer: quicker than one sum that outgrows 31 bits.
  return 100_000 * fiveDigits(bytes, from + quote) + fiveDigits(bytes, from + quote + 5)
}

function fiveDigits(bytes: Uint8Array, at: number): number {
  let sum = 0
  for (let i = at; i < at + 5; i++) {
    const digit = (bytes[i] as number) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    sum = 10 * sum + digit
  }
  return sum
}
