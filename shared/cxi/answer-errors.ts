import type { IncomingHttpHeaders } from 'node:http'
import { wordsOf } from './error-body.ts'
import { CxiError } from './errors.ts'
import { retryAfterMs } from './rate-limit.ts'

/** The error that an HTTP answer other than 2xx stands for. `call` is method and path, `/v1/imports/11` for example. */
export function answerError(
  call: string,
  answer: { status: number; headers: IncomingHttpHeaders; body: string },
  nowMs: number,
): CxiError {
  const { status } = answer
  const words = wordsOf(answer.body)
  const said = `${call}: CXI answered ${status}${words === '' ? '' : `, "${words}"`}`
  if (status >= 500 || status === 408) {
    const message = `${said}; whether it was done is not known. It is tried again later.`
    const waitMs = answer.headers['retry-after'] === undefined ? null : retryAfterMs(answer.headers, nowMs)
    return new CxiError('cxi_server_error', message, {
      outcome: 'unknown',
      retryable: true,
      status,
      retryAfterMs: waitMs,
      words,
    })
  }
  if (status < 400) {
    const message = `${said}, which the API's documentation does not know; check the account's apiUrl.`
    return new CxiError('cxi_bad_answer', message, { outcome: 'unknown', retryable: true, status })
  }
  if (status === 429) {
    const waitMs = retryAfterMs(answer.headers, nowMs)
    const message = `${said}; too many requests, it is tried again in ${Math.ceil(waitMs / 1000)} s.`
    return new CxiError('cxi_rate_limited', message, {
      outcome: 'refused',
      retryable: true,
      status,
      retryAfterMs: waitMs,
    })
  }
  const { code, retryable, next } = REFUSALS[status] ?? REFUSED
  return new CxiError(code, `${said}; ${next}`, { outcome: 'refused', retryable, status, words })
}

interface Refusal {
  code: string
  retryable: boolean
  next: string
}

const REFUSED: Refusal = {
  code: 'cxi_refused',
  retryable: false,
  next: 'the same request will be refused again, change what it names.',
}

/** What is wrong with the account is retryable: its owner can mend it while the work waits. */
const REFUSALS: Record<number, Refusal> = {
  401: {
    code: 'cxi_unauthorized',
    retryable: true,
    next: "a fresh token was refused too. Check that the secret's credentials belong to this CXI account.",
  },
  403: {
    code: 'cxi_forbidden',
    retryable: true,
    next: "the credentials lack this right. Give the application or user access to CXI, or change the account's secret.",
  },
  404: {
    code: 'cxi_not_found',
    retryable: false,
    next: "there is no such thing in this account (any more). Where everything answers 404, check the account's apiUrl.",
  },
  424: {
    code: 'cxi_not_onboarded',
    retryable: true,
    next: 'the account has not completed onboarding. Run `npm run relay -- onboard`.',
  },
}
