import { expect, test } from 'vitest'
import { CxiError } from '../../shared/cxi/errors.ts'
import { RelayError } from '../../shared/errors.ts'
import { awsError } from '../../shared/stores/aws/aws-errors.ts'
import { extent } from '../support/extent.ts'
import { csvOf, Killed, Life, World } from '../support/world.ts'
import { AwsHome } from './aws-home.ts'
import { delivery, s3Event, s3Record, TEST_EVENT } from './events.ts'

const DAYS = extent(1, 4)

const KEY = 'inbox/nps/oct.csv'

function drop(home: AwsHome, rows = 3, key = KEY): string {
  const { version } = home.world.objects.putDrop(key, Buffer.from(csvOf(rows)))
  return s3Event(s3Record(key, version))
}

test('brings a dropped file into CXI and confirms it', async () => {
  const home = new AwsHome()
  home.queues.arrivals.push(drop(home))

  await home.deliver()
  expect(home.world.objects.ends.get(KEY)).toBe('imported')
  await home.pass(2)

  expect(home.world.cxi.rows()).toHaveLength(3)
  expect((await home.world.receipt()).parts).toMatchObject([{ state: 'confirmed', rows: 3 }])
  expect(await home.world.keys('parts/')).toEqual([])
})

test('sends each part of a larger file once', async () => {
  const world = new World()
  world.maxPartBytes = 200
  const home = new AwsHome(world)
  home.queues.arrivals.push(drop(home, 20))

  await home.deliver()

  expect(world.cxi.count('POST import')).toBeGreaterThan(2)
  expect(new Set(world.cxi.rows()).size).toBe(20)
  expect(world.cxi.rows()).toHaveLength(20)
  expect((await world.receipt()).state).toBe('imported')
})

test('does nothing more for an event that comes twice, at once or later', async () => {
  const home = new AwsHome()
  const event = drop(home)
  home.queues.arrivals.push(event, event)

  await home.deliver()
  await home.importDrop(delivery([event], 2))
  await home.pass(5)

  expect(home.world.cxi.count('POST import')).toBe(1)
  expect(await home.world.receipts()).toHaveLength(1)
})

test('does nothing for a message that names what is not due, or no longer there', async () => {
  const home = new AwsHome()
  home.queues.arrivals.push(drop(home))
  const parts: string[] = []
  for (let body = home.queues.arrivals.shift(); body !== undefined; body = home.queues.parts.shift()) {
    if (parts.length === 0 && body.includes('Records')) await home.importDrop(delivery([body]))
    else {
      parts.push(body)
      await home.sendPart(delivery([body]))
    }
  }
  const calls = home.world.cxi.calls.length

  const again = await home.sendPart(delivery([...parts, JSON.stringify({ records: [{ group: 'drop#x', id: 'y' }] })]))

  expect(again).toEqual({ batchItemFailures: [] })
  expect(home.world.cxi.calls).toHaveLength(calls)
})

test('asks for the version where the event names none', async () => {
  const home = new AwsHome()
  const { version } = home.world.objects.putDrop(KEY, Buffer.from(csvOf(1)))
  home.newest = version
  home.queues.arrivals.push(s3Event(s3Record(KEY)))

  await home.deliver()

  expect(home.world.cxi.rows()).toHaveLength(1)
})

test.each([
  ['a version that is gone', 'gone'],
  ['a file that is gone', undefined],
])('rejects %s with a receipt', async (_, version) => {
  const home = new AwsHome()
  home.queues.arrivals.push(s3Event(s3Record(KEY, version)))

  await home.deliver()

  expect(await home.world.receipt()).toMatchObject({ drop: KEY, state: 'rejected', error: { code: 'file_gone' } })
})

test('answers the event of a set-up, and reports only the message that it could not read', async () => {
  const home = new AwsHome()
  const event = delivery([TEST_EVENT, 'not ours', drop(home)], 3)

  const answer = await home.importDrop(event)
  await home.deliver()

  const failed = event.Records[1]
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: failed?.messageId }] })
  expect(home.cameBack).toEqual([failed])
  expect(home.world.cxi.rows()).toHaveLength(3)
})

test('lets a message come back whose file could not be noted', async () => {
  const home = new AwsHome()
  const event = drop(home)
  const { ledger } = home.world
  const get = ledger.get.bind(ledger)
  ledger.get = async () => {
    throw new RelayError('store_unavailable', 'The table does not answer.', { retryable: true })
  }

  const answer = await home.importDrop(delivery([event]))
  ledger.get = get
  home.queues.arrivals.push(event)
  await home.deliver()

  expect(answer.batchItemFailures).toHaveLength(1)
  expect(home.cameBack).toHaveLength(1)
  expect(home.world.objects.ends.get(KEY)).toBe('imported')
})

test(`goes on after an outage of CXI of ${DAYS} days by itself`, async () => {
  const home = new AwsHome()
  const { cxi } = home.world
  cxi.trouble = new CxiError('cxi_unreachable', 'No connection.', { outcome: 'not_sent', retryable: true })
  home.queues.arrivals.push(drop(home))
  await home.deliver()

  await home.pass(DAYS * 24 * 60)
  expect(await home.world.receipts()).toEqual([])
  cxi.trouble = undefined
  await home.pass(61)

  expect(home.world.objects.ends.get(KEY)).toBe('imported')
  expect(cxi.rows()).toHaveLength(3)
}, 120_000)

