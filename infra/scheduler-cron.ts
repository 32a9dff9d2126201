import { RelayError } from '../shared/errors.ts'

/** EventBridge Scheduler takes no longer expression. */
const MAX_LENGTH = 256
const DAYS_OF_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/**
 * Expressions of EventBridge Scheduler that together come round exactly when a cron line of five fields does: each has
 * room for one kind of day only, where a cron line means all days that fit either of its two day fields. Throws
 * RelayError `config_invalid` where none say the same; `path` tells where the line stands.
 */
export function schedulerCrons(line: string, path: string): string[] {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = line
    .trim()
    .toUpperCase()
    .replaceAll('?', '*')
    .split(/\s+/)
  if (weekday.startsWith('+')) throw refusal(line, path, 'has no "+" before the day of the week')
  if (day.includes('LW')) throw refusal(line, path, 'has no "LW"; write L, or a day with W')
  const months = valuesOf(month, { first: 1, last: 12, names: MONTHS })
  const time = `${textOf(valuesOf(minute, { first: 0, last: 59 }), 0, 59)} ${textOf(valuesOf(hour, { first: 0, last: 23 }), 0, 23)}`
  const expressions = daysOf(day, weekday, months).map(
    ([dayText, weekdayText]) => `cron(${time} ${dayText} ${textOf(months, 1, 12)} ${weekdayText} *)`,
  )
  if (expressions.some(({ length }) => length > MAX_LENGTH)) {
    throw refusal(line, path, `takes ${MAX_LENGTH} characters at most; divide it into several entries`)
  }
  return expressions
}

const refusal = (line: string, path: string, why: string) =>
  new RelayError('config_invalid', `relay.config.ts: ${path} is "${line}", but EventBridge Scheduler ${why}.`)

/** Pairs of day of the month and day of the week, `?` in one of each. */
function daysOf(day: string, weekday: string, months: number[]): [string, string][] {
  const longest = Math.max(...months.map((month) => DAYS_OF_MONTHS[month - 1] ?? 31))
  const days = daysOfMonth(day, longest)
  const weekdays = daysOfWeek(weekday)
  if (day === '*') return weekday === '*' ? [['*', '?']] : weekdays.map((text) => ['?', text])
  if (weekday === '*') return days.map((text) => [text, '?'])
  // Both: days that fit one or the other, which is every day where one of them fits any.
  if (days.includes('*') || weekdays.includes('*')) return [['*', '?']]
  return [
    ...days.map((text): [string, string] => [text, '?']),
    ...weekdays.map((text): [string, string] => ['?', text]),
  ]
}

function daysOfMonth(field: string, longest: number): string[] {
  const items = field.split(',')
  const plain = items.filter((item) => !/[LW]/.test(item))
  // A day that none of the months has never comes.
  const days = plain.flatMap((item) => valuesOf(item, { first: 1, last: 31 })).filter((value) => value <= longest)
  return [...(days.length > 0 ? [textOf(days, 1, 31)] : []), ...items.filter((item) => /[LW]/.test(item))]
}

/** Sunday is 1 there, and 0 or 7 in a cron line. */
function daysOfWeek(field: string): string[] {
  const plain: number[] = []
  const special: string[] = []
  for (const item of field.split(',')) {
    const [, base = item, nth] = /^(.+?)(?:#([1-5L])|(L))$/.exec(item) ?? []
    const suffix = item === base ? '' : nth === undefined || nth === 'L' ? 'L' : `#${nth}`
    const values = valuesOf(base, { first: 0, last: 6, names: WEEKDAYS }).map((value) => (value % 7) + 1)
    if (suffix === '') plain.push(...values)
    else special.push(...values.map((value) => `${value}${suffix}`))
  }
  return [...(plain.length > 0 ? [textOf(plain, 1, 7)] : []), ...new Set(special)]
}

interface Range {
  first: number
  last: number
  names?: string[]
}

/** Every value of a field whose list, ranges and steps were checked when the configuration was read. */
function valuesOf(field: string, { first, last, names = [] }: Range): number[] {
  const numbered = field.replace(/[A-Z]{3}/g, (name) => String(names.indexOf(name) + first))
  return numbered.split(',').flatMap((item) => {
    const [range = '', step = '1'] = item.split('/')
    const [from = 0, to = from] = range === '*' ? [first, last] : range.split('-').map(Number)
    const values: number[] = []
    for (let value = from; value <= to; value += Number(step)) values.push(value)
    return values
  })
}

/** Shortest of the forms that the service's guide shows: `*`, one range, one step, or a list. */
function textOf(given: number[], first: number, last: number): string {
  const values = [...new Set(given)].sort((a, b) => a - b)
  const [from = first, next = from] = values
  const to = values.at(-1) ?? from
  const step = next - from
  const isEven = values.every((value, index) => value === from + index * step)
  if (values.length === last - first + 1) return '*'
  if (values.length > 2 && isEven && step === 1) return `${from}-${to}`
  if (values.length > 2 && isEven && to + step > last) return `${from}/${step}`
  return values.join(',')
}
