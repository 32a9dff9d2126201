import { RelayError } from '../errors.ts'
import type { Ledger, LedgerRecord } from '../ports.ts'
import { deathsOf } from './deaths.ts'
import type { ImportDeps } from './deps.ts'
import type { Work } from './records.ts'

/** A lease is renewed this many times in its length. */
const RENEWALS = 3

/** Another process has taken the record; whoever gets this stops without a word. */
export class LeaseLost extends RelayError {
  override readonly name = 'LeaseLost'

  constructor(group: string) {
    super('lease_lost', `Another process continues ${group}.`, { retryable: true })
  }
}

/**
 * A ledger record under this process's lease. Changes are conditional on nobody else having changed it, and one
 * after another; the lease is renewed until `release`. Throws LeaseLost where the record was taken away.
 */
export class Held<T extends Work> {
  #record: LedgerRecord<T>
  readonly #deps: ImportDeps
  #tail: Promise<unknown> = Promise.resolve()
  readonly #renewing = new AbortController()

  private constructor(deps: ImportDeps, record: LedgerRecord<T>) {
    this.#deps = deps
    this.#record = record
    void this.#renew()
  }

  /** Takes a record for `step`, which then shows a death until it ends; undefined where somebody else holds or took it. */
  static async take<T extends Work>(
    deps: ImportDeps,
    record: LedgerRecord<T>,
    step: string,
    change: (value: T) => T = (value) => value,
  ): Promise<Held<T> | undefined> {
    const now = deps.clock.now()
    const { lease } = record.value
    if (lease && lease.untilMs > now) return undefined
    const untilMs = now + leaseMs(deps)
    const deaths = deathsOf(record.value, step)
    const value = { ...change(record.value), lease: { holder: deps.holder, untilMs }, step, begunMs: now, deaths }
    const taken = await deps.ledger.update(record, { value, dueAtMs: untilMs })
    return taken && new Held(deps, taken)
  }

  get value(): T {
    return this.#record.value
  }

  get key(): { group: string; id: string } {
    return this.#record
  }

  /** Changes the record and keeps the lease. */
  change(change: (value: T) => T): Promise<T> {
    return this.#queue(async () => {
      const untilMs = this.#deps.clock.now() + leaseMs(this.#deps)
      const value = { ...change(this.value), lease: { holder: this.#deps.holder, untilMs } }
      return this.#write(this.#deps.ledger, value, untilMs)
    })
  }

  /** Changes the record for the last time and gives it back: the attempt has ended in a recorded way. */
  release(change: (value: T) => T, dueAtMs: number | null): Promise<T> {
    this.#renewing.abort(RELEASED)
    return this.#queue(() =>
      this.#write(this.#deps.ledger, { ...change(this.value), lease: null, step: '', deaths: null }, dueAtMs),
    )
  }

  /** Removes the record: nothing is left to be done. */
  remove(): Promise<void> {
    this.#renewing.abort(RELEASED)
    return this.#queue(async () => {
      if (!(await this.#deps.ledger.remove(this.#record))) throw new LeaseLost(this.#record.group)
    })
  }

  /** Stops renewing without a word, as after a crash. */
  abandon(): void {
    this.#renewing.abort(RELEASED)
  }

  /** Whatever was thrown meanwhile: a lease that nobody works under must end, or nobody ever would again. */
  [Symbol.dispose](): void {
    this.abandon()
  }

  async #write(ledger: Ledger, value: T, dueAtMs: number | null): Promise<T> {
    const written = await ledger.update(this.#record, { value, dueAtMs })
    if (!written) {
      this.#renewing.abort(RELEASED)
      throw new LeaseLost(this.#record.group)
    }
    this.#record = written
    return written.value
  }

  #queue<R>(run: () => Promise<R>): Promise<R> {
    const result = this.#tail.then(run)
    this.#tail = result.catch(() => undefined)
    return result
  }

  async #renew(): Promise<void> {
    const { signal } = this.#renewing
    try {
      while (!signal.aborted) {
        await this.#deps.clock.sleep(leaseMs(this.#deps) / RENEWALS, signal)
        if (!signal.aborted) await this.change((value) => value)
      }
    } catch {
      // Lost or stopped: the next change says so to whoever works on the record.
    }
  }
}

/** Without it, each abort would make an error with a stack, which costs more than a read of the ledger. */
const RELEASED = 'released'

const leaseMs = (deps: ImportDeps) => deps.relay.limits.leaseSeconds * 1000
