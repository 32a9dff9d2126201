import type { Relay } from '../shared/config/types.ts'
import { messageOf } from '../shared/errors.ts'
import type { Ledger, ResponseBuffer, SecretStore } from '../shared/ports.ts'
import { type WebhookAddress, webhookAddresses } from '../shared/webhooks/addresses.ts'
import { PROVIDERS } from '../shared/webhooks/providers/registry.ts'
import { webhookSecretOf } from '../shared/webhooks/secrets.ts'
import { misledSources } from '../shared/webhooks/visits.ts'

export interface WebhookFinding extends WebhookAddress {
  problems: string[]
  /** What to know when the address is pasted. */
  notes: string[]
}

/** What does not mean itself in an address; `+`, `/` and `=` do here. */
const SPECIAL = /[^A-Za-z0-9._~+/=:@!$'()*,;-]/

/** How to write the secret behind `?token=`, where it can't be pasted as it is; never the secret itself. */
export async function secretNotes(secrets: SecretStore, secret: string, url: string): Promise<string[]> {
  if (!url.includes('?token=')) return []
  const kept = await secrets.read(secret).catch(() => undefined)
  const { secret: one, secrets: several } = kept?.value ?? {}
  const isSpecial = [one, ...(Array.isArray(several) ? several : [])].some(
    (text) => typeof text === 'string' && SPECIAL.test(text),
  )
  return isSpecial
    ? [
        `The secret "${secret}" holds characters that mean something else in an address: paste it percent-encoded (& as %26, # as %23, % as %25, a blank as %20), once.`,
      ]
    : []
}

/** Each webhook's address under `homeUrl`, with what is wrong with its secret or with how it is called. */
export async function webhookFindings(
  { secrets, ...stores }: { secrets: SecretStore; ledger: Ledger; buffer: ResponseBuffer },
  relay: Relay,
  homeUrl: string,
): Promise<WebhookFinding[]> {
  const misled = await misledSources({ relay, ...stores })
  return Promise.all(
    webhookAddresses(relay, homeUrl).map(async (address) => {
      const webhook = relay.sources[address.source]?.webhook
      const problems = webhook ? await webhookProblems(secrets, webhook) : []
      problems.push(...misled.flatMap(({ source, message }) => (source === address.source ? [message] : [])))
      return { ...address, problems, notes: webhook ? await secretNotes(secrets, webhook.secret, address.url) : [] }
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
  for (const { source, provider, url, setup, problems, notes } of found) {
    yield `${source} (${provider})`
    yield `  ${url}`
    yield `  ${setup}`
    for (const note of notes) yield `  ${note}`
    for (const problem of problems) yield `  ! ${problem}`
  }
}
