import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { flushSources } from '../shared/webhooks/flush.ts'
import { AwsHome } from '../test/functions/aws-home.ts'
import { delivery, s3Event, s3Record } from '../test/functions/events.ts'
import { synthesize } from '../test/infra/stack.ts'
import { WebhookWorld } from '../test/support/webhook-world.ts'
import { relayOf, source, World } from '../test/support/world.ts'
import { deliveryOf, fileOf, ROWS } from './cost-loads.ts'
import { Meter } from './cost-meter.ts'
import { ASSUMED, BESIDES, costOf, type Usage } from './cost-prices.ts'

/**
 * What the AWS home costs: the functions work on stores that count requests and bytes as the AWS stores make them, the
 * template says what is there by the month, and list prices turn both into dollars. `node bench/cost.ts`
 */

const MINUTES_A_MONTH = 43_800
const MINUTES_MEASURED = 100
const FILES = 20
const CLAIMED_FILES = 3
const BATCHES = 5
const BATCH = 100
/** A line of the API's access log, and how long a token of CXI lasts. */
const ACCESS_LINE_BYTES = 150
const TOKEN_MINUTES = 120
/** Rows, uploads and waiting are measured in every hour in which a response comes. */
const BUSY_METRICS = 3
const SOURCES = ['one', 'two', 'three']

interface Modelled {
  case: string
  usage: Usage
  limit: number
}

const config = {
  accounts: { main: { secret: 'cxi-relay/main' } },
  sources: Object.fromEntries(
    SOURCES.map((name) => [name, { webhook: { provider: 'typeform', secret: `cxi-relay/${name}` } }]),
  ),
}
const { template, remove } = await synthesize(config)
const MEMORY = {
  cut: memoryOf('Reads, checks and cuts'),
  send: memoryOf('Sends parts'),
  sweep: memoryOf('Sends what is due'),
  receive: memoryOf('Verifies and stores'),
  flush: memoryOf('Gathers settled'),
}
const results: Modelled[] = []
try {
  // The first ones compile the code.
  await files(3, 'drop')
  results.push({ case: `E2 1,000 files of 1 MB`, usage: scaled(await files(FILES, 'drop'), 1000 / FILES), limit: 0.15 })
  results.push({ case: 'E2 row claims of 6,000,000 rows', usage: await claims(), limit: 5 })
  await webhooks(1)
  const perMillion = 1e6 / (BATCHES * BATCH)
  results.push({ case: 'E1 a million webhooks', usage: scaled(await webhooks(BATCHES), perMillion), limit: 5 })
  results.push({ case: 'E3 idle for a month, three sources', usage: await idle(), limit: 5 })
} finally {
  await remove()
}
report(results)

/** Files that come at once, until CXI has counted their rows. */
async function files(count: number, dedupe: 'drop' | 'rows'): Promise<Usage> {
  const world = new World(
    relayOf([source('nps', { dedupe, columns: { feedback_date: 'Submitted', response_id: 'Response' } })]),
  )
  const plain = world.ledger
  const meter = new Meter(world)
  const home = new AwsHome(world)
  for (let file = 0; file < count; file++) {
    const key = `inbox/nps/${file}.csv`
    const { version } = world.objects.putDrop(key, Buffer.from(fileOf(file)))
    // Put there by its owner, and kept for 90 days after it was imported.
    meter.add({ 's3 puts': 1, 's3 GB-months': (3 * fileOf(file).length) / 1e9 })
    home.queues.arrivals.push(s3Event(s3Record(key, version)))
  }
  for (;;) {
    await deliver(meter, home)
    const [next] = await plain.due(Number.MAX_SAFE_INTEGER, 1)
    if (!next && world.cxi.rows().length !== count * ROWS) throw new Error('Not every row reached CXI.')
    if (!next) return meter.usage
    await world.clock.advance(60_000)
    // A sweep that finds nothing is counted as idle.
    if ((await plain.due(world.clock.now(), 1)).length > 0) await meter.call(MEMORY.sweep, home.sweep)
  }
}

async function deliver(meter: Meter, { queues, importDrop, sendPart }: AwsHome): Promise<void> {
  for (;;) {
    const arrival = queues.arrivals.shift()
    const part = arrival === undefined ? queues.parts.shift() : undefined
    if (arrival !== undefined) await meter.call(MEMORY.cut, () => importDrop(delivery([arrival])))
    else if (part !== undefined) await meter.call(MEMORY.send, () => sendPart(delivery([part])))
    else return
    meter.message()
  }
}

/** What claiming adds to a file's price, for as many files as hold six million rows. */
async function claims(): Promise<Usage> {
  const [without, claimed] = [await files(CLAIMED_FILES, 'drop'), await files(CLAIMED_FILES, 'rows')]
  const more = Object.entries(claimed).map(([unit, amount]) => [
    unit,
    Math.max(0, amount - (without[unit as keyof Usage] ?? 0)),
  ])
  return scaled(Object.fromEntries(more), 6e6 / (ROWS * CLAIMED_FILES))
}

