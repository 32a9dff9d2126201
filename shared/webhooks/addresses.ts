import type { Relay } from '../config/types.ts'
import { PROVIDERS } from './providers/registry.ts'

export interface WebhookAddress {
  source: string
  provider: string
  url: string
  /** Where it is pasted in that tool. */
  setup: string
}

/** The address of each source's webhook; the secret is never shown, only where it stands. */
export function webhookAddresses(relay: Relay, homeUrl: string): WebhookAddress[] {
  const origin = (relay.publicUrl ?? homeUrl).replace(/\/$/, '')
  return Object.values(relay.sources).flatMap(({ name, webhook }) => {
    const provider = webhook && PROVIDERS.get(webhook.provider)
    if (!provider) return []
    const isInUrl = webhook.header === undefined && provider.proofs.every(isStaticInUrl)
    const token = isInUrl || (provider.name === 'generic' && webhook.header === undefined) ? '?token=<secret>' : ''
    return [{ source: name, provider: provider.name, url: `${origin}/webhooks/${name}${token}`, setup: provider.setup }]
  })
}

const isStaticInUrl = (proof: { kind: string; header?: string; field?: string }) =>
  proof.kind === 'static' && proof.header === undefined && proof.field === undefined

/** The source that a path calls, `/webhooks/<source>` with or without a query; undefined for any other. */
export function sourceAt(path: string): string | undefined {
  const name = /^\/webhooks\/([^/?#]+)\/?(?:\?|$)/.exec(path)?.[1]
  try {
    return name === undefined ? undefined : decodeURIComponent(name)
  } catch {
    return undefined
  }
}
