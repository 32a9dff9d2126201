import { randomUUID } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { FunctionLog } from '../functions/function-log.ts'
import { Metrics } from '../functions/metrics.ts'
import type { BufferedResponse, LedgerRecord, LedgerWrite, ResponseContent } from '../shared/ports.ts'
import {
  DUE_SHARDS,
  dueAttributes,
  expiryAttributes,
  type Item,
  keyOf,
  valueAttributes,
} from '../shared/stores/aws/ledger-item.ts'
import type { WebhookWorld } from '../test/support/webhook-world.ts'
import type { World } from '../test/support/world.ts'
import { ASSUMED, MB_PER_CORE, type Unit, type Usage } from './cost-prices.ts'
import { watched } from './watched.ts'

const WRITE_BYTES = 1024
const READ_BYTES = 4096
/** What CloudWatch counts for each line besides its bytes. */
const LINE_OVERHEAD = 26
/** The mark by which a write that is repeated knows itself. */
const MARK_BYTES = 40
/** Of a response's item, all but its content and id; ids that one item notes for an owner. */
const RESPONSE_BYTES = 250
const ROSTER = 500

/** Counts what the product asks of AWS while it works on stores in memory, by the requests that the AWS stores make. */
export class Meter {
  usage: Usage = {}
  /** Of the call that is under way: milliseconds that it waits for answers. */
  #waitsMs = 0
  #log = new FunctionLog((text) => this.#logged(text))
  readonly #world: World | WebhookWorld

  /** Puts meters before the stores of a world, whose sizes are those of the AWS stores' own items. */
  constructor(world: World | WebhookWorld) {
    this.#world = world
    Object.assign(world, { ledger: this.#ledger(), objects: this.#objects(), buffer: this.#buffer() })
    this.#log.observe(new Metrics((text) => this.#logged(text), 'cxi-relay', world.clock))
    world.logger.also = this.#log
  }

  /** Runs what a function of that memory does in one call, and adds what the call costs. */
  async call(memoryMb: number, work: () => Promise<unknown>): Promise<void> {
    this.#waitsMs = 0
    const { cxi } = this.#world
    const before = cxi.calls.length
    let uploadedMb = 0
    cxi.onUpload = ({ bytes }) => {
      uploadedMb += bytes.length / 1e6
    }
    const began = performance.now()
    await this.#log.around(work)(undefined, { awsRequestId: randomUUID() })
    const computeMs = (performance.now() - began) * Math.max(1, MB_PER_CORE / memoryMb)
    const cxiMs = (cxi.calls.length - before) * ASSUMED.cxiMs + uploadedMb * ASSUMED.uploadMsPerMb
    const tookMs = computeMs + this.#waitsMs + cxiMs + ASSUMED.coldShare * ASSUMED.coldMs
    this.add({
      'lambda calls': 1,
      'lambda GB-seconds': (tookMs / 1000) * (memoryMb / 1024),
      'GB sent to CXI': uploadedMb / 1000,
    })
  }

  add(usage: Usage, times = 1): void {
    for (const [unit, amount] of Object.entries(usage) as [Unit, number][]) {
      this.usage[unit] = (this.usage[unit] ?? 0) + amount * times
    }
  }

  /** A message on its way: sent, received and deleted. */
  message(): void {
    this.#use('sqs requests', 3, ASSUMED.sqsMs)
  }

  /** What was used by all of it, for `times` as much. */
  scaled(times: number): Usage {
    return Object.fromEntries(Object.entries(this.usage).map(([unit, amount]) => [unit, amount * times]))
  }

  #ledger() {
    const indexed = new Map<string, number | null>()
    const write = ({ group, id, value, dueAtMs = null, expiresAtMs = null }: LedgerWrite<unknown>) => {
      const times = { ...dueAttributes(group, id, dueAtMs), ...expiryAttributes(expiresAtMs) }
      const bytes = sizeOf({ ...keyOf(group, id), ...valueAttributes(JSON.stringify(value)), ...times }) + MARK_BYTES
      const key = `${group}\0${id}`
      const before = indexed.get(key) ?? null
      indexed.set(key, dueAtMs)
      // A place in the index that changes is given up and taken anew.
      const inIndex = before === dueAtMs ? 0 : Number(before !== null) + Number(dueAtMs !== null)
      this.#write(Math.ceil(bytes / WRITE_BYTES) + inIndex)
    }
    return watched(this.#world.ledger, {
      get: (_: unknown, record: LedgerRecord<unknown> | undefined) => this.#read(readUnits(record ? [record] : [])),
      list: (_: unknown, records: LedgerRecord<unknown>[]) => this.#read(readUnits(records)),
      create: ([one]: [LedgerWrite<unknown>]) => write(one),
      update: ([{ group, id }, change]: [LedgerRecord<unknown>, LedgerWrite<unknown>]) =>
        write({ ...change, group, id }),
      remove: ([{ group, id }]: [LedgerRecord<unknown>]) => write({ group, id, value: null }),
      due: (_: unknown, records: LedgerRecord<unknown>[]) => {
        this.#read(DUE_SHARDS / 2)
        for (const record of records) this.#read(readUnits([record]) + 0.5, 0)
      },
    })
  }

