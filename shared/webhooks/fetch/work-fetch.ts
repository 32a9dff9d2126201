import { request } from 'undici'
import { RelayError } from '../../errors.ts'
import { isExhausted } from '../../imports/deaths.ts'
import { endFailed } from '../../imports/failures.ts'
import { Held, LeaseLost } from '../../imports/held.ts'
import type { LedgerRecord } from '../../ports.ts'
import type { WebhookDeps } from '../deps.ts'
import type { SourceRules, WebhookDoor } from '../door.ts'
import type { FetchJob } from '../fetch-jobs.ts'
import { webhookSecretOf } from '../secrets.ts'
import { storeResponse } from '../store-response.ts'
import type { ToolResponse } from '../types.ts'
import { unreadable } from '../values.ts'
import type { Fetcher } from './fetcher.ts'
import { closeTool, ToolLimit, toolClosedUntilMs } from './tool-limit.ts'

const TIMEOUT_MS = 30_000
const MAX_ANSWER_BYTES = 16_000_000
/** A tool may announce a response before its API has it. */
const MAX_NOT_FOUND = 8

/** Fetches the answers of one delivery from its tool's API and stores them; waits where the tool says so. */
export async function workFetch(deps: WebhookDeps, door: WebhookDoor, record: LedgerRecord<FetchJob>): Promise<void> {
  const rules = door.rulesOf(record.value.source)
  const untilMs = await toolClosedUntilMs(deps, record.value.source)
  if (untilMs !== null) {
    await deps.ledger.update(record, { value: record.value, dueAtMs: untilMs })
    return
  }
  const isLast = isExhausted(record.value, 'fetch') || record.value.waits >= MAX_NOT_FOUND
  using held = await Held.take(deps, record, 'fetch')
  if (!held) return
  try {
    await fetchHeld(deps, rules, held)
  } catch (error) {
    if (error instanceof ToolLimit) {
      const dueAtMs = await closeTool(deps, held.value.source, error)
      await held.release((job) => job, dueAtMs)
    } else if (isLast && error instanceof RelayError && error.code === 'tool_not_found') await giveUp(deps, held, error)
    else await endFailed(deps, held, error, null)
  }
}

async function fetchHeld(deps: WebhookDeps, rules: SourceRules | undefined, held: Held<FetchJob>): Promise<void> {
  const { asked, receivedAtMs, deliveries, source } = held.value
  if (!rules?.provider.fetcher) throw noFetcher(source)
  const responses = await fetchAnswers(deps, rules, rules.provider.fetcher, held.value)
  for (const response of responses) await storeResponse(deps, rules, response, receivedAtMs)
  deps.logger.info('response.fetched', { source, responses: responses.length })
  try {
    await held.remove()
  } catch (error) {
    // Another delivery asked for it meanwhile, so what was fetched may be old already; the lease ends by itself.
    if (!(error instanceof LeaseLost)) throw error
    deps.logger.info('response.asked_again', { source, deliveries, id_length: asked.id.length })
  }
}

async function fetchAnswers(
  deps: WebhookDeps,
  { source }: SourceRules,
  fetcher: Fetcher,
  { asked }: FetchJob,
): Promise<ToolResponse[]> {
  const secret = await secretFor(deps, source.webhook.secret, fetcher)
  const baseUrl = source.webhook.baseUrl ?? fetcher.baseUrl
  if (baseUrl === null || !deps.dispatcher) throw noBaseUrl(source.name)
  const { url, headers } = fetcher.request(asked.at, baseUrl.replace(/\/$/, ''), secret)
  const answer = await call(deps, url, headers)
  return fetcher.read(answer, asked, source)
}

async function secretFor(deps: WebhookDeps, name: string, fetcher: Fetcher): Promise<Record<string, unknown>> {
  const found = await deps.secrets.read(name)
  const value = found ? webhookSecretOf(name, found.value).value : {}
  const missing = fetcher.needs.filter((key) => typeof value[key] !== 'string' || value[key] === '')
  if (missing.length === 0) return value
  throw new RelayError(
    'webhook_secret_invalid',
    `The secret "${name}" lacks ${missing.map((key) => `"${key}"`).join(', ')}, by which the answers are fetched; add it.`,
    { retryable: true },
  )
}

/** One GET; the JSON it answers. Throws ToolLimit and RelayErrors, retryable unless the answer can't be read. */
async function call(deps: WebhookDeps, url: string, headers: Record<string, string>): Promise<unknown> {
  const { host } = new URL(url)
  const answer = await request(url, {
    headers: { accept: 'application/json', ...headers },
    dispatcher: deps.dispatcher as NonNullable<typeof deps.dispatcher>,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  }).catch((cause: unknown) => {
    throw new RelayError('tool_unreachable', `${host} can't be reached; it is tried again.`, { retryable: true, cause })
  })
  const { statusCode } = answer
  if (statusCode === 200) return json(await textOf(answer.body, host), host)
  await answer.body.dump()
  if (statusCode === 429) throw ToolLimit.of(host, answer.headers, deps.clock.now())
  if (statusCode === 401 || statusCode === 403) {
    const message = `${host} refuses the token (HTTP ${statusCode}); store a valid one in the webhook's secret, then it goes on by itself.`
    throw new ToolLimit('tool_refused', message, deps.clock.now() + 300_000)
  }
  if (statusCode === 404) {
    throw new RelayError('tool_not_found', `${host} has no such response (yet).`, { retryable: true })
  }
  throw new RelayError('tool_failed', `${host} answered HTTP ${statusCode}; it is tried again.`, { retryable: true })
}

async function textOf(body: AsyncIterable<Uint8Array>, host: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > MAX_ANSWER_BYTES) throw unreadable(`${host} answered more than ${MAX_ANSWER_BYTES} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function json(text: string, host: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new RelayError('tool_failed', `${host} answered something that is not JSON; it is tried again.`, {
      retryable: true,
    })
  }
}

/** What the tool's API goes on not to have was deleted there, which its owner is told. */
async function giveUp(deps: WebhookDeps, held: Held<FetchJob>, error: RelayError): Promise<void> {
  const { source, asked } = held.value
  deps.logger.alarm('response.not_found', {
    source,
    response: asked.id,
    message: `A response announced for "${source}" was never found in the tool's API; it may have been deleted there. ${error.message}`,
  })
  await held.remove()
}

const noFetcher = (source: string) =>
  new RelayError(
    'source_missing',
    `Answers are to be fetched for source "${source}", whose webhook is no longer in relay.config.ts; put it back until that is done.`,
    { retryable: true },
  )

const noBaseUrl = (source: string) =>
  new RelayError(
    'base_url_missing',
    `Source "${source}" needs webhook.baseUrl, the address of the tool's API where answers are fetched.`,
    { retryable: true },
  )
