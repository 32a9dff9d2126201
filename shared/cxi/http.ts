import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { type Dispatcher, request } from 'undici'
import { type CutOff, cutOff } from './cut-off.ts'
import { CxiError } from './errors.ts'
import { Sending } from './sending.ts'
import { watchingStart } from './watched-dispatcher.ts'

export interface HttpRequest {
  dispatcher: Dispatcher
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: URL
  headers: Record<string, string>
  /** Pieces of the body with their length; none for a request without a body. */
  body?: { contentType: string; chunks: readonly Uint8Array[]; byteLength: number } | undefined
  timeoutMs: number
  signal?: AbortSignal | undefined
  beforeSend?: (() => Promise<void>) | undefined
}

export interface HttpAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Readable & { dump(options?: { limit: number }): Promise<void> }
}

/** Method and path, without the query: how a call is named in errors. */
export function callName(method: string, url: URL): string {
  return `${method} ${url.pathname}`
}

/**
 * Sends one request and reads its answer with `read`, whatever its status. Throws CxiError `cxi_unreachable`
 * (`not_sent`) or `cxi_no_answer`; what `beforeSend` throws is thrown on. A CxiError thrown by `read` passes.
 */
export async function exchange<T>(http: HttpRequest, read: (answer: HttpAnswer) => Promise<T>): Promise<T> {
  const cut = cutOff(http.timeoutMs, http.signal)
  const sending = new Sending(http.body?.chunks ?? [], http.beforeSend)
  try {
    return await read(await answerOf(http, sending, cut))
  } catch (error) {
    await sending.close()
    if (error instanceof CxiError) throw error
    if (sending.refusal) throw sending.refusal.error
    throw failure(http, sending.handed, cut, error)
  } finally {
    cut.clear()
  }
}

async function answerOf(http: HttpRequest, sending: Sending, cut: CutOff): Promise<HttpAnswer> {
  cut.signal.throwIfAborted()
  const { url, method, body } = http
  const headers: Record<string, string> = { 'user-agent': 'cxi-relay', accept: 'application/json', ...http.headers }
  if (body) {
    headers['content-type'] = body.contentType
    headers['content-length'] = String(body.byteLength)
  }
  const answer = request(url, {
    method,
    headers,
    // Its types leave out iterables, its documentation does not.
    body: body ? (sending as AsyncIterable<Uint8Array> as Readable) : null,
    signal: cut.signal,
    dispatcher: watchingStart(http.dispatcher, () => sending.started()),
  })
  const { statusCode, headers: answerHeaders, body: answerBody } = await Promise.race([answer, givenUp(sending, cut)])
  return { status: statusCode, headers: answerHeaders, body: answerBody }
}

/** undici notices an abort while it connects only afterwards; the caller need not wait for that. */
function givenUp(sending: Sending, cut: CutOff): Promise<never> {
  return new Promise((_, reject) => {
    cut.signal.addEventListener(
      'abort',
      () => {
        if (sending.handed) return
        void sending.close()
        reject(cut.signal.reason)
      },
      { once: true },
    )
  })
}

function failure(http: HttpRequest, handed: boolean, cut: CutOff, error: unknown): CxiError {
  const call = callName(http.method, http.url)
  const why = cut.reason()
  const cause = plainCause(error)
  if (why === 'caller') {
    const outcome = handed ? 'unknown' : 'not_sent'
    return new CxiError('cxi_no_answer', `${call}: given up because the work was stopped; it is continued later.`, {
      outcome,
      retryable: true,
      cause,
    })
  }
  if (!handed) {
    const reason = why === 'time' ? `not within ${http.timeoutMs} ms` : reasonOf(error)
    const message = `${call}: no connection to ${http.url.host} (${reason}), nothing was sent. It is tried again; if this lasts, check the network and the account's address.`
    return new CxiError('cxi_unreachable', message, { outcome: 'not_sent', retryable: true, cause })
  }
  const reason = why === 'time' ? `the time of ${http.timeoutMs} ms was up` : `the connection ended, ${reasonOf(error)}`
  const message = `${call}: sent, but no whole answer came (${reason}). Whether it was done is not known; it is looked up or tried again later.`
  return new CxiError('cxi_no_answer', message, { outcome: 'unknown', retryable: true, cause })
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code) return code
  return error instanceof AggregateError ? reasonOf(error.errors[0]) : error.name
}

/** Code and message only: a parser's error holds the bytes of the answer. */
function plainCause(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('unknown')
  return Object.assign(new Error(error.message), { code: reasonOf(error) })
}
