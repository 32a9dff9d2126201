import { expect, test } from 'vitest'
import { DropNotices, type Notice } from '../../functions/drop-notices.ts'
import { FunctionLog } from '../../functions/function-log.ts'
import { publication } from '../../functions/import-drop/publish.ts'
import { Metrics } from '../../functions/metrics.ts'
import { CxiError } from '../../shared/cxi/errors.ts'
import { MEASURES } from '../../shared/measures.ts'
import { World } from '../support/world.ts'
import { AwsHome } from './aws-home.ts'
import { delivery, s3Event, s3Record } from './events.ts'

type Line = Record<string, unknown>
interface Emf extends Line {
  _aws: { Timestamp: number; CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: Metric[] }[] }
}
interface Metric {
  Name: string
  Unit?: string
}

const KEY = 'inbox/nps/oct.csv'
const SECRET_TEXT = 'my dog is called Bello'
const MIXED = `feedback_date,score,feedback,user_id\n1790000000,9,${SECRET_TEXT},a\n1790000000,high,${SECRET_TEXT},b\n1790000000,8,ok,c\n`

/** The functions as they are put together on AWS, with what they write and publish. */
class ObservedHome {
  readonly world = new World()
  readonly lines: Line[] = []
  queueIsOut = false
  readonly home: AwsHome
  readonly #log: FunctionLog
  #invocations = 0

  constructor() {
    const write = (text: string) => this.lines.push(JSON.parse(text))
    this.#log = new FunctionLog(write)
    this.#log.observe(new Metrics(write, 'relay', this.world.clock))
    const send = async (bodies: string[]) => {
      if (this.queueIsOut) throw new Error('The queue does not answer.')
      this.home.queues.arrivals.push(...bodies)
    }
    this.#log.observe(new DropNotices(send, this.#log))
    this.world.logger.also = this.#log
    this.home = new AwsHome(this.world)
  }

  drop(key: string, csv: string): void {
    const { version } = this.world.objects.putDrop(key, Buffer.from(csv))
    this.home.queues.arrivals.push(s3Event(s3Record(key, version)))
  }

  invoke<E, A>(handler: (event: E) => Promise<A>, event: E): Promise<A> {
    return this.#log.around(handler)(event, { awsRequestId: `request-${++this.#invocations}` })
  }

  async deliver(): Promise<void> {
    const { queues, importDrop, sendPart } = this.home
    for (;;) {
      const arrival = queues.arrivals.shift()
      const part = arrival === undefined ? queues.parts.shift() : undefined
      if (arrival !== undefined) await this.invoke(importDrop, delivery([arrival]))
      else if (part !== undefined) await this.invoke(sendPart, delivery([part]))
      else return
    }
  }

  get metrics(): Emf[] {
    return this.lines.filter((line): line is Emf => '_aws' in line)
  }

  /** Each metric's values over all invocations. */
  measured(): Record<string, unknown[]> {
    const all: Record<string, unknown[]> = {}
    for (const line of this.metrics) {
      for (const { Name } of line._aws.CloudWatchMetrics[0]?.Metrics ?? []) {
        all[Name] = [...(all[Name] ?? []), line[Name]]
      }
    }
    return all
  }
}

test('measures a file once, when it came to its end', async () => {
  const home = new ObservedHome()
  home.drop(KEY, MIXED)

  await home.deliver()

  expect(home.measured()).toEqual({ Files: [1], RowsImported: [2], RowsSetAside: [1], UploadTime: [0] })
})

test('measures duplicates, and files that are rejected', async () => {
  const home = new ObservedHome()
  home.drop(KEY, MIXED)
  await home.deliver()
  home.drop('inbox/nps/again.csv', MIXED)
  home.drop('inbox/nps/empty.csv', '')

  await home.deliver()

  expect(home.measured()).toMatchObject({ Files: [1, 1, 1], RowsImported: [2], RowsDuplicate: [3] })
})

test('writes metrics as CloudWatch reads them', async () => {
  const home = new ObservedHome()
  home.drop(KEY, MIXED)

  await home.deliver()

  expect(home.metrics.length).toBeGreaterThan(0)
  for (const line of home.metrics) {
    expect(line._aws).toEqual({
      Timestamp: home.world.clock.now(),
      CloudWatchMetrics: [{ Namespace: 'cxi-relay', Dimensions: [['Stack']], Metrics: expect.any(Array) }],
    })
    expect(line.Stack).toBe('relay')
    const metrics = line._aws.CloudWatchMetrics[0]?.Metrics ?? []
    expect(metrics.length).toBeGreaterThan(0)
    for (const { Name, Unit } of metrics) {
      expect(Unit).toBe(MEASURES[Name as keyof typeof MEASURES])
      const values = [line[Name]].flat()
      expect(values.length).toBeLessThanOrEqual(100)
      expect(values.every((value) => Number.isFinite(value))).toBe(true)
    }
    expect(Object.keys(line).sort()).toEqual(['_aws', 'Stack', ...metrics.map(({ Name }) => Name)].sort())
  }
})

test('writes no metric where there is nothing to measure, since each costs by the hour', async () => {
  const home = new ObservedHome()

  await home.invoke(home.home.sweep as (event: unknown) => Promise<void>, {})

  expect(home.lines).toEqual([expect.objectContaining({ event: 'sweep.done', due: 0 })])
})

