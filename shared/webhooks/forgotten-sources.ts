import { type WebhookDeps, webhookSources } from './deps.ts'
import { hasUnsent, type Posts, VISITS } from './visits.ts'

const DAY_MS = 86_400_000

/** Alarms, once a day, of responses that wait for a source whose webhook is no longer in the configuration. */
export async function alarmForgotten(deps: WebhookDeps): Promise<void> {
  const configured = new Set(webhookSources(deps).map(({ name }) => name))
  const now = deps.clock.now()
  for (const record of await deps.ledger.list<Posts>(VISITS)) {
    const { kind, scope, alarmedMs = 0 } = record.value
    if (kind !== 'posts' || configured.has(scope.source) || now - alarmedMs < DAY_MS) continue
    if (!(await hasUnsent(deps.buffer, scope))) continue
    if (!(await deps.ledger.update(record, { value: { ...record.value, alarmedMs: now } }))) continue
    const message = `Responses wait for source "${scope.source}", whose webhook is no longer in relay.config.ts; put it back until they are sent.`
    deps.logger.alarm('work.source_missing', { source: scope.source, message })
  }
}
