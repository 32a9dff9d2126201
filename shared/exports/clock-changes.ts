import type { Relay } from '../config/types.ts'
import { nextTimeMs } from './cron.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** A change of a zone's clocks. Local times are written as if they were UTC. */
interface ClockChange {
  /** The local times that are left out, or that come twice: from, and up to but without. */
  fromMs: number
  toMs: number
  isLeftOut: boolean
}

/**
 * What to tell of schedules whose local time some night of the coming year lacks or has twice, a sentence for each.
 * Lines of every hour go on through such a night in any case.
 */
export function clockChangeWarnings(relay: Pick<Relay, 'exports'>, nowMs: number): string[] {
  const warnings: string[] = []
  for (const [index, { schedule, timezone = 'UTC' }] of relay.exports.entries()) {
    if (schedule.trim().split(/\s+/)[1] === '*') continue
    const hit = clockChanges(timezone, nowMs).find(({ fromMs, toMs }) => {
      const next = nextTimeMs({ schedule }, fromMs - 1)
      return next !== null && next < toMs
    })
    if (!hit) continue
    const day = new Date(hit.fromMs).toISOString().slice(0, 10)
    const what = hit.isLeftOut ? 'is left out' : 'comes twice'
    const span = `${clockOf(hit.fromMs)} and ${clockOf(hit.toMs)}`
    warnings.push(
      `exports[${index}].schedule: "${schedule}" (${timezone}) means a time between ${span}, which ${what} on ${day}, when the clocks change. Schedulers differ there: AWS skips a time that is left out, "npm start" moves it on. Choose another hour or timezone: 'UTC'.`,
    )
  }
  return warnings
}

const clockOf = (localMs: number) => new Date(localMs).toISOString().slice(11, 16)

/** The changes of a zone's clocks in the year after a time. */
function clockChanges(zone: string, nowMs: number): ClockChange[] {
  const offsetAt = offsetsOf(zone)
  const changes: ClockChange[] = []
  let before = offsetAt(nowMs)
  for (let ms = nowMs; ms < nowMs + 366 * DAY_MS; ms += DAY_MS) {
    const after = offsetAt(ms + DAY_MS)
    if (after === before) continue
    const atMs = momentOf(offsetAt, ms, ms + DAY_MS)
    const [low, high] = [Math.min(before, after), Math.max(before, after)]
    changes.push({ fromMs: atMs + low, toMs: atMs + high, isLeftOut: after > before })
    before = after
  }
  return changes
}

/** The minute between two times, at which the offset changes. */
function momentOf(offsetAt: (ms: number) => number, fromMs: number, toMs: number): number {
  const before = offsetAt(fromMs)
  let [low, high] = [Math.floor(fromMs / MINUTE_MS), Math.ceil(toMs / MINUTE_MS)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle * MINUTE_MS) === before) low = middle
    else high = middle
  }
  return high * MINUTE_MS
}

/** How far a zone's local time is ahead of UTC at a time, in ms. */
function offsetsOf(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(ms / MINUTE_MS) * MINUTE_MS
  }
}
