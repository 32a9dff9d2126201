import { CxiError, isAccountTrouble } from '../cxi/errors.ts'
import { messageOf, RelayError } from '../errors.ts'
import type { Clock, Ledger, Logger } from '../ports.ts'
import { growingWaitMs } from './waits.ts'

interface Closed {
  kind: 'gate'
  code: string
  tries: number
  nextProbeMs: number
  lastAlarmMs: number
}

const PROBE_MS = 30_000
/** Probes are made by work that is due, which a home looks for every minute. */
const UNPROBED_MS = 300_000
/** When CXI accepted an upload is written this often at most. */
const ACCEPTED_EVERY_MS = 30_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/**
 * One for each account, over all processes: while CXI or the account is out of order, one probe at a time goes
 * through, and everything else waits without counting as a failure.
 */
export class AccountGate {
  readonly #ledger: Ledger
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #random: () => number
  readonly #account: string
  readonly #group: string
  /** Whether this process has seen it closed: only then is there something to open. */
  #seenClosed = false
  #acceptedMs = Number.NEGATIVE_INFINITY

  constructor(options: {
    ledger: Ledger
    clock: Clock
    logger: Logger
    random: () => number
    account: { name: string; identity: string }
  }) {
    this.#ledger = options.ledger
    this.#clock = options.clock
    this.#logger = options.logger
    this.#random = options.random
    this.#account = options.account.name
    this.#group = `account#${options.account.identity}`
  }

  /** Null where work may go on, else when to ask again (ms since the epoch). */
  async closedUntilMs(): Promise<number | null> {
    const record = await this.#ledger.get<Closed>(this.#group, 'gate')
    this.#seenClosed = record !== undefined
    if (!record) return null
    const now = this.#clock.now()
    if (record.value.nextProbeMs > now) return record.value.nextProbeMs
    const probing = { ...record.value, nextProbeMs: now + PROBE_MS }
    return (await this.#ledger.update(record, { value: probing })) ? null : now + 1000
  }

  /** Whether everything waits, asked by who doesn't want to probe. */
  async isClosed(): Promise<boolean> {
    const record = await this.#ledger.get<Closed>(this.#group, 'gate')
    // Where nobody has probed although it was time, nobody may be left who would.
    return record !== undefined && record.value.nextProbeMs + UNPROBED_MS > this.#clock.now()
  }

  /** CXI accepted an upload of this account; `isWanted`: another part may be judged by it, so it is written each time. */
  async noteAccepted(isWanted: boolean): Promise<void> {
    const nowMs = this.#clock.now()
    if (!isWanted && nowMs - this.#acceptedMs < ACCEPTED_EVERY_MS) return
    this.#acceptedMs = nowMs
    const write = { group: this.#group, id: 'accepted', value: { kind: 'accepted', atMs: nowMs } }
    const record = await this.#ledger.get(this.#group, 'accepted')
    if (record) await this.#ledger.update(record, write)
    else await this.#ledger.create(write)
  }

  /** Whether CXI is known to have accepted an upload after this, by any process. */
  async hasAcceptedSince(ms: number): Promise<boolean> {
    const record = await this.#ledger.get<{ atMs: number }>(this.#group, 'accepted')
    return record !== undefined && record.value.atMs > ms
  }

  /** Work succeeded: whatever waited may go on. */
  async open(): Promise<void> {
    if (!this.#seenClosed) return
    this.#seenClosed = false
    const record = await this.#ledger.get<Closed>(this.#group, 'gate')
    if (!record) return
    if (await this.#ledger.remove(record)) this.#logger.info('account.recovered', { account: this.#account })
  }

  /** The service or the account failed: closes the gate, longer each time; answers until when. */
  async close(error: unknown): Promise<number> {
    const now = this.#clock.now()
    this.#seenClosed = true
    const record = await this.#ledger.get<Closed>(this.#group, 'gate')
    const tries = (record?.value.tries ?? 0) + 1
    // Account trouble ends when somebody mends it, not at a time: looking whether they did asks nothing of CXI.
    const asked = error instanceof CxiError && !isAccountTrouble(error) ? error.retryAfterMs : null
    const waitMs = Math.max(asked ?? 0, growingWaitMs(tries, this.#random, MINUTE_MS))
    const code = error instanceof RelayError ? error.code : 'unknown'
    const silent = record && record.value.code === code && now - record.value.lastAlarmMs < HOUR_MS
    const value: Closed = {
      kind: 'gate',
      code,
      tries,
      nextProbeMs: now + Math.min(waitMs, HOUR_MS),
      lastAlarmMs: silent ? record.value.lastAlarmMs : now,
    }
    if (record) await this.#ledger.update(record, { value })
    else await this.#ledger.create({ group: this.#group, id: 'gate', value })
    if (!silent) {
      const fields = { account: this.#account, code, message: messageOf(error) }
      if (isAccountTrouble(error)) this.#logger.alarm('account.trouble', fields)
      else this.#logger.warn('service.trouble', fields)
    }
    return value.nextProbeMs
  }
}
