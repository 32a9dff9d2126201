import { Cron } from 'croner'

/**
 * A cron line of five fields in its time zone. Where clocks are put forward, a time that is left out comes when they
 * are; where they are put back, a fixed time comes once.
 */
export interface CronLine {
  schedule: string
  /** IANA name. @default 'UTC' */
  timezone?: string | undefined
}

/** The first time after `afterMs`, in ms since the epoch; null where there is none. */
export const nextTimeMs = (line: CronLine, afterMs: number): number | null =>
  cronOf(line).nextRun(new Date(afterMs))?.getTime() ?? null

/** The last time at or before `nowMs`; null where there is none. */
export const lastTimeMs = (line: CronLine, nowMs: number): number | null =>
  cronOf(line)
    .previousRuns(1, new Date(nowMs + 1))[0]
    ?.getTime() ?? null

const cronOf = ({ schedule, timezone = 'UTC' }: CronLine) =>
  new Cron(schedule, { timezone, paused: true, mode: '5-part' })
