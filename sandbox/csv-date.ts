import type { Unknowns } from './unknowns.ts'

const FORM = /^(\d{4})-(\d{2})-(\d{2})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?$/
const HOUR_MS = 3_600_000

/** A `feedback_date` in one of the documented forms as Unix seconds; undefined for anything else. */
export function secondsOf(text: string, zone: Unknowns['U-11']): number | undefined {
  if (/^-?\d{1,12}$/.test(text)) return Number(text)
  const match = FORM.exec(text)
  if (!match) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0))
  const ms = Date.UTC(year, month - 1, day, hour, minute, second)
  const date = new Date(ms)
  const isReal =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24
  if (!isReal || minute > 59 || second > 59) return undefined
  return (zone === 'utc' ? ms : ms - pacificOffsetMs(ms)) / 1000
}

const PACIFIC = new Intl.DateTimeFormat('en-US', { timeZone: 'America/Los_Angeles', timeZoneName: 'longOffset' })

/** How far the Pacific's clocks are from UTC when they show this time. */
function pacificOffsetMs(localMs: number): number {
  const offset = (ms: number) => {
    const [, hours = '-08'] = /GMT([+-]\d\d)/.exec(PACIFIC.format(ms)) ?? []
    return Number(hours) * HOUR_MS
  }
  return offset(localMs - offset(localMs))
}
