import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { schedulerCron } from '../../infra/scheduler-cron.ts'
import { completeRelay } from '../../shared/config/resolve.ts'
import { nextTimeMs } from '../../shared/exports/cron.ts'
import { nextOf } from './scheduler-time.ts'

const cronOf = (line: string) => schedulerCron(line, 'exports[0].schedule')

test.each([
  ['0 6 * * *', 'cron(0 6 * * ? *)'],
  ['*/15 * * * *', 'cron(0/15 * * * ? *)'],
  ['* * * * *', 'cron(* * * * ? *)'],
  ['30 6 * * MON', 'cron(30 6 ? * MON *)'],
  ['30 6 * * mon-fri', 'cron(30 6 ? * MON-FRI *)'],
  ['30 6 * * 0', 'cron(30 6 ? * SUN *)'],
  ['30 6 * * 7', 'cron(30 6 ? * SUN *)'],
  ['30 6 * * 5-7', 'cron(30 6 ? * SUN,FRI,SAT *)'],
  ['30 6 * * */2', 'cron(30 6 ? * SUN,TUE,THU,SAT *)'],
  ['30 6 * * 0-6', 'cron(30 6 ? * * *)'],
  ['0 8-18/2 * * *', 'cron(0 8,10,12,14,16,18 * * ? *)'],
  ['0,30 8-18 1 JAN,jul *', 'cron(0,30 8-18 1 1,7 ? *)'],
  ['0 0 1-7 */3 *', 'cron(0 0 1-7 1/3 ? *)'],
  ['0 0 */1 * *', 'cron(0 0 * * ? *)'],
])('%s is %s', (line, expected) => {
  expect(cronOf(line)).toBe(expected)
})

test('a line that would be too long is refused, with its place and what to do', () => {
  const odd = (last: number) => Array.from({ length: last }, (_, value) => value).filter((value) => value % 7 !== 3)
  const line = `${odd(60)} ${odd(24)} ${odd(31).slice(1)} * *`

  expect(() => cronOf(line)).toThrow(
    expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining('exports[0].schedule is') }),
  )
  expect(() => cronOf(line)).toThrow('takes 256 characters at most; divide it')
})

describe('comes round when the embedded home would', () => {
  const times = (next: (afterMs: number) => number | null, count: number, fromMs: number) => {
    const found: string[] = []
    for (let ms = next(fromMs); ms !== null && found.length < count; ms = next(ms)) {
      found.push(new Date(ms).toISOString())
    }
    return found
  }
  const both = (line: string, count: number, fromMs: number) => {
    const cron = cronOf(line)
    return [
      times((ms) => nextOf(cron, ms), count, fromMs),
      times((ms) => nextTimeMs({ schedule: line, timezone: 'UTC' }, ms), count, fromMs),
    ] as const
  }

  const field = (first: number, last: number) => {
    const value = fc.integer({ min: first, max: last })
    const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
    const step = fc.integer({ min: 1, max: last - first + 1 })
    return fc
      .array(
        fc.oneof(
          value.map(String),
          range,
          fc.tuple(range, step).map(([text, by]) => `${text}/${by}`),
          step.map((by) => `*/${by}`),
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map((items) => items.join(','))
  }
  const orStar = (other: fc.Arbitrary<string>) => fc.oneof(fc.constant('*'), other)
  const day = field(1, 31)
  const weekday = fc.oneof(
    field(0, 7).filter((text) => !text.includes('*/8')),
    fc.constantFrom('MON', 'sun-tue', 'SAT,0', '2-4', 'fri'),
  )
  const star = fc.constant('*')
  const days = fc.oneof(fc.tuple(day, star), fc.tuple(star, weekday), fc.tuple(star, star))

  test('for any line', () => {
    const lines = fc
      .tuple(orStar(field(0, 59)), orStar(field(0, 23)), days, orStar(field(1, 12)))
      .map(([minute, hour, [date, name], month]) => [minute, hour, date, month, name])
    const start = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2029, 11, 31) })
    fc.assert(
      fc.property(lines, start, (fields, fromMs) => {
        const line = fields.join(' ')
        const config = { accounts: { main: { secret: 's' } }, sources: { nps: {} } }
        try {
          completeRelay({ ...config, exports: [{ type: 'users', schedule: line }] })
        } catch {
          // Not a line that a configuration may have, such as one that never comes round.
          return fc.pre(false)
        }

        const [there, here] = both(line, 12, fromMs)

        expect(there).toEqual(here)
      }),
      { numRuns: 300 },
    )
  }, 60_000)
})
