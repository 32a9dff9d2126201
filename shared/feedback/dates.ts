import { RelayError } from '../errors.ts'
import { dateFormat, type FormattedDate } from './date-format.ts'
import { type DayOrder, dayIn } from './date-forms.ts'
import { localSeconds, plainDate, unixSeconds } from './plain-date.ts'
import { timeOfDay } from './time-of-day.ts'
import { UTC, type Zone, zoneOf } from './zone.ts'

export interface DateRules {
  /** Zone of a value that states none: IANA name or offset. @default UTC */
  zone?: string
  order?: DayOrder
  /** The only form there is, see dateFormat(). */
  format?: string
  /** Order of dates with AM or PM where `order` is left out. */
  halfDayOrder?: DayOrder
  /** Later dates than a year after it are none of feedback. @default now */
  nowMs?: number
}

/** No survey tool whose exports people still import is older: 2000-01-01T00:00:00Z, in seconds. */
export const EARLIEST = 946_684_800
const YEAR_S = 366 * 86_400

/** Unix seconds, or why there are none. */
export type DateReading = number | 'missing' | 'invalid' | 'ambiguous'

/** Reads feedback dates of one column. Its constructor throws RelayError `dates_zone_invalid`, `dates_format_invalid`. */
export class DateReader {
  readonly #zone: Zone
  readonly #rules: DateRules
  #latest: number
  readonly #shown = new Set<DayOrder>()
  #hasAmbiguous = false
  readonly #format: ((value: string) => FormattedDate | undefined) | undefined

  constructor(rules: DateRules) {
    this.#rules = rules
    this.#latest = latestFor(rules.nowMs ?? Date.now())
    this.#zone = requireZone(rules.zone)
    this.#format = rules.format === undefined ? undefined : dateFormat(rules.format)
  }

  /** The one order that other values of the column show, where some may be read both ways and none was given. */
  get settledOrder(): DayOrder | undefined {
    const [order] = this.#shown
    return this.#hasAmbiguous && this.#shown.size === 1 ? order : undefined
  }

  /** Reads the commonest forms from the bytes of a CSV cell; NaN means: read the text. */
  readCell(bytes: Uint8Array, from: number, to: number): number {
    return this.#format ? Number.NaN : plainDate(bytes, from, to, this.#zone)
  }

  /** Whether a cell can go to CXI byte by byte. */
  isSendable(bytes: Uint8Array, from: number, to: number): boolean {
    return !this.#format && this.isPlausible(unixSeconds(bytes, from, to))
  }

  /** Whether feedback can be of that time: from the year 2000 on, and at most a year ahead. */
  isPlausible(unix: number): boolean {
    return unix >= EARLIEST && (unix <= this.#latest || unix <= this.#latestByNow())
  }

  /** A process may run for years. */
  #latestByNow(): number {
    if (this.#rules.nowMs === undefined) this.#latest = latestFor(Date.now())
    return this.#latest
  }

  read(text: string): DateReading {
    const read = this.readAnyTime(text)
    return typeof read === 'number' && !this.isPlausible(read) ? 'invalid' : read
  }

  /** The same for times that feedback can't be of, to say what is wrong with them. */
  readAnyTime(text: string): DateReading {
    const value = text.replace(/[\s\u00a0\u202f]+/g, ' ').trim()
    if (value === '') return 'missing'
    if (this.#format) {
      const found = this.#format(value)
      return found ? this.#unix(found.local, found.offset) : 'invalid'
    }
    // Digits alone are no calendar date: a day number, a year or `20260501` would be taken for a time of 1970.
    return /^\d+$/.test(value) ? (unixTime(value) ?? 'invalid') : (unixTime(value) ?? this.#calendarDate(value))
  }

  #calendarDate(value: string): DateReading {
    let day = dayIn(value, this.#rules.order)
    const time = day && timeOfDay(day.rest)
    if (day?.isAmbiguous && time?.hasHalf) day = dayIn(value, this.#rules.halfDayOrder)
    if (!day || !time) return 'invalid'
    const unix = this.#unix(
      localSeconds(day.year, day.month, day.day, time.hour, time.minute, time.second),
      time.offset,
    )
    if (unix === 'invalid') return unix
    if (day.shows) this.#shown.add(day.shows)
    if (!day.isAmbiguous) return unix
    this.#hasAmbiguous = true
    return 'ambiguous'
  }

  #unix(local: number, offset: number | undefined): number | 'invalid' {
    if (Number.isNaN(local)) return 'invalid'
    return offset === undefined ? this.#zone.toUnix(local) : local - offset
  }
}

/** Unix seconds (9 or 10 digits) or milliseconds (12 or 13), as tools and spreadsheets write them. */
function unixTime(value: string): number | undefined {
  const match = /^(\d{9,13})(?:\.\d{1,9})?$/.exec(value)
  const digits = match?.[1]
  if (digits === undefined || digits.length === 11 || digits.startsWith('0')) return undefined
  return digits.length <= 10 ? Number(digits) : Math.floor(Number(digits) / 1000)
}

const latestFor = (nowMs: number) => Math.floor(nowMs / 1000) + YEAR_S

function requireZone(name: string | undefined): Zone {
  const zone = name === undefined ? UTC : zoneOf(name)
  if (zone) return zone
  throw new RelayError(
    'dates_zone_invalid',
    `dates.zone "${name}" is no time zone. Write an IANA name such as "Europe/Berlin".`,
  )
}
