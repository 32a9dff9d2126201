import { RelayError } from '../errors.ts'
import * as answers from './answers.ts'
import { decode } from './decode.ts'
import { type DoorDeps, type WebhookSource, webhookSources } from './deps.ts'
import { askFor } from './fetch-jobs.ts'
import { ResponseMapper } from './map-response.ts'
import type { Provider } from './provider.ts'
import { PROVIDERS } from './providers/registry.ts'
import { quarantine, quarantineStrays } from './quarantine.ts'
import { isMangled, unpacked } from './requests.ts'
import { type WebhookSecret, WebhookSecrets } from './secrets.ts'
import { settleMsOf } from './settle.ts'
import { type Outcome, type StoreRules, storeResponse } from './store-response.ts'
import type { Reading, WebhookAnswer, WebhookRequest } from './types.ts'
import { isAuthentic } from './verify.ts'
import { GetCounts } from './visits.ts'

const MAX_BYTES = 262_144
const TOLERANCE_MS = 300_000

/** The webhook door, free of any home. */
export interface WebhookDoor {
  /** Answers a request for a source; the 2xx comes after its responses are stored. Never throws. */
  receive(source: string, request: WebhookRequest): Promise<WebhookAnswer>
  /** Longest body of a source in bytes; undefined where it has no webhook. */
  maxBytes(source: string): number | undefined
  /** Reads a delivery whose sender is known and stores what it holds. Throws RelayErrors. */
  take(source: string, request: WebhookRequest): Promise<Outcome[]>
  rulesOf(source: string): SourceRules | undefined
}

export interface SourceRules extends StoreRules {
  provider: Provider
  /** Longest body, packed and unpacked. */
  maxBytes: number
}

/** Throws RelayErrors for what is wrong with a source's dates. */
export function createWebhookDoor(deps: DoorDeps): WebhookDoor {
  const secrets = new WebhookSecrets(deps.secrets, deps.clock)
  const gets = new GetCounts(deps)
  const known = new Map(webhookSources(deps).map((source) => [source.name, rulesOf(source)]))

  async function receive(name: string, request: WebhookRequest): Promise<WebhookAnswer> {
    const rules = known.get(name)
    if (!rules) return answers.UNKNOWN
    if (request.method !== 'POST') return called(rules, request.method)
    if (request.body.length > rules.maxBytes) return answers.TOO_LARGE
    try {
      if (isMangled(request)) return refused(deps, name, 'webhook.mangled')
      if (!(await isFromSender(deps, secrets, rules, request))) return refused(deps, name)
      return await accept(deps, secrets, rules, request)
    } catch (error) {
      if (error instanceof RelayError && error.code === 'body_too_large') return answers.TOO_LARGE
      const code = error instanceof RelayError ? error.code : 'unexpected'
      const message = error instanceof RelayError ? error.message : 'A delivery could not be stored.'
      deps.logger.alarm('webhook.unavailable', { source: name, code, message })
      return answers.UNAVAILABLE
    }
  }

  async function called({ provider, source }: SourceRules, method: string): Promise<WebhookAnswer> {
    if (method === 'HEAD' || (method === 'GET' && provider.pingsByGet)) return answers.ALIVE
    if (method === 'GET') await gets.note(source.name)
    return answers.NOT_ALLOWED
  }

  return {
    receive,
    maxBytes: (name) => known.get(name)?.maxBytes,
    rulesOf: (name) => known.get(name),
    take: async (name, request) => {
      const rules = known.get(name)
      if (!rules) throw new RelayError('unknown_source', `"${name}" is no source with a webhook.`)
      const reading = await readingOf(rules, request)
      const [stray] = reading.strays ?? []
      if (stray) throw stray.error
      return store(deps, rules, reading, request.receivedAtMs)
    },
  }
}

function rulesOf(source: WebhookSource): SourceRules {
  const provider = PROVIDERS.get(source.webhook.provider)
  if (!provider) throw new RelayError('config_invalid', `Source "${source.name}" names an unknown webhook provider.`)
  const maxBytes = source.webhook.maxBytes ?? MAX_BYTES
  // What is wrong with its dates is said now, and not when it is mapped.
  new ResponseMapper(source)
  return { source, provider, settleMs: settleMsOf(source, provider), maxBytes }
}

const decoded = ({ maxBytes }: SourceRules, request: WebhookRequest) =>
  decode(unpacked(request, maxBytes), request.headers['content-type'] ?? '')

async function readingOf(rules: SourceRules, request: WebhookRequest): Promise<Reading> {
  const { headers } = request
  return rules.provider.read(await decoded(rules, request), headers['webhook-id'] ?? headers['svix-id'])
}

/** A proof that fits no kept secret is tried once more with the secret as it is now. */
async function isFromSender(
  deps: DoorDeps,
  secrets: WebhookSecrets,
  rules: SourceRules,
  request: WebhookRequest,
): Promise<boolean> {
  const { source, provider } = rules
  const name = source.webhook.secret
  const isProven = ({ secrets: valid, clientId }: WebhookSecret) =>
    isAuthentic(provider.proofs, {
      request,
      publicUrl: () => publicUrlOf(deps, request),
      secrets: valid,
      clientId,
      staticHeader: source.webhook.header?.toLowerCase(),
      toleranceMs: (source.webhook.toleranceSeconds ?? 0) * 1000 || TOLERANCE_MS,
      body: async () => decoded(rules, request),
    })
  const kept = await secrets.read(name)
  if (await isProven(kept)) return true
  const fresh = await secrets.readFresh(name)
  return fresh !== undefined && fresh.secrets.join('\n') !== kept.secrets.join('\n') && (await isProven(fresh))
}

/** The address as the sender called it; some tools sign it. */
function publicUrlOf({ relay }: DoorDeps, { headers, path }: WebhookRequest): string {
  const origin = relay.publicUrl ?? `${headers['x-forwarded-proto'] ?? 'https'}://${headers.host ?? 'localhost'}`
  return `${origin.replace(/\/$/, '')}${path}`
}

function refused(deps: DoorDeps, source: string, event = 'webhook.refused'): WebhookAnswer {
  deps.logger.info(event, { source })
  return answers.UNAUTHENTIC
}

async function accept(
  deps: DoorDeps,
  secrets: WebhookSecrets,
  rules: SourceRules,
  request: WebhookRequest,
): Promise<WebhookAnswer> {
  const { source } = rules
  const keep = async () => ({ source: source.name, secrets: (await secrets.read(source.webhook.secret)).secrets })
  let reading: Reading
  try {
    reading = await readingOf(rules, request)
  } catch (error) {
    if (error instanceof RelayError && error.code === 'body_too_large') throw error
    await quarantine(deps, await keep(), request, error)
    return answers.QUARANTINED
  }
  const { strays = [] } = reading
  const outcomes = await store(deps, rules, reading, request.receivedAtMs)
  if (strays.length > 0) {
    await quarantineStrays(deps, await keep(), request, strays)
    outcomes.push('accepted')
  }
  const outcome = answers.outcomeOf(outcomes)
  const answer = answers.answerOf(outcome)
  const fields = { source: source.name, status: answer.status, outcome, responses: outcomes.length }
  deps.logger.info('webhook.received', fields)
  return answer
}

function store(deps: DoorDeps, rules: SourceRules, reading: Reading, receivedAtMs: number): Promise<Outcome[]> {
  return Promise.all([
    ...reading.responses.map((response) => storeResponse(deps, rules, response, receivedAtMs)),
    ...(reading.unfetched ?? []).map((asked) => askFor(deps, rules.source, asked, receivedAtMs)),
  ])
}
