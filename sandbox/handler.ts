import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { accountIn, checkOnboarded } from './account.ts'
import type { Answer } from './answer.ts'
import type { AccountContext } from './context.ts'
import { type ControlDeps, control } from './controls.ts'
import { downloadExport, finishExports } from './exports.ts'
import type { Fault } from './faults.ts'
import { issueToken } from './oauth.ts'
import { NotFound, notFound, notFoundBody, Refusal, refuse } from './refusal.ts'
import { type Call, readBody, readCall } from './request.ts'
import { endpointOf, idIn } from './routes.ts'
import { nameOf } from './stats.ts'

/** Which of the two hosts a request came to; the sandbox is usually both. */
export type HostRole = 'tokens' | 'api' | 'both'

/** Turns one request into its answer, through the faults that were asked for. */
export class Handler {
  readonly #deps: ControlDeps

  constructor(deps: ControlDeps) {
    this.#deps = deps
  }

  /** Answers `cut` where the connection is to be cut instead. Rejects where the connection ends within the request. */
  async handle(request: IncomingMessage, role: HostRole): Promise<Answer | 'cut'> {
    const { context } = this.#deps
    const url = URL.parse(request.url ?? '/', context.url)
    const method = request.method === 'PATCH' && context.unknowns['U-25'] === 'like-put' ? 'PUT' : request.method
    const name = nameOf(method ?? 'GET', url?.pathname ?? '')
    const isControl = name.includes(' /_sandbox/')
    if (!isControl) context.stats.asked(name)
    const answer = await this.#answered(request, url, name, role)
    if (answer !== 'cut' && !isControl) context.stats.answered(name, answer.status)
    return answer !== 'cut' && answer.isLost ? 'cut' : answer
  }

  async #answered(request: IncomingMessage, url: URL | null, name: string, role: HostRole): Promise<Answer | 'cut'> {
    try {
      if (!url) throw refuse(400, 'The address is malformed.')
      if (name.includes(' /_sandbox/')) return await this.#control(request, name)
      return await this.#faulty(request, url, name, role)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const form = this.#deps.context.unknowns['U-04']
      const json = error instanceof NotFound ? notFoundBody(error, form) : error.body
      return { status: error.status, json, headers: error.headers }
    }
  }

  async #control(request: IncomingMessage, name: string): Promise<Answer> {
    const body = await readBody(request)
    return control(this.#deps, name, body.length === 0 ? undefined : jsonIn(body))
  }

  async #faulty(request: IncomingMessage, url: URL, name: string, role: HostRole): Promise<Answer | 'cut'> {
    const { context } = this.#deps
    const call = await readCall(request, url, context.unknowns)
    const fault = context.faults.of(call)
    if (fault?.do === 'drop-before') return 'cut'
    if (fault?.do === 'status') return faultAnswer(fault)
    if (fault?.do === 'delay') await sleep(fault.ms)
    if (fault?.do === 'expire-token') context.db.run('UPDATE tokens SET expires_ms = 0')
    const answered = () => this.#answer(call, url.pathname, name, role)
    return fault?.do === 'drop-after' ? this.#lost(answered) : answered()
  }

  /** Does what was asked, whose answer then nobody gets; a refusal is lost like any other answer. */
  async #lost(answered: () => Promise<Answer>): Promise<Answer> {
    try {
      return { ...(await answered()), isLost: true }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { status: error.status, isLost: true }
    }
  }

  async #answer(call: Call, path: string, name: string, role: HostRole): Promise<Answer> {
    const { context, rateLimit } = this.#deps
    if (name === 'POST /oauth/token' && role !== 'api') return issueToken(context, call)
    if (role === 'tokens') throw notFound('Not found.')
    finishExports(context)
    if (call.method === 'GET' && path.startsWith('/exports/')) return downloadExport(context, path)
    if (!path.startsWith('/v1/')) throw notFound('Not found.')
    const account = accountIn(context, call.authorization)
    const own: AccountContext = { ...context, account }
    const headers = rateLimit.take(own)
    const endpoint = endpointOf(name)
    checkOnboarded(own, path)
    const answer = await endpoint(own, call, idIn(path))
    return { ...answer, headers: { ...answer.headers, ...headers } }
  }
}

function faultAnswer({ status, headers, body }: Fault): Answer {
  return typeof body === 'string'
    ? { status, headers, text: { type: headers['content-type'] ?? 'text/html; charset=utf-8', body } }
    : { status, headers, json: body }
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    throw refuse(400, 'The body is not JSON.')
  }
}
