import { RelayError } from '../shared/errors.ts'

/** EventBridge Scheduler takes no longer expression. */
const MAX_LENGTH = 256
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/**
 * The expression of EventBridge Scheduler that comes round exactly when a checked cron line of five fields does. Throws
 * RelayError `config_invalid` where none does; `path` tells where the line stands.
 */
export function schedulerCron(line: string, path: string): string {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = line.trim().toUpperCase().split(/\s+/)
  const days = weekday === '*' ? textOf(valuesOf(day, { first: 1, last: 31 }), 1, 31) : '?'
  const fields = [
    textOf(valuesOf(minute, { first: 0, last: 59 }), 0, 59),
    textOf(valuesOf(hour, { first: 0, last: 23 }), 0, 23),
    days,
    textOf(valuesOf(month, { first: 1, last: 12, names: MONTHS }), 1, 12),
    days === '?' ? weekdaysOf(weekday) : '?',
  ]
  const expression = `cron(${fields.join(' ')} *)`
  if (expression.length > MAX_LENGTH) {
    const problem = `relay.config.ts: ${path} is "${line}", but EventBridge Scheduler takes ${MAX_LENGTH} characters at most; divide it into several entries.`
    throw new RelayError('config_invalid', problem)
  }
  return expression
}

/** By name: their numbers are others there than in a cron line. */
function weekdaysOf(field: string): string {
  const values = valuesOf(field, { first: 0, last: 6, names: WEEKDAYS }).map((value) => value % 7)
  const numbers = textOf(values, 0, 6).replace(/^(\d)\/(\d)$/, () => [...new Set(values)].sort().join(','))
  return numbers.replace(/\d/g, (number) => WEEKDAYS[Number(number)] ?? '')
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
