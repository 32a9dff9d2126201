import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completeRelay } from '../../../shared/config/resolve.ts'
import { clockChangeWarnings } from '../../../shared/exports/clock-changes.ts'
import { lastTimeMs, nextTimeMs } from '../../../shared/exports/cron.ts'
import { schedulesOf } from '../../../shared/exports/schedules.ts'
import { ExportWorld, FileServer } from './export-world.ts'

const files = new FileServer()
beforeAll(() => files.start())
afterAll(() => files.close())

const DAY = 86_400
const at = (iso: string) => Date.parse(iso)

function timesOf(schedule: string, timezone: string, from: string, count: number): string[] {
  const times: string[] = []
  let ms: number | null = at(from)
  for (let n = 0; n < count && ms !== null; n++) {
    ms = nextTimeMs({ schedule, timezone }, ms)
    if (ms !== null) times.push(new Date(ms).toISOString().slice(0, 16))
  }
  return times
}

describe('a cron line', () => {
  it('is read in its time zone, summer and winter', () => {
    const times = timesOf('0 6 * * *', 'Europe/Berlin', '2026-10-24T00:00:00Z', 3)

    expect(times).toEqual(['2026-10-24T04:00', '2026-10-25T05:00', '2026-10-26T05:00'])
  })

  it('comes at the change of clocks where its time is left out, once', () => {
    const times = timesOf('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)

    expect(times).toEqual(['2026-03-29T01:00', '2026-03-30T00:30'])
  })

  it('comes once where its time comes twice', () => {
    const times = timesOf('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)

    expect(times).toEqual(['2026-10-25T00:30', '2026-10-26T01:30'])
  })

  it('knows the last of its times, this very moment included', () => {
    const line = { schedule: '0 6 * * *', timezone: 'UTC' }

    expect(lastTimeMs(line, at('2026-11-24T06:00:00Z'))).toBe(at('2026-11-24T06:00:00Z'))
    expect(lastTimeMs(line, at('2026-11-24T05:59:59Z'))).toBe(at('2026-11-23T06:00:00Z'))
  })
})

describe('the configuration of exports', () => {
  const problemsOf = (exports: unknown) => () =>
    completeRelay({ accounts: { main: { secret: 's' } }, sources: { nps: {} }, exports })

  it.each([
    ['* * * * * *', 'must have five fields'],
    ['@daily', 'must have five fields'],
    ['61 * * * *', 'is no cron line'],
    ['0 0 31 2 *', 'never comes round'],
    ['', 'must be a text'],
    ['0 0 L * *', 'has "L", but fields are of numbers, names and * , - / only'],
    ['0 0 15W * *', 'has "15W"'],
    ['0 0 * * 2#1', 'has "2#1"'],
    ['0 0 ? * *', 'has "?"'],
    ['0 0 * * +FRI', 'has "+FRI"'],
    ['0 0 MON * *', 'has "MON"'],
    ['0 6 13 * FRI', 'restricts both the day of the month and the day of the week'],
  ])('refuses the schedule "%s"', (schedule, problem) => {
    expect(problemsOf([{ type: 'users', schedule }])).toThrow(problem)
  })

  it('refuses an unknown zone, account, type, host and cool-down, each with its path', () => {
    const entry = {
      type: 'all',
      schedule: '0 6 * * *',
      timezone: 'Mars/Base',
      account: 'x',
      hosts: ['https://a.example/exports'],
    }

    const check = problemsOf([{ ...entry, coolDownMinutes: 0 }])

    for (const key of ['type', 'timezone', 'account', 'hosts', 'coolDownMinutes']) {
      expect(check).toThrow(`exports[0].${key}`)
    }
  })

  it.each([
    ['an address that is none', 'mail.example.com', {}, 'accounts.main.mailTo: must be one e-mail address'],
    ['two addresses', 'a@b.example, c@d.example', {}, 'accounts.main.mailTo: must be one e-mail address'],
    ['a rule set of no such name', 'a@b.example', { ruleSet: 'in bound' }, 'ses.ruleSet: must be the name'],
    ['an unknown key', 'a@b.example', { ruleset: 'x' }, 'ses.ruleset: is no key; did you mean "ruleSet"?'],
  ])('refuses %s for Amazon SES', (_, mailTo, ses, problem) => {
    const config = { accounts: { main: { secret: 's', mailTo } }, sources: { nps: {} }, ses }

    expect(() => completeRelay(config)).toThrow(problem)
  })

  it('takes an address and a rule set for Amazon SES', () => {
    const accounts = { main: { secret: 's', mailTo: 'exports@mail.example.com' } }

    const relay = completeRelay({ accounts, sources: { nps: {} }, ses: { ruleSet: 'inbound' } })

    expect([relay.accounts.main?.mailTo, relay.ses]).toEqual(['exports@mail.example.com', { ruleSet: 'inbound' }])
  })

  it('refuses accounts that one mail folder, or one address, would not keep apart', () => {
    const account = { secret: 's', mailTo: 'exports@mail.example.com' }
    const check = () =>
      completeRelay({
        accounts: { a: account, done: account, 'x/y': { secret: 's' } },
        sources: { nps: { account: 'a' } },
      })

    expect(check).toThrow('accounts.done: must have another name')
    expect(check).toThrow("accounts.done.mailTo: is also that of account 'a'")
    expect(check).toThrow('accounts.x/y: must be named with')
  })

  it('refuses the same line twice', () => {
    const line = { type: 'users', schedule: '0 6 * * *' }

    expect(problemsOf([line, { ...line, timezone: 'UTC' }])).toThrow('exports[1]: says the same as exports[0]')
  })

  it('knows a schedule by what it says, not by its place', () => {
    const one = { type: 'users', schedule: '0 6 * * *' }
    const other = { type: 'responses', schedule: '0 6 * * *', timezone: 'Europe/Berlin' }

    const keys = (exports: object[]) => schedulesOf(problemsOf(exports)()).map(({ key }) => key)

    expect(keys([one, other]).sort()).toEqual(keys([other, one]).sort())
    expect(new Set(keys([one, other])).size).toBe(2)
  })
})

describe('FC-26 the nights when clocks change', () => {
  const warningsFor = (schedule: string, timezone?: string) =>
    clockChangeWarnings(
      { exports: [{ type: 'users', schedule, ...(timezone === undefined ? {} : { timezone }) }] },
      at('2026-03-01T00:00:00Z'),
    )

  it.each([
    ['30 2 * * *', 'Europe/Berlin', 'between 02:00 and 03:00, which is left out on 2026-03-29'],
    ['0 2 * * SUN', 'Europe/Berlin', 'left out on 2026-03-29'],
    ['0 */2 * * *', 'Europe/Berlin', 'left out on 2026-03-29'],
    ['30 1 25 10 *', 'Europe/London', 'comes twice on 2026-10-25'],
    ['15 2 * * *', 'America/New_York', 'left out on 2026-03-08'],
    ['45 1 * 4 *', 'Australia/Lord_Howe', 'comes twice on 2026-04-05'],
    ['30 0 * * *', 'America/Santiago', 'left out on 2026-09-06'],
  ])('make "%s" in %s warn', (schedule, timezone, words) => {
    expect(warningsFor(schedule, timezone)).toEqual([expect.stringContaining(words)])
    expect(warningsFor(schedule, timezone)[0]).toContain(`exports[0].schedule: "${schedule}" (${timezone})`)
  })

  it.each([
    ['0 3 * * *', 'Europe/Berlin'],
    ['30 1 * * *', 'Europe/Berlin'],
    ['30 2 * * MON', 'Europe/Berlin'],
    ['*/5 * * * *', 'Europe/Berlin'],
    ['30 2 * * *', 'Asia/Kolkata'],
    ['30 2 * * *', undefined],
  ])('are nothing to "%s" in %s', (schedule, timezone) => {
    expect(warningsFor(schedule, timezone)).toEqual([])
  })

  it('bring one export each', async () => {
    for (const [from, days] of [
      ['2026-10-24T00:00:00Z', ['2026-10-24', '2026-10-25', '2026-10-26']],
      ['2026-03-28T00:00:00Z', ['2026-03-28', '2026-03-29', '2026-03-30']],
    ] as const) {
      const world = new ExportWorld(files, [{ type: 'users', schedule: '30 2 * * *', timezone: 'Europe/Berlin' }])
      await world.clock.advance(at(from) - world.clock.now())
      const process = await world.restart()

      await world.pass(process, 3 * DAY)

      expect((await world.collected()).map(({ receipt }) => receipt.schedule?.time.slice(0, 10))).toEqual(days)
    }
  })
})

describe('a schedule', () => {
  const daily = [{ type: 'users', schedule: '0 7 * * *' } as const]

  it('asks at its times', async () => {
    const world = new ExportWorld(files, daily)
    const process = await world.restart()

    await world.pass(process, 3 * DAY)

    const times = (await world.collected()).map(({ receipt }) => receipt.schedule?.time)
    expect(times).toEqual(['2026-11-24T07:00:00.000Z', '2026-11-25T07:00:00.000Z', '2026-11-26T07:00:00.000Z'])
  })

  it('asks for nothing at the first start', async () => {
    const world = new ExportWorld(files, daily)
    const process = await world.restart()

    await world.pass(process, 60)

    expect(world.cxi.asked).toBe(0)
  })

  it('asks once at the start for all the times that were missed', async () => {
    const world = new ExportWorld(files, [{ type: 'users', schedule: '* * * * *' }])
    await world.restart()
    await world.clock.advance(5 * DAY * 1000 + 30_000)

    const process = await world.restart()
    await world.pass(process, 20)

    expect(world.cxi.asked).toBe(1)
    expect(world.cxi.answers).toEqual([201])
  })

  it('that fires twice for the same time, or late for an older one, asks once', async () => {
    const world = new ExportWorld(files, daily)
    const process = world.process()
    const [schedule] = schedulesOf(world.world.relay)
    const key = schedule?.key ?? ''
    const time = at('2026-11-24T07:00:00Z')

    await Promise.all([process.engine.fire(key, time), world.process().engine.fire(key, time)])
    await world.pass(process, 300)
    await process.engine.fire(key, time)
    await process.engine.fire(key, time - DAY * 1000)
    await world.pass(process, 300)

    expect(world.cxi.asked).toBe(1)
    expect(await world.collected()).toHaveLength(1)
  })

  it('that comes round faster than CXI exports is folded into one that waits', async () => {
    const world = new ExportWorld(files, [
      { type: 'users', schedule: '* * * * *' },
      { type: 'responses', schedule: '* * * * *' },
    ])
    world.cxi.lastsMs = 10 * 60_000
    const process = await world.restart()

    await world.pass(process, 60 * 60)

    expect(world.cxi.asked).toBeGreaterThanOrEqual(5)
    expect(new Set(world.cxi.answers)).toEqual(new Set([201]))
    const open = await world.world.ledger.list('exports#main@https://cxi.test')
    expect(open.length).toBeLessThanOrEqual(3)
  })

  it('that the configuration no longer has is forgotten', async () => {
    const world = new ExportWorld(files, daily)
    await world.restart()
    world.world.relay = { ...world.world.relay, exports: [] }

    const process = await world.restart()
    await world.pass(process, 2 * DAY)

    expect(world.cxi.asked).toBe(0)
    expect(await world.world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  })
})
