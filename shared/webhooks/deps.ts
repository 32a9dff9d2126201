import type { Dispatcher } from 'undici'
import type { Source } from '../config/types.ts'
import type { ImportDeps } from '../imports/deps.ts'
import type { ObjectStore, ResponseBuffer, ResponseScope, SecretStore } from '../ports.ts'

/** What the webhook door works with; bound once by a home. */
export interface WebhookDeps extends ImportDeps {
  buffer: ResponseBuffer
  secrets: SecretStore
  /** For fetching answers from a tool's API; needed only where a source's tool delivers ids. */
  dispatcher?: Dispatcher | undefined
}

/** What receiving deliveries takes: nothing that speaks to CXI. */
export type DoorDeps = Pick<
  WebhookDeps,
  'relay' | 'ledger' | 'buffer' | 'secrets' | 'clock' | 'logger' | 'privacyKey' | 'wake'
> & { objects: Pick<ObjectStore, 'put' | 'create'> }

export type WebhookSource = Source & { webhook: NonNullable<Source['webhook']> }

/** The sources that have a webhook. */
export function webhookSources(deps: Pick<WebhookDeps, 'relay'>): WebhookSource[] {
  return Object.values(deps.relay.sources).filter((source): source is WebhookSource => source.webhook !== undefined)
}

export function scopeOf(deps: Pick<WebhookDeps, 'relay'>, source: Source): ResponseScope {
  return { identity: deps.relay.accounts[source.account]?.identity ?? source.account, source: source.name }
}
