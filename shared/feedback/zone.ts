const DAY_S = 86_400
const SLOT_S = 900

/** A time zone that turns wall-clock times into Unix seconds. */
export interface Zone {
  name: string
  /** `local`: seconds since the epoch as a clock on the wall in that zone shows them; NaN stays NaN. */
  toUnix(local: number): number
}

export const UTC: Zone = { name: 'UTC', toUnix: (local) => local }

/**
 * A zone by name: IANA (`Europe/Berlin`), `UTC`, `GMT`, `Z`, or an offset (`+01:00`, `UTC+2`); undefined for another.
 */
export function zoneOf(name: string): Zone | undefined {
  const text = name.trim()
  if (/^(?:z|utc|gmt)$/i.test(text)) return UTC
  const offset = offsetOf(text)
  if (offset !== undefined) return { name: text, toUnix: (local) => local - offset }
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(text)) return undefined
  try {
    return new NamedZone(text)
  } catch {
    return undefined
  }
}

/** Seconds east of Greenwich in `+01:00`, `-0700`, `+1`, `UTC+2`, `GMT-03:30`; undefined for anything else. */
export function offsetOf(text: string): number | undefined {
  const match = /^(?:utc|gmt)?\s*([+\-\u2212])(\d{1,2})(?::?([0-5]\d))?$/i.exec(text)
  if (!match) return undefined
  const hours = Number(match[2])
  if (hours > 14) return undefined
  const seconds = hours * 3600 + Number(match[3] ?? 0) * 60
  return match[1] === '+' ? seconds : -seconds
}

/** A zone of the IANA database. Asking Intl takes microseconds, so its answers are kept for each day. */
class NamedZone implements Zone {
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  readonly #days = new Map<number, number | undefined>()
  readonly #slots = new Map<number, number>()

  constructor(name: string) {
    this.name = name
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  }

  /** A time that the spring change leaps over is read by the offset before it; one that comes twice, as the first. */
  toUnix(local: number): number {
    if (Number.isNaN(local)) return local
    const before = this.#offsetAt(local - DAY_S)
    const after = this.#offsetAt(local + DAY_S)
    if (before === after) return local - before
    if (this.#offsetAt(local - before) === before) return local - before
    return this.#offsetAt(local - after) === after ? local - after : local - before
  }

  #offsetAt(unix: number): number {
    const day = Math.floor(unix / DAY_S)
    let offset = this.#days.get(day)
    if (offset === undefined && !this.#days.has(day)) {
      const first = this.#ask(day * DAY_S)
      offset = first === this.#ask((day + 1) * DAY_S) ? first : undefined
      this.#days.set(day, offset)
    }
    if (offset !== undefined) return offset
    const slot = Math.floor(unix / SLOT_S)
    const known = this.#slots.get(slot) ?? this.#ask(slot * SLOT_S)
    this.#slots.set(slot, known)
    return known
  }

  #ask(unix: number): number {
    const text = this.#format.formatToParts(unix * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const match = /GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(text)
    if (!match) return 0
    const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0)
    return match[1] === '+' ? seconds : -seconds
  }
}
