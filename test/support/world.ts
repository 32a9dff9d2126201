import type { Account, Relay, Source } from '../../shared/config/types.ts'
import { DropRows } from '../../shared/imports/again/drop-rows.ts'
import type { ImportDeps } from '../../shared/imports/deps.ts'
import { createImportEngine, type ImportEngine } from '../../shared/imports/engine.ts'
import { AccountGate } from '../../shared/imports/gate.ts'
import { ImportList } from '../../shared/imports/import-list.ts'
import { freeLeases } from '../../shared/imports/leases.ts'
import type { Receipt } from '../../shared/imports/receipt.ts'
import type { LedgerRecord } from '../../shared/ports.ts'
import { MemoryLedger } from '../../shared/stores/memory/ledger.ts'
import { MemoryObjectStore } from '../../shared/stores/memory/objects.ts'
import { MemoryResponseBuffer } from '../../shared/stores/memory/responses.ts'
import { FakeCxi } from './fake-cxi.ts'
import { ManualClock, MemoryLogger } from './fakes.ts'

const ROW_KEY = Buffer.alloc(32, 5)

/** Thrown by everything that a process touches once it is dead. */
export class Killed extends Error {}

/** The life of one process: dies at its `endsAt`-th touch of the world, before or after that touch took effect. */
export class Life {
  touches = 0
  readonly endsAt: number

  constructor(endsAt = Number.POSITIVE_INFINITY) {
    this.endsAt = endsAt
  }

  /** The life that calls of CXI belong to. */
  get calls(): Life {
    return this
  }

  touch(): void {
    this.touches += 1
    if (this.touches > this.endsAt) throw new Killed(`dead at touch ${this.endsAt}`)
  }
}

const METHODS_OF_STREAMS = new Set(['read', 'list', 'readDrop'])

/** `target` as a mortal process sees it: every call is a touch when it begins and another when it has ended. */
export function mortal<T extends object>(target: T, life: Life): T {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name, object)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        life.touch()
        const result: unknown = member.apply(object, args)
        if (!(result instanceof Promise) || METHODS_OF_STREAMS.has(String(name))) return result
        return result.then((value: unknown) => {
          life.touch()
          return value
        })
      }
    },
  })
}

export const account = (name: string, identity = `${name}@https://cxi.test`): Account => ({
  name,
  secret: `cxi-relay/${name}`,
  apiUrl: 'https://cxi.test',
  tokenUrl: 'https://cxi.test/oauth/token',
  identity,
})

export const source = (name: string, change: Partial<Source> = {}): Source => ({
  name,
  account: 'main',
  import: {},
  rows: 'set-aside',
  dedupe: 'drop',
  reserved: 'rename',
  ...change,
})

export const relayOf = (sources: Source[], accounts: Account[] = [account('main')]): Relay => ({
  accounts: Object.fromEntries(accounts.map((item) => [item.name, item])),
  sources: Object.fromEntries(sources.map((item) => [item.name, item])),
  exports: [],
  limits: { graceSeconds: 120, postSeconds: 300, leaseSeconds: 60, concurrency: 4 },
  publicUrl: null,
})

export interface Process {
  engine: ImportEngine
  deps: ImportDeps
}

/** The stores, CXI and the clock of a test, and any number of processes that work on them. */
export class World {
  readonly clock = new ManualClock()
  readonly ledger = new MemoryLedger(this.clock)
  readonly objects = new MemoryObjectStore(this.clock)
  readonly buffer = new MemoryResponseBuffer(this.clock)
  readonly logger = new MemoryLogger()
  readonly cxi = new FakeCxi(this.clock)
  relay: Relay
  maxPartBytes = 10_000_000
  #processes = 0

  constructor(relay: Relay = relayOf([source('nps')])) {
    this.relay = relay
  }

  process(life = new Life()): Process {
    const { clock, logger, relay } = this
    const ledger = mortal(this.ledger, life)
    const api = mortal(this.cxi.api(), life.calls)
    const random = () => 0.5
    const gates = new Map<string, AccountGate>()
    const lists = new Map<string, ImportList>()
    const deps: ImportDeps = {
      ledger,
      objects: mortal(this.objects, life),
      buffer: mortal(this.buffer, life),
      clock,
      logger,
      relay,
      api: () => api,
      gate: (of) => cached(gates, of.identity, () => new AccountGate({ ledger, clock, logger, random, account: of })),
      imports: (of) => cached(lists, of.identity, () => new ImportList(api, clock)),
      holder: `process-${++this.#processes}`,
      random,
      maxPartBytes: this.maxPartBytes,
      dropRows: async (deps, cut) => new DropRows(deps, ROW_KEY, cut),
    }
    return { engine: createImportEngine(deps), deps }
  }

  /** Works on everything that is due, until nothing is. */
  async drain({ engine }: Process, most = 10_000): Promise<void> {
    for (let done = 0; done < most; done++) {
      const [record] = await this.due()
      if (!record) return
      await engine.work(record)
    }
    throw new Error('There is always something due.')
  }

  due(): Promise<LedgerRecord<unknown>[]> {
    return this.ledger.due(this.clock.now(), 1)
  }

  /** Lets time pass and the work be done that comes due in it, a second at a time at first. */
  async pass(process: Process, seconds: number): Promise<void> {
    const endMs = this.clock.now() + seconds * 1000
    for (;;) {
      await this.drain(process)
      const [next] = await this.ledger.due(endMs, 1)
      const nextMs = next?.dueAtMs ?? endMs
      await this.clock.advance(Math.max(0, Math.min(nextMs, endMs) - this.clock.now()))
      if (!next) return
    }
  }

  /** Lets time pass until nothing is left to be done, two days at most. */
  async rest(process: Process): Promise<void> {
    const endMs = this.clock.now() + 2 * 86_400_000
    for (;;) {
      const [next] = await this.ledger.due(endMs, 1)
      if (!next) return
      await this.pass(process, Math.max(0, (next.dueAtMs ?? 0) - this.clock.now()) / 1000)
    }
  }

  /** Takes over after a process that was killed. */
  async restart(life = new Life()): Promise<Process> {
    const process = this.process(life)
    await freeLeases(process.deps)
    return process
  }

  async drop(
    { engine }: Process,
    key: string,
    content: string | Uint8Array,
    metadata: Record<string, string> = {},
  ): Promise<string> {
    return engine.receive(await this.objects.putDrop(key, Buffer.from(content as string), metadata))
  }

  async text(key: string): Promise<string> {
    const chunks: Uint8Array[] = []
    for await (const chunk of this.objects.read(key)) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }

  async keys(prefix: string): Promise<string[]> {
    const keys: string[] = []
    for await (const { key } of this.objects.list(prefix)) keys.push(key)
    return keys
  }

  async receipts(): Promise<Receipt[]> {
    const keys = await this.keys('receipts/')
    return Promise.all(keys.map(async (key) => JSON.parse(await this.text(key)) as Receipt))
  }

  async receipt(): Promise<Receipt> {
    const [receipt, another] = await this.receipts()
    if (!receipt || another) throw new Error('There is not exactly one receipt.')
    return receipt
  }
}

function cached<T>(map: Map<string, T>, key: string, make: () => T): T {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

/** A CSV with CXI's own column names; row `n` says which it is. */
export const csvOf = (rows: number, first = 1): string =>
  [
    'feedback_date,score,feedback,user_id',
    ...Array.from({ length: rows }, (_, index) => `1790000000,9,answer ${first + index},user-${first + index}`),
    '',
  ].join('\n')
