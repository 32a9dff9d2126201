import { mayHoldForbidden, tame, tameAll } from './tame.ts'
import { unreadable } from './values.ts'

/** Half of a pair of surrogates can only be written as an escape: the bytes are UTF-8. */
const SURROGATE = /\\u[dD][89a-fA-F]/
const SAFE_DIGITS = 15
const ZERO = 48
const NINE = 57
const POINT = 46

/**
 * JSON as data, tamed: half a pair of surrogates is U+FFFD (no store keeps it), and a number with more digits than
 * JavaScript's have, or beyond them, is the text of its digits, so that long ids stay what they are. Throws SyntaxError,
 * and RelayError `webhook_unreadable` beyond the limits.
 */
export function parseJson(text: string): unknown {
  const hasEscapes = text.includes('\\u')
  const hasForbidden = hasEscapes || mayHoldForbidden(text)
  if (!(hasEscapes && SURROGATE.test(text)) && !mayHoldLongNumber(text)) {
    const { data, areFinite } = tameAll(JSON.parse(text), hasForbidden)
    if (areFinite) return data
  }
  return tame(parseWhole(text), hasForbidden)
}

/** Whether more digits than JavaScript's numbers keep stand together: of so many in a row, one lies at each step's end. */
function mayHoldLongNumber(text: string): boolean {
  const step = SAFE_DIGITS + 1
  for (let at = step - 1; at < text.length; at += step) {
    if (!isOfNumber(text.charCodeAt(at))) continue
    let from = at
    while (isOfNumber(text.charCodeAt(from - 1))) from -= 1
    let to = at + 1
    while (to < from + step && isOfNumber(text.charCodeAt(to))) to += 1
    if (to - from >= step) return true
  }
  return false
}

const isOfNumber = (code: number) => (code >= ZERO && code <= NINE) || code === POINT

/** The same where it stands in a text of an event. Throws RelayError `webhook_unreadable`, without quoting the text. */
export function parseInner(text: string, where: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw error instanceof SyntaxError ? unreadable(`${where} is not JSON.`) : error
  }
}

interface WithSource {
  source?: string
}

function parseWhole(text: string): unknown {
  const revive = (_: string, value: unknown, { source }: WithSource): unknown => {
    if (typeof value === 'string') return value.toWellFormed()
    if (typeof value === 'number') return isKept(value, source) ? value : source
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? withWellFormedNames(value) : value
  }
  // The third argument, the source text, is newer than the types.
  return JSON.parse(text, revive as (this: unknown, key: string, value: unknown) => unknown)
}

const isKept = (value: number, source = '') =>
  source.replace(/[eE].*$/, '').replace(/\D/g, '').length <= SAFE_DIGITS && Number.isFinite(value)

function withWellFormedNames(value: object): object {
  const entries = Object.entries(value)
  if (entries.every(([name]) => name.isWellFormed())) return value
  return Object.fromEntries(entries.map(([name, member]) => [name.toWellFormed(), member]))
}
