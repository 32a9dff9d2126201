import { describe, expect, test } from 'vitest'
import { RelayError } from '../../shared/errors.ts'
import { delivery, s3Event, s3Record } from './events.ts'
import { ExportHome, sesMessage } from './export-home.ts'

const DAILY = [{ type: 'responses', schedule: '0 6 * * *' } as const]
const SIX = '2026-11-24T06:00:00Z'
const CSV_HEADER = /^id,/

const firstOf = <T>([first]: T[]): T => {
  if (first === undefined) throw new Error('There is none.')
  return first
}

/** A home whose schedule has fired and whose export was mailed a minute later. */
async function mailed(mail = {}): Promise<ExportHome> {
  const home = await ExportHome.start(DAILY, mail)
  home.fire(0, SIX)
  await home.deliver()
  await home.pass(1)
  return home
}

describe('a schedule', () => {
  test('asks CXI at its time', async () => {
    await using home = await ExportHome.start(DAILY)
    home.fire(0, SIX)

    await home.deliver()

    expect(await home.asked()).toEqual({ 201: 1 })
  })

  test('that fires twice for one time asks once, at once or later, whoever finishes', async () => {
    await using home = await ExportHome.start(DAILY)
    home.fire(0, SIX)
    home.fire(0, SIX)

    await home.deliver()
    await home.receive(firstOf(await mailedBy(home)))
    await home.deliver()
    home.fire(0, SIX)
    await home.pass(3)

    expect(await home.asked()).toEqual({ 201: 1 })
    expect(await home.collected()).toHaveLength(1)
  })

  test('asks again at its next time', async () => {
    await using home = await mailed()
    await home.receive(firstOf(await home.mails()))
    await home.deliver()

    home.fire(0, '2026-11-25T06:00:00Z')
    await home.deliver()

    expect(await home.asked()).toEqual({ 201: 2 })
  })

  test('that the configuration no longer has asks for nothing', async () => {
    await using home = await ExportHome.start(DAILY)
    home.fire(7, SIX)

    await home.deliver()

    expect([await home.asked(), home.cameBack]).toEqual([{}, []])
  })

  test('whose time could not be noted comes back', async () => {
    await using home = await ExportHome.start(DAILY)
    home.fire(0, SIX)
    const body = firstOf(home.queues.exports.splice(0))
    const create = home.ledger.create.bind(home.ledger)
    home.ledger.create = async () => {
      throw new RelayError('store_unavailable', 'The table does not answer.', { retryable: true })
    }

    const answer = await home.requestExport(delivery([body]))
    home.ledger.create = create
    home.queues.exports.push(body)
    await home.deliver()

    expect(answer.batchItemFailures).toHaveLength(1)
    expect(home.cameBack).toHaveLength(1)
    expect(await home.asked()).toEqual({ 201: 1 })
  })

  test('waits while CXI gives out no tokens, and asks when it does again', async () => {
    await using home = await ExportHome.start(DAILY)
    await home.control('PUT', 'faults', { seed: 1, rules: [{ match: 'POST /oauth/token', do: 'status', status: 503 }] })
    home.fire(0, SIX)
    await home.deliver()
    await home.pass(30)
    expect((await home.asked())['201']).toBeUndefined()

    await home.control('PUT', 'faults', { seed: 1, rules: [] })
    await home.pass(61)

    expect((await home.asked())['201']).toBe(1)
  })

  test('of the newest responses reads them without a mail', async () => {
    await using home = await ExportHome.start([{ type: 'recent', schedule: '*/15 * * * *' }])
    await home.control('POST', 'reset')
    home.fire(0, SIX)

    await home.deliver()

    expect(home.logger.events()).toContain('recent.stored')
    expect(home.queues).toEqual({ exports: [], collects: [] })
  })
})

