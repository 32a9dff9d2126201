import { randomUUID } from 'node:crypto'
import type { Dispatcher } from 'undici'
import type { Account } from '../config/types.ts'
import { messageOf } from '../errors.ts'
import type { Clock, Ledger, Logger, SecretStore } from '../ports.ts'
import type { VersionedCredentials } from './credentials.ts'
import { CredentialsReader } from './credentials-reader.ts'
import { CxiError } from './errors.ts'
import {
  afterFailure,
  afterRefusal,
  afterSuccess,
  EMPTY_RECORD,
  failureAgain,
  type Kept,
  paceEndMs,
  type TokenPlace,
  type TokenRecord,
  TokenRecords,
} from './token-record.ts'
import { type IssuedToken, requestToken } from './token-request.ts'

export interface TokenSourceOptions {
  account: Account
  secrets: SecretStore
  ledger: Ledger
  clock: Clock
  logger: Logger
  random: () => number
  dispatcher: Dispatcher
  holder: string
}

/** A token as this process holds it. */
export interface HeldToken {
  accessToken: string
  /** Version under which it is stored; one of its own where it is not. */
  version: string
  isStored: boolean
  /** Version of the credentials that it was issued for. */
  credentials: string
  issuedMs: number
  expiresMs: number
  /** From when on a new one is asked for. */
  refreshMs: number
}

/** Longer than a token request may take, its repeat with changed credentials included. */
const LEASE_MS = 45_000
const MINUTE_MS = 60_000
/** The next token is asked for after a minute at the earliest: until then this one is used, and may be refused. */
const SHORTEST_LIFETIME_MS = 75_000
const LONGEST_POLLING_MS = 90_000
const LONGEST_POLL_MS = 1000
/** A token this near its end may end on the way. */
const MIN_LEFT_MS = 10_000
/** A new token is asked for within the last minutes of the old one, each process at a time of its own. */
const EARLY_MS = 300_000
/** How long a process goes on with an old but good token while somebody else gets the new one. */
const PATIENCE_MS = 15_000

/** Finds the account's token in the stores, or asks for a new one when it is this process's turn. */
export class TokenSource {
  readonly #options: TokenSourceOptions
  readonly #records: TokenRecords
  readonly #credentials: CredentialsReader
  /** End of the lease that this process took last: its own, but not one to be taken over from itself. */
  #leaseEndMs = 0
  /** The token that the credentials were last read again for. */
  #comparedWith: string | undefined

  constructor(options: TokenSourceOptions) {
    this.#options = options
    this.#records = new TokenRecords(options.ledger, options.account.identity)
    this.#credentials = new CredentialsReader(options.secrets, options.account, options.clock)
  }