test.each(['inbox/nps/', 'inbox/neue+quelle/', 'inbox/nps/2026/'])(
  'FC-20 does nothing for %s, a folder made in the console',
  async (key) => {
    const home = new AwsHome()
    const { version } = home.world.objects.putDrop(decodeURIComponent(key.replaceAll('+', ' ')), Buffer.alloc(0))
    home.queues.arrivals.push(s3Event(s3Record(key, version, 'ObjectCreated:Put', 0)))

    await home.deliver()
    await home.pass(2)

    expect(await home.world.keys('receipts/')).toEqual([])
    expect(home.world.objects.ends.size).toBe(0)
    expect(home.world.logger.lines).toEqual(home.world.logger.lines.filter(({ event }) => event === 'sweep.done'))
    expect(home.cameBack).toEqual([])
  },
)

test.each([
  ['an empty file', 'inbox/nps/leer.csv', '', 'file_empty'],
  ['a folder that holds something', 'inbox/nps/x/', 'forty bytes that are no CSV of responses', undefined],
])('FC-20 rejects %s with a receipt', async (_, key, text, code) => {
  const home = new AwsHome()
  const { version } = home.world.objects.putDrop(key, Buffer.from(text))
  home.queues.arrivals.push(s3Event(s3Record(key, version, 'ObjectCreated:Put', text.length)))

  await home.deliver()

  expect(await home.world.receipt()).toMatchObject({
    drop: key,
    state: 'rejected',
    error: { code: code ?? expect.any(String) },
  })
})

test.each([
  ['Übersicht – Q4', 'Übersicht – Q4'],
  ['%C3%9Cbersicht', 'Übersicht'],
  ['100% gut', '100% gut'],
])('R-03 names an import by metadata %s', async (written, name) => {
  const home = new AwsHome()
  const { version } = home.world.objects.putDrop(KEY, Buffer.from(csvOf(1)), { name: written })
  home.queues.arrivals.push(s3Event(s3Record(KEY, version)))

  await home.deliver()

  expect((await home.world.receipt()).import?.name).toBe(name)
})

test('FC-18 waits for a permission that is missing, and imports the file once it is granted', async () => {
  const home = new AwsHome()
  const { objects, logger } = home.world
  const refused = () => {
    const cause = Object.assign(new Error('UnknownError'), { name: 'Unknown', $metadata: { httpStatusCode: 403 } })
    throw awsError('Looking at inbox/nps/oct.csv', cause)
  }
  const headDrop = objects.headDrop.bind(objects)
  const readDrop = objects.readDrop.bind(objects)
  Object.assign(objects, { headDrop: async () => refused(), readDrop: refused })
  home.queues.arrivals.push(drop(home))

  await home.deliver()
  await home.pass(24 * 60)
  const receipts = await home.world.receipts()
  Object.assign(objects, { headDrop, readDrop })
  await home.pass(61)

  expect(receipts).toEqual([])
  const alarms = logger.lines.filter(({ level }) => level === 'alarm')
  expect(alarms[0]?.fields.message).toMatch(/not allowed.*s3:GetObjectVersion/)
  expect(alarms.length).toBeLessThan(10)
  expect(objects.ends.get(KEY)).toBe('imported')
  expect(home.world.cxi.rows()).toHaveLength(3)
}, 60_000)

test('R-12 takes files that are copied onto themselves for duplicates, each with a receipt and no alarm', async () => {
  const home = new AwsHome()
  home.queues.arrivals.push(drop(home))
  await home.deliver()
  const sent = home.world.cxi.calls.length

  for (let copy = 0; copy < 50; copy += 1) {
    const { version } = home.world.objects.putDrop(KEY, Buffer.from(csvOf(3)))
    home.queues.arrivals.push(s3Event(s3Record(KEY, version, 'ObjectCreated:Copy')))
  }
  await home.deliver()

  const states = (await home.world.receipts()).map(({ state }) => state).sort()
  expect(states).toEqual([...Array(50).fill('duplicate'), 'imported'])
  expect(home.world.cxi.calls).toHaveLength(sent)
  expect(home.world.logger.lines.filter(({ level }) => level !== 'info')).toEqual([])
  expect(home.notices).toEqual([])
})

test.each([3, 8, 14, 20])('continues what a function held that was killed at its touch %i', async (touches) => {
  const home = new AwsHome()
  const object = home.world.objects.putDrop(KEY, Buffer.from(csvOf(3)))
  const dying = home.world.process(new Life(touches))
  const killed = async () => {
    await dying.engine.receive(object)
    for (const record of await home.world.ledger.due(home.world.clock.now(), 1)) await dying.engine.work(record)
  }
  await expect(killed()).rejects.toThrow(Killed)

  home.queues.arrivals.push(s3Event(s3Record(KEY, object.version)))
  await home.deliver()
  await home.pass(3)

  expect(home.world.objects.ends.get(KEY)).toBe('imported')
  expect(home.world.cxi.rows()).toHaveLength(3)
})
