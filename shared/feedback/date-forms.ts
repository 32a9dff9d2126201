import { fullYear, monthOf } from './date-words.ts'

/** A calendar day found at the beginning of a value, and what follows it. */
export interface DayFound {
  year: number
  month: number
  day: number
  rest: string
  /** Day and month may be the other way round: no order is known and both readings exist. */
  isAmbiguous?: boolean
  /** The order that this value alone shows, by a day above 12. */
  shows?: DayOrder
}

export type DayOrder = 'day-first' | 'month-first'

const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)(.*)$/
const COMPACT = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})?(.*)$/i
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)(.*)$/
const WEEKDAY = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+/i
const DAY_NAME_YEAR = /^(\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4})(?!\d)(.*)$/i
const NAME_DAY_YEAR = /^([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)(.*)$/i

/** Finds the day in one of the forms that survey tools and spreadsheets write; undefined where there is none. */
export function dayIn(value: string, order: DayOrder | undefined): DayFound | undefined {
  let match = YEAR_FIRST.exec(value)
  if (match) return { year: Number(match[1]), month: Number(match[3]), day: Number(match[4]), rest: match[5] ?? '' }
  match = COMPACT.exec(value)
  if (match) {
    const [, year, month, day, hour, minute, second = '00', zone] = match
    return { year: Number(year), month: Number(month), day: Number(day), rest: `T${hour}:${minute}:${second}${zone}` }
  }
  match = YEAR_LAST.exec(value)
  if (match) return yearLast(match, order)
  const text = value.replace(WEEKDAY, '')
  match = DAY_NAME_YEAR.exec(text)
  if (match) return named(match[3], match[2], match[1], match[4])
  match = NAME_DAY_YEAR.exec(text)
  return match ? named(match[3], match[1], match[2], match[4]) : undefined
}

function named(year = '', month = '', day = '', rest = ''): DayFound {
  return { year: Number(year), month: monthOf(month), day: Number(day), rest }
}

function yearLast(match: RegExpExecArray, order: DayOrder | undefined): DayFound | undefined {
  const [, first = '', separator, second = '', digits = '', rest = ''] = match
  if (digits.length === 2 && separator === '-') return undefined
  const a = Number(first)
  const b = Number(second)
  const year = fullYear(digits)
  const dayFirst = { year, month: b, day: a, rest }
  const monthFirst = { year, month: a, day: b, rest }
  // Where dates are written with dots, the day comes first.
  const known = order ?? (separator === '.' ? 'day-first' : undefined)
  if (known) return known === 'day-first' ? dayFirst : monthFirst
  if (a > 12) return { ...dayFirst, shows: 'day-first' }
  if (b > 12) return { ...monthFirst, shows: 'month-first' }
  if (a === b) return dayFirst
  return { ...dayFirst, isAmbiguous: true }
}
