import type { Clock, SecretStore } from '../ports.ts'
import { readCredentials, type VersionedCredentials } from './credentials.ts'

/** A store that caches is passed by at most this often: each such read costs money on AWS. */
const FRESH_EVERY_MS = 60_000

/** Reads an account's credentials, anew before anything bad is believed of them. */
export class CredentialsReader {
  readonly #secrets: SecretStore
  readonly #account: { name: string; secret: string }
  readonly #clock: Clock
  #freshMs = Number.NEGATIVE_INFINITY

  constructor(secrets: SecretStore, account: { name: string; secret: string }, clock: Clock) {
    this.#secrets = secrets
    this.#account = account
    this.#clock = clock
  }

  /** Throws CxiError `credentials_missing` or `credentials_invalid`. */
  async read(): Promise<VersionedCredentials> {
    try {
      return await readCredentials(this.#secrets, this.#account, false)
    } catch (error) {
      if (!this.#mayReadFresh()) throw error
      return this.readFresh()
    }
  }

  /** The credentials as they are now, where they are others than these. */
  async changedSince({ version }: VersionedCredentials): Promise<VersionedCredentials | undefined> {
    const now = this.#mayReadFresh()
      ? await this.readFresh()
      : await readCredentials(this.#secrets, this.#account, false)
    return now.version === version ? undefined : now
  }

  #mayReadFresh(): boolean {
    return this.#clock.now() - this.#freshMs >= FRESH_EVERY_MS
  }

  /** Passes by every cache. */
  readFresh(): Promise<VersionedCredentials> {
    this.#freshMs = this.#clock.now()
    return readCredentials(this.#secrets, this.#account, true)
  }
}