  /** A token that is neither `refused` nor for other credentials; `held` saves reading it again. */
  async load(held: HeldToken | undefined, refused: string | undefined): Promise<HeldToken> {
    const { clock, random, holder } = this.#options
    const startedMs = clock.now()
    let credentials = await this.#credentials.read()
    for (let polls = 0; ; ) {
      const kept = await this.#records.read()
      const record = kept?.value ?? EMPTY_RECORD
      credentials = await this.#newest(credentials, record.token)
      const nowMs = clock.now()
      const good = await this.#stored(record.token, credentials.version, held, refused)
      if (good && nowMs < good.refreshMs) return good

      if (record.lease && this.#isOthers(record.lease, nowMs)) {
        if (good) return { ...good, refreshMs: nowMs + PATIENCE_MS }
        if (nowMs - startedMs > LONGEST_POLLING_MS) throw this.#tooLong()
        polls += 1
        await clock.sleep(Math.min(LONGEST_POLL_MS, 100 * 1.5 ** polls) * (0.5 + random() / 2))
        continue
      }
      if (this.#isUnshared(held, record, credentials.version, refused)) return await this.#share(kept, held)
      const { failure } = record
      if (failure && failure.credentials === credentials.version && failure.notBeforeMs > nowMs) {
        if (good) return { ...good, refreshMs: nowMs + PATIENCE_MS }
        const changed = await this.#credentials.changedSince(credentials)
        if (!changed) throw failureAgain(failure, nowMs)
        credentials = changed
        continue
      }
      const paceMs = paceEndMs(record, credentials.version)
      if (paceMs > nowMs) {
        if (good) return { ...good, refreshMs: paceMs }
        throw record.refusals > 1 ? this.#refusedTooOften(paceMs - nowMs) : this.#askedJustNow(paceMs - nowMs)
      }
      const lease = { holder, untilMs: nowMs + LEASE_MS }
      const leased = await this.#records.write(kept, { ...record, lease })
      if (!leased) continue
      this.#leaseEndMs = lease.untilMs
      const asked = await this.#ask(leased, credentials, lease.untilMs, good, held)
      if (asked) return asked
    }
  }

  /** Takes a refused token away from all processes, unless a newer one is there already. */
  async forget(refused: HeldToken): Promise<void> {
    for (let tries = 0; tries < 10; tries += 1) {
      const kept = await this.#records.read()
      const isLast = refused.isStored
        ? kept?.value.token?.version === refused.version
        : kept?.value.token === null && kept.value.issued?.atMs === refused.issuedMs
      if (!kept || !isLast) return
      if (await this.#records.write(kept, afterRefusal(kept.value, this.#options.clock.now()))) {
        this.#options.logger.info('token.invalidated', { account: this.#options.account.name })
        return
      }
    }
  }

  /**
   * Another process's token for other credentials may be for newer ones than the cache still gives here: they are read
   * again before that token is replaced, once for each such token.
   */
  async #newest(credentials: VersionedCredentials, token: TokenPlace | null): Promise<VersionedCredentials> {
    if (!token || token.credentials === credentials.version || token.version === this.#comparedWith) return credentials
    const changed = await this.#credentials.readFresh()
    this.#comparedWith = token.version
    return changed
  }

  /** Asks for a new token while holding the lease; undefined where somebody else has taken over meanwhile. */
  async #ask(
    leased: NonNullable<Kept>,
    credentials: VersionedCredentials,
    leaseEndMs: number,
    good: HeldToken | undefined,
    held: HeldToken | undefined,
  ): Promise<HeldToken | undefined> {
    const { clock, random, logger, account } = this.#options
    let using = credentials
    try {
      const { token, issuedMs } = await this.#issue(using).catch(async (error) => {
        // A refusal is believed only of credentials that were read just now.
        if (!(error instanceof CxiError) || error.code !== 'token_refused') throw error
        const changed = await this.#credentials.changedSince(using)
        if (!changed) throw error
        using = changed
        return this.#issue(using)
      })
      // Too late: another process may have stored a newer one, which must not be written over.
      if (clock.now() >= leaseEndMs) return undefined
      const expiresMs = issuedMs + Math.max(token.expiresInMs, SHORTEST_LIFETIME_MS)
      const fresh = { credentials: using.version, issuedMs, expiresMs }
      const version = await this.#store(token.accessToken, fresh, leased.value.token, held)
      const place = version === undefined ? null : { version, ...fresh }
      const issued = { atMs: issuedMs, credentials: using.version }
      if (!(await this.#records.write(leased, afterSuccess(leased.value, place, issued)))) return undefined
      logger.info('token.issued', { account: account.name, lifetime_s: Math.round(token.expiresInMs / 1000) })
      return this.#held(token.accessToken, place ?? { version: `unstored-${randomUUID()}`, ...fresh }, place !== null)
    } catch (error) {
      // Trouble with our own stores: the lease, left to end by itself, keeps the others from asking meanwhile.
      if (!(error instanceof CxiError)) throw error
      const failed = afterFailure(leased.value, error, using.version, clock, random)
      await this.#records.write(leased, failed)
      const waitMs = (failed.failure?.notBeforeMs ?? 0) - clock.now()
      logger.warn('token.failed', { account: account.name, code: error.code, status: error.status, wait_ms: waitMs })
      if (good && using === credentials) return { ...good, refreshMs: clock.now() + PATIENCE_MS }
      throw failed.failure ? failureAgain(failed.failure, clock.now()) : error
    }
  }

