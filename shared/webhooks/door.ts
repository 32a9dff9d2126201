import { RelayError } from '../errors.ts'
import * as answers from './answers.ts'
import { decode } from './decode.ts'
import { type DoorDeps, type WebhookSource, webhookSources } from './deps.ts'
import { askFor } from './fetch-jobs.ts'
import { ResponseMapper } from './map-response.ts'
import type { Provider } from './provider.ts'
import { PROVIDERS } from './providers/registry.ts'
import { quarantine } from './quarantine.ts'
import { type WebhookSecret, WebhookSecrets } from './secrets.ts'
import { type Outcome, type StoreRules, storeResponse } from './store-response.ts'
import type { Reading, WebhookAnswer, WebhookRequest } from './types.ts'
import { isAuthentic } from './verify.ts'

const MAX_BYTES = 262_144
const SETTLE_SECONDS = 60
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
}

/** Throws RelayErrors for what is wrong with a source's dates. */
export function createWebhookDoor(deps: DoorDeps): WebhookDoor {
  const secrets = new WebhookSecrets(deps.secrets, deps.clock)
  const known = new Map(webhookSources(deps).map((source) => [source.name, rulesOf(source)]))
  const maxBytes = (source: string) => {
    const rules = known.get(source)
    return rules && (rules.source.webhook.maxBytes ?? MAX_BYTES)
  }

  async function receive(name: string, request: WebhookRequest): Promise<WebhookAnswer> {
    const rules = known.get(name)
    if (!rules) return answers.UNKNOWN
    if (request.method === 'GET' || request.method === 'HEAD') return answers.ALIVE
    if (request.method !== 'POST') return answers.NOT_ALLOWED
    if (request.body.length > (maxBytes(name) ?? 0)) return answers.TOO_LARGE
    try {
      if (!(await isFromSender(deps, secrets, rules, request))) return refused(deps, name)
      return await accept(deps, rules, request)
    } catch (error) {
      const code = error instanceof RelayError ? error.code : 'unexpected'
      const message = error instanceof RelayError ? error.message : 'A delivery could not be stored.'
      deps.logger.alarm('webhook.unavailable', { source: name, code, message })
      return answers.UNAVAILABLE
    }
  }

  return {
    receive,
    maxBytes,
    rulesOf: (name) => known.get(name),
    take: async (name, request) => {
      const rules = known.get(name)
      if (!rules) throw new RelayError('unknown_source', `"${name}" is no source with a webhook.`)
      return store(deps, rules, rules.provider.read(await decoded(request)), request.receivedAtMs)
    },
  }
}

function rulesOf(source: WebhookSource): SourceRules {
  const provider = PROVIDERS.get(source.webhook.provider)
  if (!provider) throw new RelayError('config_invalid', `Source "${source.name}" names an unknown webhook provider.`)
  const settleSeconds = source.webhook.settleSeconds ?? provider.settleSeconds ?? SETTLE_SECONDS
  return { source, provider, mapper: new ResponseMapper(source), settleMs: settleSeconds * 1000 }
}

const decoded = ({ body, headers }: WebhookRequest) => decode(body, headers['content-type'] ?? '')

/** A proof that fits no kept secret is tried once more with the secret as it is now. */
async function isFromSender(
  deps: DoorDeps,
  secrets: WebhookSecrets,
  { source, provider }: SourceRules,
  request: WebhookRequest,
): Promise<boolean> {
  const name = source.webhook.secret
  const isProven = ({ secrets: valid, clientId }: WebhookSecret) =>
    isAuthentic(provider.proofs, {
      request,
      publicUrl: publicUrlOf(deps, request),
      secrets: valid,
      clientId,
      staticHeader: source.webhook.header?.toLowerCase(),
      toleranceMs: (source.webhook.toleranceSeconds ?? 0) * 1000 || TOLERANCE_MS,
      body: () => decoded(request),
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

function refused(deps: DoorDeps, source: string): WebhookAnswer {
  deps.logger.info('webhook.refused', { source })
  return answers.UNAUTHENTIC
}

async function accept(deps: DoorDeps, rules: SourceRules, request: WebhookRequest): Promise<WebhookAnswer> {
  const { source, provider } = rules
  let reading: Reading
  try {
    reading = provider.read(await decoded(request))
  } catch (error) {
    await quarantine(deps, source.name, request, error)
    return answers.QUARANTINED
  }
  const outcomes = await store(deps, rules, reading, request.receivedAtMs)
  const answer = answers.outcomeAnswer(outcomes)
  const outcome = answers.outcomeOf(outcomes)
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
