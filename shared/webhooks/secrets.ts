import { RelayError } from '../errors.ts'
import type { Clock, SecretStore } from '../ports.ts'
import { standardKey } from './standard-webhooks.ts'

/** A webhook's secret as it is used. */
export interface WebhookSecret {
  /** Valid ones, the newest first; never empty. */
  secrets: string[]
  clientId?: string
  /** Everything that the secret holds, for fetching answers. */
  value: Record<string, unknown>
}

const KEPT_MS = 300_000
const FRESH_AGAIN_MS = 60_000

/** Webhook secrets, read at most once in five minutes, and once a minute more after a proof that failed. */
export class WebhookSecrets {
  readonly #store: SecretStore
  readonly #clock: Clock
  readonly #kept = new Map<string, { secret: WebhookSecret; untilMs: number }>()
  readonly #freshAtMs = new Map<string, number>()

  constructor(store: SecretStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Throws retryable RelayErrors `webhook_secret_missing` and `webhook_secret_invalid`, and what the store throws. */
  async read(name: string): Promise<WebhookSecret> {
    const kept = this.#kept.get(name)
    if (kept && kept.untilMs > this.#clock.now()) return kept.secret
    return this.#load(name, false)
  }

  /** Reads it anew, unless that was done within a minute: then undefined. */
  async readFresh(name: string): Promise<WebhookSecret | undefined> {
    const now = this.#clock.now()
    if (now - (this.#freshAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < FRESH_AGAIN_MS) return undefined
    this.#freshAtMs.set(name, now)
    return this.#load(name, true)
  }

  async #load(name: string, fresh: boolean): Promise<WebhookSecret> {
    const found = await this.#store.read(name, { fresh })
    if (!found) {
      throw new RelayError(
        'webhook_secret_missing',
        `There is no secret "${name}", which a webhook of relay.config.ts names; store {"secret":"…"} under it.`,
        { retryable: true },
      )
    }
    const secret = webhookSecretOf(name, found.value)
    this.#kept.set(name, { secret, untilMs: this.#clock.now() + KEPT_MS })
    return secret
  }
}

/** Checks a secret's members. Throws a retryable RelayError `webhook_secret_invalid`, also for an empty secret. */
export function webhookSecretOf(name: string, value: Record<string, unknown>): WebhookSecret {
  const { secret, secrets, client_id } = value
  const given: unknown[] = Array.isArray(secrets) ? secrets : [secret]
  const texts = given.filter((one): one is string => typeof one === 'string' && one.trim() !== '')
  const isKey = (one: string) => !one.startsWith('whsec_') || standardKey(one).length > 0
  if (texts.length === 0 || texts.length < given.length || !texts.every(isKey)) {
    throw new RelayError(
      'webhook_secret_invalid',
      `The secret "${name}" must be {"secret":"…"} or {"secrets":["new","old"]} with texts that are not empty.`,
      { retryable: true },
    )
  }
  return { secrets: texts, value, ...(typeof client_id === 'string' ? { clientId: client_id } : {}) }
}
