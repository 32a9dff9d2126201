import { responseIdOf } from '../imports/identity.ts'
import type { BufferedResponse, ResponseContent, Revision } from '../ports.ts'
import { type DoorDeps, scopeOf, type WebhookSource } from './deps.ts'
import { keepLate } from './late.ts'
import { merge } from './merge.ts'
import { pick } from './pick.ts'
import { withPrivacy } from './private-answers.ts'
import { hashOf, pack, type StoredResponse, unpack } from './stored.ts'
import type { ToolResponse } from './types.ts'

export type Outcome = 'accepted' | 'duplicate' | 'updated' | 'late'

/** How often a response may settle anew before it is sent as it is. */
const SETTLES = 10

/** A source and its settle time. */
export interface StoreRules {
  source: WebhookSource
  settleMs: number
}

/**
 * Stores a response durably, or what a later event changes of it, as the tool said it but for what is private: it is mapped
 * when it is sent. Which event is the later is decided by the tool's own time where it has one. Throws retryable RelayErrors
 * where the store is out of reach.
 */
export async function storeResponse(
  deps: DoorDeps,
  rules: StoreRules,
  response: ToolResponse,
  receivedAtMs: number,
): Promise<Outcome> {
  const { source } = rules
  const event = withPrivacy(response, source, deps.privacyKey)
  const id = storedIdOf(event, source)
  const first: StoredResponse = { event, receivedAtMs }
  let late: { response: StoredResponse; owner: string } | undefined
  const revise = (existing: BufferedResponse): Revision => {
    const revised = revisionOf(existing, first)
    if (revised === undefined) return 'duplicate'
    if (existing.owner !== null) {
      late = { response: revised, owner: existing.owner }
      return 'late'
    }
    return contentOf(rules, revised, existing.firstMs, receivedAtMs)
  }
  const content = contentOf(rules, first, receivedAtMs, receivedAtMs)
  const outcome = await deps.buffer.put(scopeOf(deps, source), id, content, revise)
  if (outcome !== 'late' || !late) return outcome
  return (await keepLate(deps, source, id, late)) ? 'late' : 'duplicate'
}

/** What a response is known by: the tool's id, or the answer that the source says holds it. */
function storedIdOf(event: ToolResponse, { columns }: WebhookSource): string {
  const wanted = columns?.response_id
  const picked = wanted === undefined ? undefined : pick(event, { response_id: wanted }).picked.response_id
  return responseIdOf(picked?.value.trim() || event.id)
}

/** What is stored from now on; undefined where the event says nothing new, or less than what came before. */
function revisionOf(existing: BufferedResponse, given: StoredResponse): StoredResponse | undefined {
  const { event } = given
  // A row of a file: what it said is not known any more, so that this is taken for the same.
  if (existing.hash === '' || hashOf(event) === existing.hash) return undefined
  const before = existing.content && unpack(existing.content)
  // Where the tool states no time, a response was given when its first event came, however often it is edited.
  const receivedAtMs = before && event.date === null ? before.receivedAtMs : given.receivedAtMs
  if (event.isPart && before) {
    const merged = merge(before.event, event)
    return hashOf(merged) === existing.hash ? undefined : { event: merged, receivedAtMs }
  }
  const isOlder = event.order !== null && existing.order !== null && event.order < existing.order
  return isOlder ? undefined : { event, receivedAtMs }
}

function contentOf(
  { settleMs }: StoreRules,
  response: StoredResponse,
  firstMs: number,
  lastMs: number,
): ResponseContent {
  return {
    ...pack(response),
    hash: hashOf(response.event),
    order: response.event.order,
    settledAtMs: Math.min(lastMs + settleMs, firstMs + SETTLES * settleMs),
  }
}
