import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRequest } from '../../../shared/exports/requests.ts'
import { exportStatusOf } from '../../../shared/exports/status.ts'
import { account } from '../../support/world.ts'
import { CSVS, ExportWorld, FileServer } from './export-world.ts'

const files = new FileServer()
beforeAll(() => files.start())
afterAll(() => files.close())

const MINUTE = 60
const everyMinute = (type: 'responses' | 'users') => ({ type, schedule: '* * * * *' })

describe('an export asked for by hand', () => {
  it('is asked for, waited for and stored with a receipt', async () => {
    const world = new ExportWorld(files)
    const process = world.process()
    const id = await process.engine.ask('responses')

    await world.pass(process, 2 * MINUTE)

    const [found, another] = await world.collected()
    expect(another).toBeUndefined()
    expect(found?.csv).toBe(CSVS.responses)
    expect(found?.receipt).toMatchObject({
      export: id,
      type: 'responses',
      account: 'main',
      file: 'exports/responses/2026/11/24/20261124T060000.000Z-responses.csv',
      rows: 2,
      columns: 4,
      header: ['id', 'feedback', 'score', 'feedback_date'],
      bytes: CSVS.responses.length,
      requested_at: '2026-11-24T06:00:00.000Z',
      ready_at: '2026-11-24T06:01:00.000Z',
      schedule: null,
    })
    expect(found?.receipt.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(await world.world.keys('mail/')).toEqual(['mail/done/20261124T060100.000Z-1.eml'])
    expect(world.alarms()).toEqual([])
  })

  it('sends no credentials to where the link leads', async () => {
    const world = new ExportWorld(files)
    const process = world.process()
    await process.engine.ask('users')

    await world.pass(process, 2 * MINUTE)

    const request = files.requests.at(-1)
    expect(request?.path).toBe('/users/1.csv')
    expect(request?.headers.authorization).toBeUndefined()
    expect(request?.headers.cookie).toBeUndefined()
  })

  it('keeps the mailed address and its signature out of logs and receipts', async () => {
    const world = new ExportWorld(files)
    const process = world.process()
    await process.engine.ask('responses')

    await world.pass(process, 2 * MINUTE)

    const said = JSON.stringify([world.logger.lines, await world.collected()])
    expect(said).not.toContain('s3cret')
    expect(said).not.toContain('example.com')
  })

  it('needs the account where there are several', async () => {
    const world = new ExportWorld(files, [], [account('one'), account('two')])

    await expect(world.process().engine.ask('users')).rejects.toMatchObject({ code: 'unknown_account' })
  })
})

describe('several exports', () => {
  it('are asked for one at a time, in their order', async () => {
    const world = new ExportWorld(files)
    const process = world.process()
    for (const type of ['responses', 'users', 'responses'] as const) {
      await process.engine.ask(type)
      await world.clock.advance(10)
    }

    await world.pass(process, 4 * MINUTE)

    expect(world.cxi.answers).toEqual([201, 201, 201])
    expect(world.cxi.made.map(({ type }) => type)).toEqual(['responses', 'users', 'responses'])
    expect(await world.collected()).toHaveLength(3)
  })

  it('of two processes are asked for once each', async () => {
    const world = new ExportWorld(files, [everyMinute('responses'), everyMinute('users')])
    const one = world.process()
    const other = world.process()
    await Promise.all([one.engine.plan(), other.engine.plan()])
    await world.clock.advance(60_000)

    for (let minute = 0; minute < 4; minute++) {
      for (let round = 0; round < 12; round++) {
        await world.deliver(one)
        const due = await world.world.ledger.due(world.clock.now(), 10)
        await Promise.all(due.flatMap((record) => [one.engine.work(record), other.engine.work(record)]))
      }
      await world.clock.advance(60_000)
    }

    expect(world.cxi.answers.every((status) => status === 201)).toBe(true)
    expect((await world.collected()).length).toBeGreaterThanOrEqual(3)
  })

  it('of several accounts are asked for side by side, each account’s own one at a time', async () => {
    const world = new ExportWorld(files, [], [account('one'), account('two')])
    world.cxi.lastsMs = 0
    world.isMailed = false
    const process = world.process()
    for (const name of ['one', 'two', 'one']) await process.engine.ask('users', name)

    await world.pass(process, 30)

    expect(world.cxi.asked).toBe(2)
  })

  it('of the same type and of several accounts are not in progress at once with one mailbox for all', async () => {
    const world = new ExportWorld(files, [], [account('one'), account('two')])
    world.world.relay = { ...world.world.relay, mail: { imap: { host: 'imap.example.com', secret: 'mailbox' } } }
    const process = world.process()
    await process.engine.ask('users', 'one')
    await process.engine.ask('users', 'two')

    await world.pass(process, 30)
    expect(world.cxi.asked).toBe(1)
    await world.pass(process, 3 * MINUTE)

    expect((await world.collected()).map(({ receipt }) => receipt.account)).toEqual(['one', 'two'])
  })
})

describe('CXI with another export in progress', () => {
  it.each([
    [409, 'conflict'],
    [422, 'An export is running'],
    [423, 'locked'],
    [429, 'too many'],
    [400, 'There is already an export in progress'],
  ])('that answers %i is asked again later, and this is no alarm', async (status, message) => {
    const world = new ExportWorld(files)
    world.cxi.faults.push({ status, message })
    const process = world.process()
    await process.engine.ask('responses')

    await world.pass(process, 60)
    expect(world.cxi.answers).toEqual([status])
    await world.pass(process, 10 * MINUTE)

    expect(world.cxi.answers).toEqual([status, 201])
    expect(await world.collected()).toHaveLength(1)
    expect(world.alarms()).toEqual([])
  })

  it('is asked at once when the mail of that one comes, which is kept and not followed', async () => {
    const world = new ExportWorld(files)
    const process = world.process()
    const before = files.requests.length
    world.cxi.begin('users')
    await process.engine.ask('responses')

    await world.pass(process, 62)

    expect(world.cxi.answers).toEqual([201, 409, 201])
    expect(files.requests).toHaveLength(before)
    expect(await world.world.keys('mail/')).toEqual(['mail/kept/20261124T060100.000Z-1.eml'])
    expect(world.alarms()).toEqual(['mail.kept'])
  })

  it('for longer than any export lasts is reported, once', async () => {
    const world = new ExportWorld(files)
    world.cxi.faults.push(...Array.from({ length: 20 }, () => ({ status: 409 })))
    const process = world.process()
    await process.engine.ask('responses')

    await world.pass(process, 4 * 3600)

    expect(world.alarms()).toEqual(['export.stuck'])
  })
})

describe('an answer of CXI', () => {
  it('that was lost counts as a yes, so that no second export is made', async () => {
    const world = new ExportWorld(files)
    world.cxi.faults.push('lost-after')
    const process = world.process()
    await process.engine.ask('responses')

    await world.pass(process, 2 * MINUTE)

    expect(world.cxi.answers).toEqual([201])
    expect(await world.collected()).toHaveLength(1)
  })

  it('that was lost with the question is reported after the cool-down, and asked once more', async () => {
    const world = new ExportWorld(files)
    world.cxi.faults.push('lost-before')
    const process = world.process()
    const id = await process.engine.ask('users')

    await world.pass(process, 59 * MINUTE)
    expect([world.alarms(), world.cxi.answers]).toEqual([[], []])
    await world.pass(process, 3 * MINUTE)

    expect(world.alarms()).toEqual(['export.overdue'])
    expect(world.cxi.answers).toEqual([201])
    expect((await world.collected()).map(({ receipt }) => receipt.export)).toEqual([id])
  })

  it('that refuses the question itself ends the request with an alarm', async () => {
    const world = new ExportWorld(files)
    world.cxi.faults.push({ status: 404, message: 'no such thing' })
    const process = world.process()
    await process.engine.ask('responses')
    await process.engine.ask('users')

    await world.pass(process, 3 * MINUTE)

    expect(world.alarms()).toEqual(['export.failed'])
    expect(world.cxi.answers).toEqual([404, 201])
  })

  it('of 400 that says nothing of another export ends the request too', async () => {
    const world = new ExportWorld(files)
    world.cxi.faults.push({ status: 400, message: 'export_type does not have a valid value' })
    const process = world.process()
    await process.engine.ask('responses')

    await world.pass(process, MINUTE)

    expect(world.alarms()).toEqual(['export.failed'])
  })

  it('about the account makes it wait until that is mended', async () => {
    const world = new ExportWorld(files)
    world.cxi.faults.push({ status: 401 }, { status: 424 })
    const process = world.process()
    await process.engine.ask('responses')

    await world.pass(process, 30 * MINUTE)

    expect(world.cxi.answers).toEqual([401, 424, 201])
    expect(await world.collected()).toHaveLength(1)
  })
})

describe('a mail that never comes', () => {
  it('is reported after the cool-down, which another export waits for', async () => {
    const world = new ExportWorld(files)
    world.isMailed = false
    const process = world.process()
    await process.engine.ask('responses')
    await process.engine.ask('users')

    await world.pass(process, 59 * MINUTE)
    expect([world.cxi.asked, world.alarms()]).toEqual([1, []])
    await world.pass(process, 2 * MINUTE)

    expect(world.cxi.made.map(({ type }) => type)).toEqual(['responses', 'users'])
    expect(world.alarms()).toEqual(['export.overdue'])
  })

  it('is asked for twice at most, reported once, and shown as overdue', async () => {
    const world = new ExportWorld(files)
    world.isMailed = false
    const process = world.process()
    await process.engine.ask('responses')
    const shown = async () =>
      (await exportStatusOf(world.world.ledger, world.world.relay)).open.map(({ state }) => state)

    await world.pass(process, 61 * MINUTE)
    expect([world.cxi.asked, await shown()]).toEqual([2, ['overdue']])
    await world.pass(process, 24 * 3600)

    expect([world.cxi.asked, await shown(), world.alarms()]).toEqual([2, ['overdue'], ['export.overdue']])
  })

  it.each([
    [6, 1],
    [8, 0],
  ])('is taken for seven days: after %i days %i file comes', async (days, count) => {
    const world = new ExportWorld(files)
    world.isMailed = false
    const process = world.process()
    await process.engine.ask('responses')
    await world.pass(process, days * 24 * 3600)

    await world.put('late.eml', { link: `${files.url}/responses/1.csv` })
    await world.pass(process, 60)

    expect(await world.collected()).toHaveLength(count)
    expect(await world.world.keys(count === 1 ? 'mail/done/' : 'mail/kept/')).toHaveLength(1)
  })

  it('ends as superseded when a newer file of its type comes, and is not asked for again', async () => {
    const world = new ExportWorld(files)
    world.isMailed = false
    const process = world.process()
    const old = await process.engine.ask('responses')
    const other = await process.engine.ask('users')
    await world.pass(process, 4 * 3600)
    const next = await process.engine.ask('responses')
    await world.pass(process, 30)

    await world.put('new.eml', { link: `${files.url}/responses/2.csv` })
    await world.pass(process, 60)

    const stateOf = async (id: string) => (await readRequest(process.deps, id))?.value
    expect((await stateOf(next))?.state).toBe('collected')
    expect(await stateOf(old)).toMatchObject({ state: 'superseded', error: { code: 'export_superseded' } })
    expect((await stateOf(other))?.state).toBe('overdue')
    expect((await exportStatusOf(world.world.ledger, world.world.relay)).open.map(({ id }) => id)).toEqual([other])
  })

  it('is still collected when it comes after all', async () => {
    const world = new ExportWorld(files)
    world.isMailed = false
    const process = world.process()
    await process.engine.ask('responses')
    await world.pass(process, 3 * 3600)

    world.isMailed = true
    await world.pass(process, 1)

    const [found] = await world.collected()
    expect(found?.receipt).toMatchObject({
      requested_at: '2026-11-24T06:00:00.000Z',
      ready_at: '2026-11-24T06:01:00.000Z',
    })
  })

  it('and comes while the next export is in progress belongs to its own, by its date', async () => {
    const world = new ExportWorld(files)
    world.isMailed = false
    const process = world.process()
    const first = await process.engine.ask('responses')
    await world.pass(process, 2 * 3600)
    const second = await process.engine.ask('responses')
    await world.pass(process, 90)

    const [late, , next] = world.cxi.made
    for (const made of [late, next]) {
      if (made) await world.mail(made)
      await world.pass(process, 5)
    }

    const found = (await world.collected()).map(({ receipt }) => [receipt.export, receipt.ready_at])
    expect(found).toEqual([
      [first, '2026-11-24T06:01:00.000Z'],
      [second, '2026-11-24T08:01:00.000Z'],
    ])
  })
})
