import { messageOf, RelayError } from '../shared/errors.ts'
import type { ExportLane } from '../shared/exports/engine.ts'
import type { Lane } from '../shared/imports/engine.ts'
import type { Clock, Ledger, LedgerRecord, Logger } from '../shared/ports.ts'
import { type RecordKey, WorkQueue } from './work-queue.ts'

const LOOK_LIMIT = 1000
const POLL_MS = 250
/** After a look this many times as long passes before the next: with much due, most of the time is left for work. */
const REST_TIMES = 30
const LONGEST_REST_MS = 1000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
const SAY_AGAIN_MS = 60_000
/** An account's unknown uploads come before new ones. */
const ORDER: WorkLane[] = ['search', 'send', 'ask', 'cut', 'collect']

export type WorkLane = Lane | ExportLane

/** What works on the records of one kind or several. */
export interface WorkEngine {
  work(record: LedgerRecord<unknown>): Promise<void>
  laneOf(record: LedgerRecord<unknown>): WorkLane | undefined
}

/** Several engines as one; each record is the first's that knows it. */
export const engineOf = (engines: WorkEngine[]): WorkEngine => ({
  laneOf: (record) => engines.map((engine) => engine.laneOf(record)).find((lane) => lane !== undefined),
  work: async (record) => engines.find((engine) => engine.laneOf(record) !== undefined)?.work(record),
})

export interface RunnerOptions {
  engine: WorkEngine
  ledger: Pick<Ledger, 'due' | 'get'>
  clock: Clock
  logger: Logger
  /** How many records of each kind are worked on at once; what is left out, not at all. */
  lanes: Partial<Record<WorkLane, number>>
  /** @default 250 */
  pollMs?: number
}

/**
 * Works on whatever the ledger says is due, so much at once as its lanes allow. What it is told of, or a look found, is
 * kept by key until its turn comes: with much due, a look for each piece of work would cost more than the work.
 */
export class Runner {
  readonly #options: RunnerOptions
  readonly #busy = new Map<string, WorkLane>()
  readonly #queue = new WorkQueue<WorkLane>()
  #filling: Promise<void> | undefined
  #fillsAgain = false
  /** Told of while they were worked on: may be due again when that ends. */
  readonly #wokenBusy = new Set<string>()
  /** Records whose stores failed: when each may be tried again, and how often it failed. */
  readonly #waiting = new Map<string, { untilMs: number; failures: number }>()
  readonly #said = new Map<string, number>()
  #isRunning = false
  #looking: Promise<void> | undefined
  #again = false
  #timer: NodeJS.Timeout | undefined
  #restsUntil = 0
  #idle: (() => void)[] = []

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  start(): void {
    this.#isRunning = true
    this.poke()
  }