/** Full batches of responses of 2 KB, from the call of the survey tool until CXI has counted them. */
async function webhooks(batches: number): Promise<Usage> {
  const world = new WebhookWorld('typeform')
  const plain = world.ledger
  const meter = new Meter(world)
  const process = world.process()
  for (let batch = 0; batch < batches; batch++) {
    for (let n = 0; n < BATCH; n++) {
      const { body, headers } = deliveryOf(batch * BATCH + n)
      meter.add({ 'http api calls': 1, 'log GB': ACCESS_LINE_BYTES / 1e9 })
      await meter.call(MEMORY.receive, () => process.webhooks.door.receive('nps', world.request(body, { headers })))
    }
    await world.clock.advance(120_000)
    await meter.call(MEMORY.flush, () => flushSources(process.webhookDeps))
    for (;;) {
      const [record] = await plain.due(world.clock.now(), 1)
      if (record) {
        meter.message()
        await meter.call(process.webhooks.laneOf(record) ? MEMORY.flush : MEMORY.send, () =>
          process.engine.work(record),
        )
      } else if ((await plain.due(Number.MAX_SAFE_INTEGER, 1)).length > 0) await world.clock.advance(60_000)
      else break
    }
  }
  if (world.cxi.rows().length !== batches * BATCH) throw new Error('Not every response reached CXI.')
  // Two processes that receive read the webhook's secret every five minutes, all month long; two that send read
  // credentials and token when the token ends.
  const reads = (2 * MINUTES_A_MONTH) / 5 + (2 * 2 * MINUTES_A_MONTH) / TOKEN_MINUTES
  const share = (batches * BATCH) / 1e6
  meter.add({ 'secret reads': reads * share, 'metric months': BUSY_METRICS * share })
  return meter.usage
}

/** What the template has by the month, and what runs every minute: the sweep, and the look for settled responses. */
async function idle(): Promise<Usage> {
  const count = (type: string) => Object.keys(template.findResources(type)).length
  const world = new WebhookWorld('typeform')
  const [nps] = Object.values(world.relay.sources)
  world.relay.sources = Object.fromEntries(
    SOURCES.map((name) => [name, { ...nps, name }]),
  ) as typeof world.relay.sources
  const meter = new Meter(world)
  const { webhookDeps } = world.process()
  const { sweep } = new AwsHome(world)
  for (let minute = 0; minute < MINUTES_MEASURED; minute++) {
    await meter.call(MEMORY.sweep, sweep)
    await meter.call(MEMORY.flush, () => flushSources(webhookDeps))
  }
  return {
    ...scaled(meter.usage, MINUTES_A_MONTH / MINUTES_MEASURED),
    'scheduler calls': count('AWS::Scheduler::Schedule') * MINUTES_A_MONTH,
    'sqs requests': count('AWS::Lambda::EventSourceMapping') * ASSUMED.pollsPerMinute * MINUTES_A_MONTH,
    'secret months': count('AWS::SecretsManager::Secret'),
    'alarm months': count('AWS::CloudWatch::Alarm'),
  }
}

function memoryOf(description: string): number {
  const functions = Object.values(template.findResources('AWS::Lambda::Function'))
  const found = functions.find(({ Properties }) => Properties.Description.startsWith(description))
  if (!found) throw new Error(`The template has no function whose description begins with "${description}".`)
  return found.Properties.MemorySize
}

function scaled(usage: Usage, times: number): Usage {
  return Object.fromEntries(Object.entries(usage).map(([unit, amount]) => [unit, amount * times]))
}

function report(all: Modelled[]): void {
  const rows = all.map(({ case: name, usage, limit }) => {
    const costs = costOf(usage)
    const total = costs.filter(([unit]) => !BESIDES.has(unit)).reduce((sum, [, , dollars]) => sum + dollars, 0)
    console.log(`${name.padEnd(44)}${dollarsOf(total)}  limit ${dollarsOf(limit)}${total > limit ? '  MISSED' : ''}`)
    for (const [unit, amount, dollars] of costs.toSorted((a, b) => b[2] - a[2])) {
      const besides = BESIDES.has(unit) ? '  besides' : ''
      console.log(
        `    ${unit.padEnd(24)}${amount.toLocaleString('en', { maximumFractionDigits: 2 }).padStart(16)}${dollarsOf(dollars)}${besides}`,
      )
    }
    return { case: name, program: 'cxi-relay', value: total, unit: '$', ratio: null, limit, usage }
  })
  const path = fileURLToPath(new URL('results.json', import.meta.url))
  const others = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { unit?: string }[]) : []
  writeFileSync(path, `${JSON.stringify([...others.filter(({ unit }) => unit !== '$'), ...rows], null, 2)}\n`)
}

function dollarsOf(amount: number): string {
  return `$${amount.toFixed(3)}`.padStart(12)
}
