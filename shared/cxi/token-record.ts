import type { Clock, Ledger, LedgerRecord } from '../ports.ts'
import { CxiError } from './errors.ts'

/** What all processes know of an account's token; the token itself is in the secret store. */
export interface TokenRecord {
  kind: 'token'
  /** Who asks for a new token right now, and until when nobody else does. */
  lease: { holder: string; untilMs: number } | null
  token: TokenPlace | null
  failure: TokenFailure | null
  /** The last token that was issued, stored or not. */
  issued: { atMs: number; credentials: string } | null
  /** Tokens in a row that the API refused within a minute. */
  refusals: number
}

export interface TokenPlace {
  /** Version of the stored token. */
  version: string
  /** Version of the credentials that it was issued for. */
  credentials: string
  issuedMs: number
  expiresMs: number
}

export interface TokenFailure {
  credentials: string
  code: string
  message: string
  status: number | null
  count: number
  /** Nobody asks with the same credentials before this. */
  notBeforeMs: number
}

const MINUTE_MS = 60_000
const LONGEST_WAIT_MS = 30 * MINUTE_MS
/** A connection that was refused has cost nobody anything: it may be tried again sooner, and for ever. */
const UNREACHABLE_WAIT_MS = 5000
const LONGEST_UNREACHABLE_MS = MINUTE_MS
export const EMPTY_RECORD: TokenRecord = {
  kind: 'token',
  lease: null,
  token: null,
  failure: null,
  issued: null,
  refusals: 0,
}

export type Kept = LedgerRecord<TokenRecord> | undefined

/** The record of one account, with conditional writes: undefined where somebody else was first. */
export class TokenRecords {
  readonly #ledger: Ledger
  readonly #group: string

  constructor(ledger: Ledger, identity: string) {
    this.#ledger = ledger
    this.#group = `account#${identity}`
  }

  read(): Promise<Kept> {
    return this.#ledger.get<TokenRecord>(this.#group, 'token')
  }

  write(kept: Kept, value: TokenRecord): Promise<Kept> {
    if (kept) return this.#ledger.update<TokenRecord>(kept, { value })
    return this.#ledger.create<TokenRecord>({ group: this.#group, id: 'token', value })
  }
}

/** `token` is null where it could not be stored. */
export function afterSuccess(
  record: TokenRecord,
  token: TokenPlace | null,
  issued: { atMs: number; credentials: string },
): TokenRecord {
  return { ...record, lease: null, token, failure: null, issued }
}

/** Failures are waited for longer each time: from a minute on for a request that was answered. */
export function afterFailure(
  record: TokenRecord,
  error: CxiError,
  credentials: string,
  clock: Clock,
  random: () => number,
): TokenRecord {
  const same = record.failure?.credentials === credentials ? record.failure : null
  const count = (same?.count ?? 0) + 1
  const [firstMs, longestMs] =
    error.code === 'cxi_unreachable' ? [UNREACHABLE_WAIT_MS, LONGEST_UNREACHABLE_MS] : [MINUTE_MS, LONGEST_WAIT_MS]
  const grownMs = Math.min(firstMs * 2 ** Math.min(count - 1, 20), longestMs)
  const waitMs = Math.max(grownMs * (1 + random() / 4), error.retryAfterMs ?? 0)
  const { code, message, status } = error
  const failure = { credentials, code, message, status, count, notBeforeMs: clock.now() + waitMs }
  return { ...record, lease: null, failure }
}

/** The failure again, for whoever comes before its time is up. */
export function failureAgain(failure: TokenFailure, nowMs: number): CxiError {
  const { code, message, status, notBeforeMs } = failure
  const details = { outcome: 'not_sent' as const, retryable: true, retryAfterMs: Math.max(0, notBeforeMs - nowMs) }
  return new CxiError(code, message, status === null ? details : { ...details, status })
}

/**
 * When the next token may be asked for: a minute after the last one for the same credentials, at once where the API has
 * refused that, and ever more slowly where it refuses the next ones within a minute too.
 */
export function paceEndMs({ issued, refusals }: TokenRecord, credentials: string): number {
  if (issued === null || issued.credentials !== credentials || refusals === 1) return 0
  return issued.atMs + Math.min(MINUTE_MS * 2 ** Math.max(0, Math.min(refusals, 20) - 2), LONGEST_WAIT_MS)
}

/** The record after the API has refused the last token. */
export function afterRefusal(record: TokenRecord, nowMs: number): TokenRecord {
  const isFresh = record.issued !== null && nowMs - record.issued.atMs < MINUTE_MS
  return { ...record, token: null, refusals: isFresh ? record.refusals + 1 : 1 }
}
