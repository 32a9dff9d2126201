import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { RelayError } from '../../errors.ts'
import type { Secret, SecretStore } from '../../ports.ts'
import { positionOfDefect } from './json-position.ts'
import { fileError, isGone, onDatabase } from './store-errors.ts'

export interface LocalSecretOptions {
  /** Path of `secrets.json`: an object of secrets by name. It may be missing. */
  file: string
  env: Record<string, string | undefined>
  db: DatabaseSync
  /** Told once for each time the file is read while other users may read it too. */
  warn?: (message: string) => void
}

/** Secrets from environment variables and, after them, `secrets.json`; tokens and own keys in the database. */
export class LocalSecretStore implements SecretStore {
  readonly #file: string
  readonly #env: Record<string, string | undefined>
  readonly #warn: (message: string) => void
  readonly #writeToken: StatementSync
  readonly #readToken: StatementSync
  readonly #makeKey: StatementSync
  readonly #readKey: StatementSync
  readonly #versionKey: Uint8Array
  #cached: { stamp: string; secrets: Record<string, unknown> } | undefined

  constructor(options: LocalSecretOptions) {
    this.#file = options.file
    this.#env = options.env
    this.#warn = options.warn ?? (() => {})
    const { db } = options
    this.#writeToken = db.prepare(
      `INSERT INTO tokens (name, version, value) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET version = excluded.version, value = excluded.value`,
    )
    this.#readToken = db.prepare('SELECT version, value FROM tokens WHERE name = ?')
    this.#makeKey = db.prepare('INSERT INTO own_keys (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING')
    this.#readKey = db.prepare('SELECT value FROM own_keys WHERE name = ?')
    this.#versionKey = this.ownKey('secret-versions')
  }

  async read(name: string, options: { fresh?: boolean } = {}): Promise<Secret | undefined> {
    const variable = variableOf(name)
    const text = this.#env[variable]
    // An empty variable is how compose files and shells say that it is not set.
    if (text !== undefined && text.trim() !== '') {
      return this.#secret(parsed(text, `the environment variable ${variable}`), `The environment variable ${variable}`)
    }
    const secrets = await this.#fromFile(options.fresh ?? false)
    if (!secrets || !Object.hasOwn(secrets, name)) return undefined
    return this.#secret(secrets[name], `"${name}" in ${this.#file}`)
  }

  async writeToken(name: string, value: Record<string, unknown>): Promise<string> {
    const version = randomUUID()
    onDatabase(`Storing the token ${name}`, () => this.#writeToken.run(name, version, JSON.stringify(value)))
    return version
  }

  async readToken(name: string, version?: string): Promise<Secret | undefined> {
    const row = onDatabase(`Reading the token ${name}`, () => this.#readToken.get(name))
    if (!row || (version !== undefined && row.version !== version)) return undefined
    return { value: JSON.parse(String(row.value)) as Record<string, unknown>, version: String(row.version) }
  }

  /** 32 random bytes under a name, made once and kept in the database: the key of hashed columns, for example. */
  ownKey(name: string): Uint8Array {
    return onDatabase(`Reading the key ${name}`, () => {
      const kept = this.#readKey.get(name)?.value
      if (kept instanceof Uint8Array) return kept
      this.#makeKey.run(name, randomBytes(32))
      // Read back: another process may have made it between the two statements.
      const made = this.#readKey.get(name)?.value
      if (made instanceof Uint8Array) return made
      throw new RelayError('store_unavailable', `The key ${name} could not be kept; check the database.`, {
        retryable: true,
      })
    })
  }

  async #fromFile(fresh: boolean): Promise<Record<string, unknown> | undefined> {
    try {
      const { mtimeMs, ctimeMs, size, ino, mode } = await stat(this.#file)
      const stamp = `${mtimeMs} ${ctimeMs} ${size} ${ino}`
      if (!fresh && this.#cached?.stamp === stamp) return this.#cached.secrets
      const value = parsed(withoutMark(await readFile(this.#file, 'utf8')), this.#file)
      if (!isObject(value)) throw invalid(`${this.#file} is not a JSON object of secrets by name`)
      if (process.platform !== 'win32' && (mode & 0o077) !== 0 && this.#cached?.stamp !== stamp) {
        this.#warn(`${this.#file} may be read by other users of this machine; run: chmod 600 ${this.#file}`)
      }
      this.#cached = { stamp, secrets: value }
      return value
    } catch (error) {
      if (isGone(error)) return undefined
      throw fileError(`Reading ${this.#file}`, error)
    }
  }

  #secret(value: unknown, where: string): Secret {
    if (!isObject(value)) throw invalid(`${where} is not a JSON object`)
    // Keyed, since versions are written into the ledger and a plain hash of a short secret could be guessed.
    const version = createHmac('sha256', this.#versionKey).update(JSON.stringify(value)).digest('hex').slice(0, 32)
    return { value: structuredClone(value), version }
  }
}

/** `cxi-relay/main` → `CXI_RELAY_SECRET_CXI_RELAY_MAIN` */
export function variableOf(name: string): string {
  return `CXI_RELAY_SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Without the cause, whose message quotes the text.
    throw invalid(`${where} is not JSON (at ${positionOfDefect(text)})`)
  }
}

function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(what: string): RelayError {
  const message = `${what.charAt(0).toUpperCase()}${what.slice(1)}; correct it, it is read again by itself.`
  return new RelayError('secret_invalid', message, { retryable: true })
}
