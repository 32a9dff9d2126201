import { SANDBOX_SECRET } from '../shared/config/resolve.ts'
import type { Relay } from '../shared/config/types.ts'
import type { Secret, SecretStore } from '../shared/ports.ts'
import type { LocalSecretStore } from '../shared/stores/sqlite/secrets.ts'

/** What the sandbox's demo account accepts; public. */
const SANDBOX_CREDENTIALS = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' }

/** A person's secrets, and the sandbox's own beside them. */
export class HomeSecrets implements SecretStore {
  readonly #local: LocalSecretStore

  constructor(local: LocalSecretStore) {
    this.#local = local
  }

  async read(name: string, options?: { fresh?: boolean }): Promise<Secret | undefined> {
    if (name === SANDBOX_SECRET) return { value: { ...SANDBOX_CREDENTIALS }, version: 'sandbox' }
    return this.#local.read(name, options)
  }

  writeToken(name: string, value: Record<string, unknown>): Promise<string> {
    return this.#local.writeToken(name, value)
  }

  readToken(name: string, version?: string): Promise<Secret | undefined> {
    return this.#local.readToken(name, version)
  }
}

/** Whether any account's secret is there; one that can't be read counts, since somebody meant it. */
export async function hasCredentials(secrets: SecretStore, relay: Relay): Promise<boolean> {
  for (const { secret } of Object.values(relay.accounts)) {
    try {
      if (await secrets.read(secret)) return true
    } catch {
      return true
    }
  }
  return false
}
