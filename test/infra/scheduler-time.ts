/** When an expression of EventBridge Scheduler comes next after `afterMs`, in UTC; by its user guide, minute for minute. */
export function nextOf(expression: string, afterMs: number): number | null {
  const fields = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) \*\)$/.exec(expression)?.slice(1)
  if (!fields) throw new Error(`${expression} is none of Scheduler's expressions.`)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  if ((day === '?') === (weekday === '?')) throw new Error(`${expression} must have "?" in one of its day fields.`)
  const hours = setOf(hour, 0, 23)
  const minutes = setOf(minute, 0, 59)
  const start = new Date(afterMs)
  const today = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate())
  for (let dayMs = today; dayMs < today + 9 * 366 * DAY_MS; dayMs += DAY_MS) {
    const date = new Date(dayMs)
    if (!setOf(month, 1, 12).has(date.getUTCMonth() + 1)) continue
    if (day === '?' ? !fitsWeekday(weekday, date) : !fitsDay(day, date)) continue
    for (const h of hours) {
      for (const m of minutes) {
        const ms = dayMs + (h * 60 + m) * 60_000
        if (ms > afterMs) return ms
      }
    }
  }
  return null
}

const DAY_MS = 86_400_000

function setOf(field: string, first: number, last: number): Set<number> {
  const values = field.split(',').flatMap((item) => {
    const [range = '', step] = item.split('/')
    const [from = 0, to = step === undefined ? from : last] =
      range === '*' ? [first, last] : range.split('-').map(Number)
    if (!(from >= first && to <= last)) throw new Error(`${field} is out of its range.`)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index).filter(
      (value) => (value - from) % Number(step ?? 1) === 0,
    )
  })
  return new Set(values.sort((a, b) => a - b))
}

const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

const fitsDay = (field: string, date: Date) => setOf(field, 1, 31).has(date.getUTCDate())

/** By name only: what it takes a number for is another day than in a cron line. */
function fitsWeekday(field: string, date: Date): boolean {
  if (field === '*') return true
  if (/\d/.test(field)) throw new Error(`${field} has days by number.`)
  const numbers = field.replace(/[A-Z]{3}/g, (name) => String(DAYS.indexOf(name) + 1))
  return setOf(numbers, 1, 7).has(date.getUTCDay() + 1)
}
