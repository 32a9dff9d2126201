import type { WebhookSource } from './deps.ts'
import type { Provider } from './provider.ts'

const SETTLE_SECONDS = 60

/** How long a response waits for a later event of the same id, counted from its last one. */
export const settleMsOf = ({ webhook }: WebhookSource, provider: Provider | undefined) =>
  (webhook.settleSeconds ?? provider?.settleSeconds ?? SETTLE_SECONDS) * 1000
