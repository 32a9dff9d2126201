import type { Relay } from '../shared/config/types.ts'
import { messageOf } from '../shared/errors.ts'
import type { SecretStore } from '../shared/ports.ts'
import { type WebhookAddress, webhookAddresses } from '../shared/webhooks/addresses.ts'
import { PROVIDERS } from '../shared/webhooks/providers/registry.ts'
import { webhookSecretOf } from '../shared/webhooks/secrets.ts'

export interface WebhookFinding extends WebhookAddress {
  problems: string[]
}

/** Each webhook's address under `homeUrl`, with what is wrong with its secret. */
export function webhookFindings(secrets: SecretStore, relay: Relay, homeUrl: string): Promise<WebhookFinding[]> {
  return Promise.all(
    webhookAddresses(relay, homeUrl).map(async (address) => {
      const webhook = relay.sources[address.source]?.webhook
      return { ...address, problems: webhook ? await webhookProblems(secrets, webhook) : [] }
    }),
  )
}

/** What is wrong with a webhook's secret, or missing for fetching its answers. */
export async function webhookProblems(
  secrets: SecretStore,
  { secret, provider, baseUrl }: { secret: string; provider: string; baseUrl?: string },
): Promise<string[]> {
  const fetcher = PROVIDERS.get(provider)?.fetcher
  const problems = fetcher?.baseUrl === null && baseUrl === undefined ? [`webhook.baseUrl is needed for answers.`] : []
  try {
    const kept = await secrets.read(secret)
    if (!kept) return [...problems, `There is no secret "${secret}"; store {"secret":"…"} under that name.`]
    const { value } = webhookSecretOf(secret, kept.value)
    const missing = (fetcher?.needs ?? []).filter((key) => typeof value[key] !== 'string')
    return [
      ...problems,
      ...missing.map((key) => `The secret "${secret}" lacks "${key}", by which answers are fetched.`),
    ]
  } catch (error) {
    return [...problems, messageOf(error)]
  }
}

export function* webhookSentences(found: WebhookFinding[]): Generator<string> {
  if (found.length === 0) yield 'No source of the configuration has a webhook.'
  for (const { source, provider, url, setup, problems } of found) {
    yield `${source} (${provider})`
    yield `  ${url}`
    yield `  ${setup}`
    for (const problem of problems) yield `  ! ${problem}`
  }
}
