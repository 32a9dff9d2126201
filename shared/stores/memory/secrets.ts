import { createHash } from 'node:crypto'
import { RelayError } from '../../errors.ts'
import type { Secret, SecretStore } from '../../ports.ts'

/** Secrets for tests: what the constructor or `set` gives, under the name. */
export class MemorySecretStore implements SecretStore {
  readonly #secrets: Map<string, unknown>
  readonly #tokens = new Map<string, Secret>()
  #tokensWritten = 0

  constructor(secrets: Record<string, unknown> = {}) {
    this.#secrets = new Map(Object.entries(structuredClone(secrets)))
  }

  /** Puts or rotates a secret, as a person would; undefined removes it. */
  set(name: string, value: unknown): void {
    if (value === undefined) this.#secrets.delete(name)
    else this.#secrets.set(name, structuredClone(value))
  }

  async read(name: string, _options?: { fresh?: boolean }): Promise<Secret | undefined> {
    await null
    const value = this.#secrets.get(name)
    if (value === undefined) return undefined
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new RelayError('secret_invalid', `Secret "${name}" is not a JSON object; store one in its place.`, {
        retryable: true,
      })
    }
    const version = createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32)
    return { value: structuredClone(value) as Record<string, unknown>, version }
  }

  async writeToken(name: string, value: Record<string, unknown>): Promise<string> {
    const copy = structuredClone(value)
    await null
    this.#tokensWritten += 1
    const version = `token-${this.#tokensWritten}`
    this.#tokens.set(name, { value: copy, version })
    return version
  }

  async readToken(name: string, version?: string): Promise<Secret | undefined> {
    await null
    const token = this.#tokens.get(name)
    if (!token || (version !== undefined && version !== token.version)) return undefined
    return structuredClone(token)
  }
}