  #objects() {
    const put = () => this.#use('s3 puts', 1, ASSUMED.s3Ms)
    const get = () => this.#use('s3 gets', 1, ASSUMED.s3Ms)
    const markDrop = () => {
      // Its tags are read, so that others stay, and written.
      get()
      put()
    }
    // S3 asks nothing for deleting, but it takes its time.
    const remove = () => this.#use('s3 gets', 0, ASSUMED.s3Ms)
    const reading = { read: get, readDrop: get, headDrop: get, list: put }
    return watched(this.#world.objects, { ...reading, create: put, put, markDrop, delete: remove })
  }

  /** A response is one item, and while it waits it has a place in an index. */
  #buffer() {
    const units = new Map<string, number>()
    const perRow = (ids: string[], unitsOf: (id: string) => number) => {
      const all = ids.reduce((sum, id) => sum + unitsOf(id), 0)
      this.#use('dynamodb write units', all, (ids.length / ASSUMED.claimsAtOnce) * ASSUMED.dynamodbMs)
    }
    const roster = (ids: string[]) => {
      for (let from = 0; from < ids.length; from += ROSTER) {
        const bytes = deflateRawSync(JSON.stringify(ids.slice(from, from + ROSTER))).length + RESPONSE_BYTES
        this.#write(Math.ceil(bytes / WRITE_BYTES))
      }
    }
    const readOf = (count: number, each: number) => {
      this.#use('dynamodb read units', count * each, Math.ceil(count / 100) * ASSUMED.dynamodbMs)
    }
    return watched(this.#world.buffer, {
      put: ([, id, { content }]: [unknown, string, ResponseContent]) => {
        units.set(id, Math.ceil((content.length + id.length + RESPONSE_BYTES) / WRITE_BYTES))
        this.#write((units.get(id) ?? 1) + 1)
      },
      // Each is looked at and changed, which takes it out of the index; their contents become one object.
      join: ([, members]: [unknown, [id: string][]]) => {
        const ids = members.map(([id]) => id)
        roster(ids)
        readOf(ids.length, 0.5)
        this.#use('s3 puts', 1, ASSUMED.s3Ms)
        perRow(ids, (id) => (units.get(id) ?? 1) + 1)
      },
      claim: ([, ids]: [unknown, string[]]) => {
        roster(ids)
        perRow(ids, () => 1)
      },
      read: (_: unknown, found: BufferedResponse[]) => {
        readOf(found.length, 1)
        this.#use('s3 gets', 1, ASSUMED.s3Ms)
      },
      settled: (_: unknown, found: unknown[]) => this.#read(Math.max(2, (found.length * 200) / READ_BYTES / 2)),
    })
  }

  #logged(text: string): void {
    this.add({ 'log GB': (Buffer.byteLength(text) + LINE_OVERHEAD) / 1e9 })
  }

  #write(units: number): void {
    this.#use('dynamodb write units', units, ASSUMED.dynamodbMs)
  }

  #read(units: number, waitMs: number = ASSUMED.dynamodbMs): void {
    this.#use('dynamodb read units', units, waitMs)
  }

  #use(unit: Unit, amount: number, waitMs: number): void {
    this.add({ [unit]: amount })
    this.#waitsMs += waitMs
  }
}

const readUnits = (records: LedgerRecord<unknown>[]) => {
  const bytes = records.reduce((sum, { value }) => sum + sizeOf(valueAttributes(JSON.stringify(value))) + 200, 0)
  return Math.max(1, Math.ceil(bytes / READ_BYTES))
}

/** As DynamoDB counts it: names and values. */
function sizeOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => {
    const size = value.B?.length ?? Buffer.byteLength(value.S ?? value.N ?? '')
    return sum + name.length + size
  }, 0)
}
