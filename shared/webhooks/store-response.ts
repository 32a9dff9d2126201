import type { BufferedResponse, ResponseContent, Revision } from '../ports.ts'
import { type DoorDeps, scopeOf, type WebhookSource } from './deps.ts'
import { keepLate } from './late.ts'
import type { ResponseMapper } from './map-response.ts'
import { merge } from './merge.ts'
import { withPrivacy } from './private-answers.ts'
import { hashOf, pack, type StoredResponse, unpack } from './stored.ts'
import type { ToolResponse } from './types.ts'

export type Outcome = 'accepted' | 'duplicate' | 'updated' | 'late'

/** How often a response may settle anew before it is sent as it is. */
const SETTLES = 10

/** A source's mapping and settle time, made once. */
export interface StoreRules {
  source: WebhookSource
  mapper: ResponseMapper
  settleMs: number
}

/**
 * Stores a response durably, or what a later event changes of it. What it is, is decided by the tool's own time where it
 * has one. Throws retryable RelayErrors where the store is out of reach.
 */
export async function storeResponse(
  deps: DoorDeps,
  rules: StoreRules,
  response: ToolResponse,
  receivedAtMs: number,
): Promise<Outcome> {
  const { source, mapper } = rules
  const event = withPrivacy(response, source, deps.privacyKey)
  const first = storedOf(mapper, event, receivedAtMs)
  let late: { response: StoredResponse; owner: string | null } | undefined
  const revise = (existing: BufferedResponse): Revision => {
    const revised = revisionOf(mapper, existing, first)
    if (revised === undefined) return 'duplicate'
    if (existing.owner !== null) {
      late = { response: revised, owner: existing.owner }
      return 'late'
    }
    return contentOf(rules, revised, existing.firstMs, receivedAtMs)
  }
  const content = contentOf(rules, first, receivedAtMs, receivedAtMs)
  const outcome = await deps.buffer.put(scopeOf(deps, source), first.mapped.id, content, revise)
  if (outcome !== 'late' || !late) return outcome
  const isNew = await keepLate(deps, source, late.response, { owner: late.owner, hash: hashOf(late.response.event) })
  return isNew ? 'late' : 'duplicate'
}

/** What is stored from now on; undefined where the event says nothing new, or less than what came before. */
function revisionOf(
  mapper: ResponseMapper,
  existing: BufferedResponse,
  stored: StoredResponse,
): StoredResponse | undefined {
  const { event, receivedAtMs } = stored
  // A row of a file: what it said is not known any more, so that this is taken for the same.
  if (existing.hash === '' || hashOf(event) === existing.hash) return undefined
  if (event.isPart && existing.content) {
    const merged = storedOf(mapper, merge(unpack(existing.content).event, event), receivedAtMs)
    return hashOf(merged.event) === existing.hash ? undefined : merged
  }
  const isOlder = event.order !== null && existing.order !== null && event.order < existing.order
  return isOlder ? undefined : stored
}

function storedOf(mapper: ResponseMapper, event: ToolResponse, receivedAtMs: number): StoredResponse {
  return { mapped: mapper.map(event, receivedAtMs), event, receivedAtMs }
}

function contentOf(
  { settleMs }: StoreRules,
  response: StoredResponse,
  firstMs: number,
  lastMs: number,
): ResponseContent {
  return {
    content: pack(response),
    hash: hashOf(response.event),
    order: response.event.order,
    settledAtMs: Math.min(lastMs + settleMs, firstMs + SETTLES * settleMs),
  }
}