describe('a mail', () => {
  test('brings its file, with a receipt that names the schedule’s time', async () => {
    await using home = await mailed()
    await home.receive(firstOf(await home.mails()))

    await home.deliver()

    const { receipt, csv } = firstOf(await home.collected())
    expect(csv).toMatch(CSV_HEADER)
    expect(receipt).toMatchObject({
      type: 'responses',
      account: 'main',
      schedule: { time: '2026-11-24T06:00:00.000Z' },
    })
    expect(await home.keys('mail/')).toEqual([expect.stringMatching(/^mail\/done\//)])
    expect(home.alarms()).toEqual([])
  })

  test('that is told of twice, or that comes twice, is collected once', async () => {
    await using home = await mailed()
    const mail = firstOf(await home.mails())
    await home.receive(mail)
    home.queues.collects.push(...home.queues.collects)

    await home.deliver()
    await home.receive(mail, {}, 'another')
    await home.deliver()
    home.queues.collects.push(sesMessage('mail/another'))
    await home.pass(2)

    expect(await home.collected()).toHaveLength(1)
    expect(await home.asked()).toEqual({ 201: 1 })
    expect(await home.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  })

  test('that a person puts into mail/ as .eml is collected too', async () => {
    await using home = await mailed()
    await home.put('from my computer.eml', firstOf(await home.mails()))

    await home.deliver()

    expect(await home.collected()).toHaveLength(1)
  })

  test('with a virus is kept and not followed, until somebody moves it back', async () => {
    await using home = await mailed()
    const mail = firstOf(await home.mails())
    await home.receive(mail, { virus: 'FAIL' })
    await home.deliver()
    expect(await home.collected()).toEqual([])
    expect(home.alarms()).toEqual(['mail.kept'])
    const kept = firstOf(await home.keys('mail/kept/'))

    await home.objects.put('mail/again.eml', Buffer.from(await home.text(kept)))
    home.queues.collects.push(s3Event(s3Record('mail/again.eml', 'v1')))
    await home.deliver()

    expect(await home.collected()).toHaveLength(1)
  })

  test('from a sender who is not trusted is kept, whatever its signature', async () => {
    await using home = await mailed({ from: ['inmoment.com'] })
    await home.receive(firstOf(await home.mails()), { dkim: 'FAIL' })

    await home.deliver()

    expect(await home.collected()).toEqual([])
    expect(await home.keys('mail/')).toEqual([expect.stringMatching(/^mail\/kept\//)])
  })

  test('is followed again and again while what it leads to is out of order', async () => {
    await using home = await mailed()
    await home.control('PUT', 'faults', { seed: 1, rules: [{ match: 'GET /exports', do: 'status', status: 503 }] })
    await home.receive(firstOf(await home.mails()))
    await home.deliver()
    await home.pass(10)
    expect(await home.collected()).toEqual([])

    await home.control('PUT', 'faults', { seed: 1, rules: [] })
    await home.pass(61)

    expect(await home.collected()).toHaveLength(1)
    expect(await home.asked()).toEqual({ 201: 1 })
  })

  test('that is gone when it is told of is nobody’s trouble', async () => {
    await using home = await mailed()
    home.queues.collects.push(sesMessage('mail/gone'))

    await home.deliver()

    expect([home.alarms(), home.cameBack, await home.keys('mail/')]).toEqual([[], [], []])
  })

  test('that never comes is reported when its time is up, and collected when it comes late', async () => {
    await using home = await mailed()
    await home.pass(61)
    expect(home.alarms()).toEqual(['export.overdue'])

    await home.receive(firstOf(await home.mails()))
    await home.deliver()

    expect(await home.collected()).toHaveLength(1)
  })
})

async function mailedBy(home: ExportHome) {
  await home.pass(1)
  return home.mails()
}

test('a message that cannot be read comes back, and the others of its batch are worked on', async () => {
  await using home = await ExportHome.start(DAILY)
  home.fire(0, SIX)
  const event = delivery(['not ours', ...home.queues.exports.splice(0)])

  const answer = await home.requestExport(event)
  await home.deliver()

  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: event.Records[0]?.messageId }] })
  expect(home.cameBack).toEqual([event.Records[0]])
  expect(await home.asked()).toEqual({ 201: 1 })
})
