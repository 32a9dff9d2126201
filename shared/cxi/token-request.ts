import type { Dispatcher } from 'undici'
import { errorText, jsonOf } from './answers.ts'
import type { Credentials } from './credentials.ts'
import { wordsOf } from './error-body.ts'
import { CxiError } from './errors.ts'
import { callName, exchange, type HttpAnswer } from './http.ts'
import { frameFields } from './multipart.ts'
import { retryAfterMs } from './rate-limit.ts'

/** Shorter than the lease of the one who asks, so that nobody else asks at the same time. */
const TIMEOUT_MS = 20_000
/** CXI's documentation: "Access tokens expire 2 hours after creation". */
const DEFAULT_LIFETIME_S = 7200
const LONGEST_LIFETIME_S = 86_400

export interface IssuedToken {
  accessToken: string
  expiresInMs: number
  refreshToken: string | null
}

export interface TokenRequest {
  /** The whole address of the token endpoint. */
  tokenUrl: string
  /** Name of the secret with the credentials, for errors. */
  secret?: string
  dispatcher: Dispatcher
  nowMs: number
  timeoutMs?: number
}

/**
 * Asks for a token by the account's own grant. Throws CxiError, always `not_sent`: `token_refused`,
 * `cxi_unreachable`, `cxi_no_answer`, `cxi_server_error`, `cxi_rate_limited` or `cxi_bad_answer`.
 */
export function requestToken(credentials: Credentials, request: TokenRequest): Promise<IssuedToken> {
  const { account_token, ...fields } = { account_token: undefined, ...credentials }
  const url = new URL(request.tokenUrl)
  // Only this one is documented in the query; what is secret stands in the body.
  if (account_token !== undefined) url.searchParams.set('account_token', account_token)
  return askForToken(url, Object.entries(fields), request)
}

/** Asks for a token by the refresh grant; the answer brings a new refresh token, the old one ends. Throws as `requestToken`. */
export function refreshToken(refresh: string, request: TokenRequest): Promise<IssuedToken> {
  const fields: [string, string][] = [
    ['grant_type', 'refresh_token'],
    ['refresh_token', refresh],
  ]
  return askForToken(new URL(request.tokenUrl), fields, request)
}

async function askForToken(url: URL, fields: [string, string][], request: TokenRequest): Promise<IssuedToken> {
  const { dispatcher, timeoutMs = TIMEOUT_MS } = request
  const secrets = fields.filter(([name]) => name !== 'grant_type').map(([, value]) => value)
  const call = callName('POST', url)
  try {
    return await exchange(
      { dispatcher, method: 'POST', url, headers: {}, body: frameFields(fields), timeoutMs },
      async (answer) => {
        if (answer.status >= 200 && answer.status < 300) return issuedToken(await jsonOf(answer, call), call)
        throw await refusal(answer, call, url, request, secrets)
      },
    )
  } catch (error) {
    throw error instanceof CxiError ? notSent(error) : error
  }
}

function issuedToken(answer: unknown, call: string): IssuedToken {
  const { access_token, expires_in, refresh_token } = answer as Record<string, unknown>
  // It goes into a header: anything but visible ASCII there would break the request.
  if (typeof access_token !== 'string' || !/^[\x21-\x7e]+$/.test(access_token)) {
    throw tokenError('cxi_bad_answer', `${call}: the answer holds no access_token; check the account's tokenUrl.`)
  }
  return {
    accessToken: access_token,
    expiresInMs: lifetimeSeconds(expires_in) * 1000,
    refreshToken: typeof refresh_token === 'string' ? refresh_token : null,
  }
}

/** A lifetime that is none, or absent, counts as the documented one; whatever it says, a 401 corrects it. */
function lifetimeSeconds(expiresIn: unknown): number {
  const seconds = typeof expiresIn === 'string' ? Number(expiresIn) : expiresIn
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return DEFAULT_LIFETIME_S
  return Math.min(seconds, LONGEST_LIFETIME_S)
}

async function refusal(
  answer: HttpAnswer,
  call: string,
  url: URL,
  { nowMs, secret }: TokenRequest,
  secrets: string[],
): Promise<CxiError> {
  const { status, headers } = answer
  let text = await errorText(answer)
  for (const value of secrets) text = text.replaceAll(value, '[removed]')
  const words = wordsOf(text)
  const said = `${call} on ${url.host} answered ${status}${words === '' ? '' : `, "${words}"`}`
  if (status === 429) {
    const waitMs = retryAfterMs(headers, nowMs)
    return tokenError(
      'cxi_rate_limited',
      `${said}; it is asked again in ${Math.ceil(waitMs / 1000)} s.`,
      status,
      waitMs,
    )
  }
  if (status >= 500 || status === 408) {
    const waitMs = headers['retry-after'] === undefined ? null : retryAfterMs(headers, nowMs)
    return tokenError('cxi_server_error', `${said}; it is asked again later.`, status, waitMs)
  }
  if (status < 400) return tokenError('cxi_bad_answer', `${said}; check the account's tokenUrl.`, status)
  const next = `no token for these credentials. Check ${secret === undefined ? "the account's secret" : `the secret "${secret}"`}${status === 404 ? ', its account_token' : ''} and its tokenUrl (EU and AU accounts have hosts of their own).`
  return tokenError('token_refused', `${said}: ${next}`, status)
}

function tokenError(code: string, message: string, status?: number, waitMs: number | null = null): CxiError {
  const details = { outcome: 'not_sent' as const, retryable: true, retryAfterMs: waitMs }
  return new CxiError(code, message, status === undefined ? details : { ...details, status })
}

/** Whatever became of the token request: the call it was for has not been sent. */
function notSent(error: CxiError): CxiError {
  if (error.outcome === 'not_sent') return error
  const { code, message, retryable, status, retryAfterMs: waitMs, cause } = error
  const details = { outcome: 'not_sent' as const, retryable, retryAfterMs: waitMs, cause }
  return new CxiError(code, message, status === null ? details : { ...details, status })
}