test('names fewer metrics than cost more than they tell', () => {
  expect(Object.keys(MEASURES).length).toBeLessThanOrEqual(10)
})

test('sums up an invocation in one line, and keeps times apart up to a hundred', async () => {
  const lines: Line[] = []
  const world = new World()
  const metrics = new Metrics((text) => lines.push(JSON.parse(text)), 'relay', world.clock)
  for (let part = 0; part < 120; part++) {
    metrics.see({ level: 'info', event: 'import.created', fields: { upload_ms: part * 1000 } })
    metrics.see({ level: 'info', event: 'webhook.refused', fields: {} })
  }

  await metrics.flush()
  await metrics.flush()

  expect(lines).toEqual([
    expect.objectContaining({ WebhooksRefused: 120, UploadTime: Array.from({ length: 100 }, (_, part) => part) }),
  ])
})

test('tells how long the oldest file has been waiting while CXI is away', async () => {
  const home = new ObservedHome()
  home.world.cxi.trouble = new CxiError('cxi_unreachable', 'No connection.', { outcome: 'not_sent', retryable: true })
  home.drop(KEY, MIXED)
  await home.deliver()

  for (let minute = 0; minute < 120; minute++) {
    await home.world.clock.advance(60_000)
    await home.invoke(home.home.sweep as (event: unknown) => Promise<void>, {})
    await home.deliver()
  }

  const longest = Math.max(...(home.measured().OldestWaiting as number[]))
  expect(longest).toBeGreaterThan(3600)
  expect(longest).toBeLessThanOrEqual(7200)
})

test('measures an account out of order apart from other alarms', async () => {
  const home = new ObservedHome()
  home.world.cxi.trouble = new CxiError('token_refused', 'The credentials are refused.', {
    outcome: 'not_sent',
    retryable: true,
  })
  home.drop(KEY, MIXED)

  await home.deliver()

  expect(home.measured()).toEqual({ AccountTrouble: [1] })
})

test('names the invocation in each line, and nothing of what people wrote', async () => {
  const home = new ObservedHome()
  home.drop(KEY, MIXED)

  await home.deliver()

  const steps = home.lines.filter((line) => !('_aws' in line))
  expect(steps.length).toBeGreaterThan(3)
  for (const step of steps) {
    expect(step).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      level: expect.any(String),
      requestId: expect.stringMatching(/^request-\d+$/),
    })
  }
  expect(new Set(steps.map(({ requestId }) => requestId)).size).toBeGreaterThan(1)
  expect(JSON.stringify([home.lines, home.home.notices])).not.toContain(SECRET_TEXT)
})

test('tells of a file that was imported in part: where, how many rows, and no content', async () => {
  const home = new ObservedHome()
  home.drop(KEY, MIXED)

  await home.deliver()

  const [notice] = home.home.notices
  const [receipt] = await home.world.keys('receipts/')
  expect(home.home.notices).toEqual([
    {
      source: 'nps',
      drop: KEY,
      state: 'partial',
      rows: { read: 3, imported: 2, set_aside: 1, duplicate: 0, skipped: 0 },
      code: null,
      receipt,
    },
  ])
  const { Subject, Message = '', MessageStructure } = publication(notice as Notice)
  expect([Subject, MessageStructure]).toEqual(['cxi-relay: a file was imported in part', 'json'])
  expect(JSON.parse(JSON.parse(Message).default)).toEqual(notice)
  expect(JSON.parse(Message).email).toContain('Rows in CXI: 2. Rows set aside: 1.')
})

test('tells of a rejected file by its code, and of nothing that went well', async () => {
  const home = new ObservedHome()
  home.drop('inbox/nowhere/x.csv', MIXED)
  home.drop(KEY, MIXED.replace('high', '7'))
  home.drop('inbox/nps/again.csv', MIXED.replace('high', '7'))

  await home.deliver()

  expect(home.home.notices).toEqual([
    expect.objectContaining({ drop: 'inbox/nowhere/x.csv', state: 'rejected', code: 'unknown_source' }),
  ])
})

test('imports all the same while nothing can be told, and says so', async () => {
  const home = new ObservedHome()
  home.queueIsOut = true
  home.drop(KEY, MIXED)

  await home.deliver()

  expect(home.world.objects.ends.get(KEY)).toBe('partial')
  expect(home.world.cxi.rows()).toHaveLength(2)
  expect(home.lines).toContainEqual(expect.objectContaining({ event: 'notice.failed', drops: [KEY] }))
})

test('lets a notice come back that could not be published', async () => {
  const home = new ObservedHome()
  home.home.topicIsOut = true
  home.drop(KEY, MIXED)

  await home.deliver()

  expect(home.home.cameBack.map(({ body }) => JSON.parse(body))).toEqual([
    { notice: expect.objectContaining({ drop: KEY, state: 'partial' }) },
  ])
})

test('tells and measures what was done before a handler threw', async () => {
  const home = new ObservedHome()
  const broken = async (event: Parameters<typeof home.home.importDrop>[0]) => {
    await home.home.importDrop(event)
    throw new Error('broken')
  }
  const event = delivery([s3Event(s3Record('inbox/nowhere/x.csv', 'gone'))])

  await expect(home.invoke(broken, event)).rejects.toThrow('broken')
  await home.deliver()

  expect(home.measured()).toEqual({ Files: [1] })
  expect(home.home.notices).toHaveLength(1)
})