  /** A record that may be due now. */
  wake(key: RecordKey): void {
    if (this.#busy.has(keyOf(key))) this.#wokenBusy.add(keyOf(key))
    else this.#queue.add(key)
    this.#fill()
  }

  /** Something may be due now. */
  poke(): void {
    if (!this.#isRunning) return
    if (this.#looking) {
      this.#again = true
      return
    }
    clearTimeout(this.#timer)
    const began = performance.now()
    if (began < this.#restsUntil) {
      this.#timer = setTimeout(() => this.poke(), this.#restsUntil - began)
      return
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined
      const now = performance.now()
      this.#restsUntil = now + Math.min(LONGEST_REST_MS, (now - began) * REST_TIMES)
      const waitMs = this.#again && this.#queue.isEmpty ? 0 : (this.#options.pollMs ?? POLL_MS)
      this.#again = false
      if (this.#isRunning) this.#timer = setTimeout(() => this.poke(), waitMs)
    })
  }

  /** Begins nothing new; resolves when what runs has ended, or after `withinMs`. Answers how much still runs. */
  async stop(withinMs: number): Promise<number> {
    this.#isRunning = false
    clearTimeout(this.#timer)
    await this.#looking
    await this.#filling
    if (this.#busy.size > 0) {
      let timer: NodeJS.Timeout | undefined
      const tooLong = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, withinMs)
      })
      await Promise.race([new Promise<void>((resolve) => this.#idle.push(resolve)), tooLong])
      clearTimeout(timer)
    }
    return this.#busy.size
  }

  async #look(): Promise<void> {
    const { ledger, clock, engine } = this.#options
    try {
      const due = await ledger.due(clock.now(), LOOK_LIMIT)
      for (const record of due) {
        const lane = engine.laneOf(record)
        if (lane !== undefined && !this.#busy.has(keyOf(record))) this.#queue.place(record, lane)
      }
      this.#fill()
    } catch (error) {
      this.#sayTrouble(error)
    }
  }

  #fill(): void {
    this.#fillsAgain = true
    if (!this.#isRunning || this.#filling) return
    this.#fillsAgain = false
    this.#filling = this.#beginAll()
      .catch((error: unknown) => this.#sayTrouble(error))
      .finally(() => {
        this.#filling = undefined
        // Something came, or ended, behind it.
        if (this.#fillsAgain) this.#fill()
      })
  }

  async #beginAll(): Promise<void> {
    const { engine } = this.#options
    for (let key = this.#queue.takeNew(); key; key = this.#queue.takeNew()) {
      const record = await this.#dueRecord(key)
      const lane = record && engine.laneOf(record)
      if (lane !== undefined) this.#queue.place(key, lane)
    }
    for (const lane of ORDER) {
      while (this.#hasRoom(lane)) {
        const key = this.#queue.take(lane)
        if (!key) break
        // As it is now: it may have been worked on since.
        const record = await this.#dueRecord(key)
        if (record && engine.laneOf(record) === lane) this.#begin(record, lane)
      }
    }
  }

  async #dueRecord({ group, id }: RecordKey): Promise<LedgerRecord<unknown> | undefined> {
    const { ledger, clock } = this.#options
    const key = keyOf({ group, id })
    const now = clock.now()
    if (this.#busy.has(key) || (this.#waiting.get(key)?.untilMs ?? 0) > now) return undefined
    const record = await ledger.get(group, id)
    return record && record.dueAtMs !== null && record.dueAtMs <= now ? record : undefined
  }

  #hasRoom(lane: WorkLane): boolean {
    let running = 0
    for (const other of this.#busy.values()) if (other === lane) running += 1
    return this.#isRunning && running < (this.#options.lanes[lane] ?? 0)
  }

  #begin(record: LedgerRecord<unknown>, lane: WorkLane): void {
    const key = keyOf(record)
    if (this.#busy.has(key)) return
    this.#busy.set(key, lane)
    this.#options.engine
      .work(record)
      .then(
        () => this.#waiting.delete(key),
        (error: unknown) => {
          this.#putOff(key)
          this.#sayTrouble(error)
        },
      )
      .finally(() => {
        this.#busy.delete(key)
        if (this.#wokenBusy.delete(key)) this.#queue.add(record)
        if (this.#busy.size === 0) for (const wake of this.#idle.splice(0)) wake()
        // While there is work that is known of, the next look at the usual time is early enough.
        if (this.#queue.isEmpty) this.poke()
        else this.#fill()
      })
  }

  #putOff(key: string): void {
    const failures = (this.#waiting.get(key)?.failures ?? 0) + 1
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1))
    this.#waiting.set(key, { untilMs: this.#options.clock.now() + waitMs, failures })
  }

  /** The same trouble once a minute: a full disk would else be told of for every record, again and again. */
  #sayTrouble(error: unknown): void {
    const code = error instanceof RelayError ? error.code : 'unexpected'
    const now = this.#options.clock.now()
    if (now - (this.#said.get(code) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return
    this.#said.set(code, now)
    this.#options.logger.alarm('store.trouble', { code, message: messageOf(error) })
  }
}

const keyOf = ({ group, id }: RecordKey) => `${group}\n${id}`
