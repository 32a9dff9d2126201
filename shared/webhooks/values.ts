import { RelayError } from '../errors.ts'

/** The value at a path of own properties of decoded data; undefined where there is none. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value
  for (let n = 0; n < path.length; n++) {
    if (typeof found !== 'object' || found === null) return undefined
    const key = path[n] as string | number
    found = (found as Record<string | number, unknown>)[key]
    // What all objects have without owning it is functions, and this: quicker than to ask for each member who owns it.
    if (typeof found === 'function' || key === '__proto__') return undefined
  }
  return found
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const NOTHING: Record<string, unknown> = Object.freeze(Object.create(null))

/** An object to read members of by fixed names, which is many times quicker than `at`; one without any for all else. */
export const recordOf = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : NOTHING)

/** The items of a list; none where the value is no list. */
export const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** The text of an answer: '' for none, a list joined by commas, an object as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  return JSON.stringify(value)
}

/** Milliseconds since the epoch of a time with its zone; null for anything else. */
export function timeOf(value: unknown): number | null {
  const ms = typeof value === 'string' && /\d{4}-\d{2}-\d{2}[T ]/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}

/** The order of an event: its time, and of two with the same time the one that is called an update is the later. */
export const orderOf = (timeMs: number | null, isUpdate: boolean) =>
  timeMs !== null && isUpdate ? timeMs + 0.5 : timeMs

/** Milliseconds since the epoch of a count of seconds, as a number or as text; null for anything else. */
export function secondsOf(value: unknown): number | null {
  const seconds = typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) : Number.NaN
  return Number.isFinite(seconds) ? seconds * 1000 : null
}

/** The id of a response. Throws RelayError `webhook_unreadable` where there is none. */
export function idOf(value: unknown, where: string): string {
  const id = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
  if (id !== '') return id
  throw unreadable(`The event has no ${where}, by which a response is known.`)
}

export function unreadable(what: string, cause?: unknown): RelayError {
  return new RelayError('webhook_unreadable', what, { cause })
}
