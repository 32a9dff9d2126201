import { messageOf } from '../errors.ts'
import { scopeOf, type WebhookDeps } from './deps.ts'
import type { WebhookDoor } from './door.ts'
import { withPrivacy } from './private-answers.ts'
import { quarantined } from './quarantine.ts'
import { hashOf, pack, unpack } from './stored.ts'

/** What a retry of a source found since a time. */
export interface SourceRetry {
  /** Responses not yet sent, to which the privacy rules were applied anew; they go with the next flush, as they are mapped then. */
  remapped: number
  /** Quarantined deliveries that can be read now, and those that still can't. */
  replayed: number
  unreadable: number
}

/** Applies the source's present configuration to what has not been sent, and reads quarantined deliveries again. */
export async function retrySource(
  deps: WebhookDeps,
  door: WebhookDoor,
  name: string,
  sinceMs: number,
): Promise<SourceRetry | undefined> {
  const rules = door.rulesOf(name)
  if (!rules) return undefined
  const scope = scopeOf(deps, rules.source)
  const result: SourceRetry = { remapped: 0, replayed: 0, unreadable: 0 }
  for await (const { id, content, version, order } of deps.buffer.unsent(scope, sinceMs)) {
    if (!content) continue
    const stored = unpack(content)
    const event = withPrivacy(stored.event, rules.source, deps.privacyKey)
    const changed = { ...pack({ receivedAtMs: stored.receivedAtMs, event }), hash: hashOf(event), order }
    const next = { ...changed, settledAtMs: deps.clock.now() }
    const outcome = await deps.buffer.put(scope, id, next, (now) =>
      now.version === version && now.owner === null ? next : 'duplicate',
    )
    if (outcome === 'updated') result.remapped += 1
  }
  for await (const { key, request } of quarantined(deps, name, sinceMs)) {
    try {
      await door.take(name, request)
    } catch (error) {
      result.unreadable += 1
      deps.logger.warn('webhook.unreadable', { source: name, message: messageOf(error) })
      continue
    }
    await deps.objects.delete(key)
    result.replayed += 1
  }
  return result
}
