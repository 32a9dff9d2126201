import type { Dispatcher } from 'undici'
import type { Clock } from '../ports.ts'
import { answerError } from './answer-errors.ts'
import { errorText } from './answers.ts'
import { CxiError } from './errors.ts'
import { queryString } from './form-fields.ts'
import { callName, exchange, type HttpAnswer, type HttpRequest } from './http.ts'
import type { FramedBody } from './multipart.ts'
import { withRetries } from './retry.ts'
import type { TokenProvider } from './tokens.ts'

export interface CallerOptions {
  apiUrl: string
  tokens: TokenProvider
  clock: Clock
  dispatcher: Dispatcher
  random: () => number
  timeoutMs: number
}

export interface Call {
  method: HttpRequest['method']
  /** Below `/v1`, for example `/imports/11`. */
  path: string
  query?: object | undefined
  body?: FramedBody | undefined
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
  beforeSend?: (() => Promise<void>) | undefined
}

/** Reads a 2xx answer; `call` names it in errors. */
export type ReadAnswer<T> = (answer: HttpAnswer, call: string) => Promise<T>

/** Makes calls to the API of one account: token, repeats, errors. */
export class Caller {
  readonly #options: CallerOptions
  readonly #base: string
  /** CXI's clock minus ours, in ms. */
  clockOffsetMs = 0

  constructor(options: CallerOptions) {
    this.#options = options
    this.#base = `${options.apiUrl.replace(/\/+$/, '')}/v1`
  }

  async call<T>(call: Call, read: ReadAnswer<T>): Promise<T> {
    const { clock, random } = this.#options
    // A hard end over all tries, by the wall clock: a frozen function must not go beyond it.
    const deadlineMs = Date.now() + (call.timeoutMs ?? this.#options.timeoutMs)
    const repeatable = call.method === 'GET' || call.method === 'PUT'
    const policy = { clock, random, deadlineMs, repeatable, signal: call.signal }
    return withRetries(policy, () => this.#once(call, read, deadlineMs))
  }

  /** A 401 was refused whatever the call is, so that it may be repeated, once, with a fresh token. */
  async #once<T>(call: Call, read: ReadAnswer<T>, deadlineMs: number): Promise<T> {
    const { tokens } = this.#options
    const token = await tokens.get()
    try {
      return await this.#exchange(call, read, token, deadlineMs)
    } catch (error) {
      if (!(error instanceof CxiError) || error.code !== 'cxi_unauthorized') throw error
    }
    await tokens.invalidate(token)
    return this.#exchange(call, read, await tokens.get(), deadlineMs)
  }

  #exchange<T>(call: Call, read: ReadAnswer<T>, token: string, deadlineMs: number): Promise<T> {
    const { dispatcher, clock } = this.#options
    const url = new URL(`${this.#base}${call.path}${queryString(call.query ?? {})}`)
    const name = callName(call.method, url)
    const { method, body, signal, beforeSend } = call
    const timeoutMs = Math.max(1, deadlineMs - Date.now())
    const headers = { authorization: `Bearer ${token}` }
    return exchange({ dispatcher, method, url, headers, body, timeoutMs, signal, beforeSend }, async (answer) => {
      this.#noteClock(answer)
      if (answer.status >= 200 && answer.status < 300) return read(answer, name)
      const text = (await errorText(answer)).replaceAll(token, '[removed]')
      throw answerError(name, { status: answer.status, headers: answer.headers, body: text }, clock.now())
    })
  }

  #noteClock({ headers: { date } }: HttpAnswer): void {
    const atMs = date === undefined ? Number.NaN : Date.parse(date)
    if (!Number.isNaN(atMs)) this.clockOffsetMs = atMs - this.#options.clock.now()
  }
}