  /**
   * Stores a token for the other processes and answers its version; undefined where that failed, which does not spoil
   * it. One that came back unchanged is not stored again: Secrets Manager keeps 100 versions a day.
   */
  async #store(
    accessToken: string,
    { issuedMs, expiresMs }: { issuedMs: number; expiresMs: number },
    before: TokenPlace | null,
    held: HeldToken | undefined,
  ): Promise<string | undefined> {
    const { secrets, account, logger } = this.#options
    const name = tokenName(account)
    try {
      if (before) {
        const known = held?.version === before.version ? held.accessToken : await this.#read(before.version)
        if (known === accessToken) return before.version
      }
      return await secrets.writeToken(name, { access_token: accessToken, issued_ms: issuedMs, expires_ms: expiresMs })
    } catch (error) {
      const message = `The new token of account "${account.name}" could not be stored for other processes (${messageOf(error)}); this one goes on with it and stores it later.`
      logger.warn('token.unshared', { account: account.name, message })
      return undefined
    }
  }

  /** Whether this process holds a good token that it could not store, and no other has come since. */
  #isUnshared(
    held: HeldToken | undefined,
    { token, issued }: TokenRecord,
    credentials: string,
    refused: string | undefined,
  ): held is HeldToken {
    if (!held || held.isStored || held.version === refused || held.credentials !== credentials) return false
    return token === null && issued?.atMs === held.issuedMs && this.#options.clock.now() < held.refreshMs
  }

  async #share(kept: Kept, held: HeldToken): Promise<HeldToken> {
    const version = await this.#store(held.accessToken, held, null, undefined)
    if (version === undefined || !kept) return held
    const { credentials, issuedMs, expiresMs } = held
    const token = { version, credentials, issuedMs, expiresMs }
    return (await this.#records.write(kept, { ...kept.value, token })) ? { ...held, version, isStored: true } : held
  }

  /** A lease of this name from before a restart is free; one that this process left behind in trouble is not. */
  #isOthers({ holder, untilMs }: { holder: string; untilMs: number }, nowMs: number): boolean {
    return untilMs > nowMs && (holder !== this.#options.holder || untilMs === this.#leaseEndMs)
  }

  async #issue({ credentials }: VersionedCredentials): Promise<{ token: IssuedToken; issuedMs: number }> {
    const { account, dispatcher, clock } = this.#options
    const issuedMs = clock.now()
    const token = await requestToken(credentials, {
      tokenUrl: account.tokenUrl,
      secret: account.secret,
      dispatcher,
      nowMs: issuedMs,
    })
    return { token, issuedMs }
  }

  async #stored(
    place: TokenRecord['token'],
    credentials: string,
    held: HeldToken | undefined,
    refused: string | undefined,
  ): Promise<HeldToken | undefined> {
    if (!place || place.credentials !== credentials || place.version === refused) return undefined
    if (place.expiresMs - MIN_LEFT_MS <= this.#options.clock.now()) return undefined
    if (held?.version === place.version) return held
    const accessToken = await this.#read(place.version)
    return accessToken === undefined ? undefined : this.#held(accessToken, place, true)
  }

  async #read(version: string): Promise<string | undefined> {
    const secret = await this.#options.secrets.readToken(tokenName(this.#options.account), version)
    const accessToken = secret?.value.access_token
    return typeof accessToken === 'string' ? accessToken : undefined
  }

  #held(accessToken: string, place: TokenPlace, isStored: boolean): HeldToken {
    const { issuedMs, expiresMs } = place
    const earlyMs = Math.min(EARLY_MS, (expiresMs - issuedMs) / 4)
    const refreshMs = Math.max(expiresMs - earlyMs * (0.2 + 0.8 * this.#options.random()), issuedMs + MINUTE_MS)
    return { ...place, accessToken, refreshMs, isStored }
  }

  #tooLong(): CxiError {
    const message = `Account "${this.#options.account.name}": another process has been asking for a token for too long; it is tried again.`
    return new CxiError('cxi_unreachable', message, { outcome: 'not_sent', retryable: true })
  }

  #askedJustNow(waitMs: number): CxiError {
    const message = `Account "${this.#options.account.name}": a token was issued within the last minute that is not there for this process; the next is asked for in ${Math.ceil(waitMs / 1000)} s. If this lasts, let it store secrets.`
    return new CxiError('cxi_unreachable', message, { outcome: 'not_sent', retryable: true, retryAfterMs: waitMs })
  }

  #refusedTooOften(waitMs: number): CxiError {
    const message = `Account "${this.#options.account.name}": CXI refuses even fresh tokens, so the next one is asked for in ${Math.ceil(waitMs / 1000)} s. Check that apiUrl and tokenUrl belong to the same region and account.`
    return new CxiError('cxi_unauthorized', message, { outcome: 'not_sent', retryable: true, retryAfterMs: waitMs })
  }
}

function tokenName(account: Account): string {
  return `${account.secret}/token`
}
