import type { Agent, IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { nameOf } from '../aws-errors.ts'
import { type Credentials, signedHeaders, type Unsigned } from './signature.ts'

// An import of these would load Node's own fetch with them: 20 to 40 ms at the start of a process.
const http = process.getBuiltinModule('node:http')
const https = process.getBuiltinModule('node:https')

const ATTEMPTS = 3
const TIMEOUT_MS = 2000
const FIRST_WAIT_MS = 50
/** Connections that were not used for longer are not trusted: they may have died while the function was frozen. */
const IDLE_MS = 30_000
const AGENT_OPTIONS = { keepAlive: true, maxSockets: 50 }
/** As the SDK names it. */
const NO_CREDENTIALS = 'CredentialsProviderError'
const RETRIED =
  /Throttl|ProvisionedThroughput|LimitExceeded|TooManyRequests|SlowDown|InternalServer|ServiceUnavailable|RequestTimeout|TransactionInProgress/

export interface Answer {
  status: number
  body: Buffer
}

/** What a service answered instead of what was asked of it; in the form of the SDK's errors. */
export class ServiceError extends Error {
  readonly $metadata: { httpStatusCode: number }

  constructor(name: string, message: string, status: number) {
    super(message)
    this.name = name
    this.$metadata = { httpStatusCode: status }
  }
}

let agent: Agent | undefined
let usedMs = 0

/** One agent for all that this process sends to; nothing takes so long that it would still be under way when replaced. */
function agentAt(nowMs: number, protocol: string): Agent {
  if (nowMs - usedMs > IDLE_MS) {
    agent?.destroy()
    agent = undefined
  }
  usedMs = nowMs
  agent ??= new (protocol === 'http:' ? http : https).Agent(AGENT_OPTIONS)
  return agent
}

/** Origin of a service: the emulator's where there is one, as the SDK does it. */
export function originOf(service: string, region: string): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return process.env.AWS_ENDPOINT_URL ?? `https://${service}.${region}.${suffix}`
}

export const regionHere = () => process.env.AWS_REGION ?? 'us-east-1'

/**
 * Sends a request that may be repeated, up to three times. Answers 2xx; throws what `errorOf` makes of any other, and
 * errors of connections as they are.
 */
export async function sendSigned(
  request: Unsigned,
  errorOf: (answer: Answer) => ServiceError,
  timeoutMs = TIMEOUT_MS,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await sendOnce(request, timeoutMs)
      if (answer.status >= 200 && answer.status < 300) return answer
      throw errorOf(answer)
    } catch (error) {
      if (attempt === ATTEMPTS || !mayPass(error)) throw error
    }
    await sleep(Math.random() * FIRST_WAIT_MS * 2 ** attempt)
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return nameOf(error) !== NO_CREDENTIALS
  return error.$metadata.httpStatusCode >= 500 || RETRIED.test(error.name)
}

function sendOnce(request: Unsigned, timeoutMs: number): Promise<Answer> {
  const { url, method, body } = request
  const nowMs = Date.now()
  const headers = { ...signedHeaders(request, credentials(), nowMs), 'content-length': Buffer.byteLength(body) }
  const { request: open } = url.protocol === 'http:' ? http : https
  const agent = agentAt(nowMs, url.protocol)
  const signal = AbortSignal.timeout(timeoutMs)
  return new Promise((resolve, reject) => {
    // The signal's own error says nothing of time.
    const fail = (error: Error) => reject(signal.aborted ? signal.reason : error)
    const sent = open(url, { method, headers, agent, signal }, (response) => {
      read(response).then(resolve, fail)
    })
    sent.on('error', fail)
    sent.end(body)
  })
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) }
}

/** A function has its credentials in its environment, where they are looked for each time. */
function credentials(): Credentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN: sessionToken } = process.env
  if (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
    return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken }
  }
  const error = new Error('There are no AWS credentials in the environment.')
  error.name = NO_CREDENTIALS
  throw error
}
