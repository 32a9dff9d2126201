import { mayHoldForbidden, tame } from './tame.ts'
import { unreadable } from './values.ts'

/** Half of a pair of surrogates can only be written as an escape: the bytes are UTF-8. */
const SURROGATE = /\\u[dD][89a-fA-F]/
/** A number may have more digits than JavaScript's keep, or be beyond them. */
const LONG_NUMBER = /\d{16}|\d\.\d{15}|\d[eE]\+?\d{3}/
const SAFE_DIGITS = 15

/**
 * JSON as data, tamed: half a pair of surrogates is U+FFFD (no store keeps it), and a number with more digits than
 * JavaScript's have is the text of its digits, so that long ids stay what they are. Throws SyntaxError, and RelayError
 * `webhook_unreadable` beyond the limits.
 */
export function parseJson(text: string): unknown {
  const isSpecial = SURROGATE.test(text) || LONG_NUMBER.test(text)
  return tame(isSpecial ? parseWhole(text) : JSON.parse(text), mayHoldForbidden(text))
}

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
