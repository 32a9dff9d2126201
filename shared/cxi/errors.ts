import { RelayError } from '../errors.ts'

/**
 * What became of a request that failed: `not_sent` (it cannot have arrived), `refused` (the API answered and did
 * not do it), `unknown` (it may or may not have been done).
 */
export type CxiOutcome = 'not_sent' | 'refused' | 'unknown'

/**
 * A CXI or OAuth call that failed. Codes: `cxi_unreachable` (no connection), `cxi_no_answer` (the connection ended or
 * the time was up before an answer), `cxi_server_error` (5xx, 408), `cxi_rate_limited` (429), `cxi_unauthorized` (401
 * after a refresh), `cxi_forbidden` (403), `cxi_not_onboarded` (424), `cxi_not_found` (404), `cxi_refused` (any other
 * 4xx), `cxi_bad_answer` (2xx that is not what the documentation says), `token_refused` (the credentials were not
 * accepted), `credentials_missing`, `credentials_invalid`.
 */
export class CxiError extends RelayError {
  override readonly name = 'CxiError'
  readonly outcome: CxiOutcome
  /** HTTP status, where there was an answer. */
  readonly status: number | null
  /** How long the API asked to wait, in ms. */
  readonly retryAfterMs: number | null
  /** What the API itself said, fit for a log; empty where it said nothing. */
  readonly words: string

  constructor(
    code: string,
    message: string,
    details: {
      outcome: CxiOutcome
      retryable: boolean
      status?: number
      retryAfterMs?: number | null
      words?: string
      cause?: unknown
    },
  ) {
    super(code, message, { retryable: details.retryable, cause: details.cause })
    this.outcome = details.outcome
    this.status = details.status ?? null
    this.retryAfterMs = details.retryAfterMs ?? null
    this.words = details.words ?? ''
  }
}

const ACCOUNT_CODES = new Set([
  'cxi_unauthorized',
  'cxi_forbidden',
  'cxi_not_onboarded',
  'token_refused',
  'credentials_missing',
  'credentials_invalid',
  'secret_invalid',
])

/** Whether the account's owner must mend something (credentials, rights, onboarding); never the drop's fault. */
export function isAccountTrouble(error: unknown): boolean {
  return error instanceof RelayError && ACCOUNT_CODES.has(error.code)
}

/** Whether the whole service is out of reach or asks for a pause, so that other calls need not be tried either. */
export function isServiceTrouble(error: unknown): boolean {
  return error instanceof RelayError && (error.code === 'cxi_unreachable' || error.code === 'cxi_rate_limited')
}
