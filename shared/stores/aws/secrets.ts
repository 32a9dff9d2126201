import { randomUUID } from 'node:crypto'
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { RelayError } from '../../errors.ts'
import type { Clock, Secret, SecretStore } from '../../ports.ts'
import { nameOf, onAws } from './aws-errors.ts'

/** How long a secret is used without being read again, and how long one that is missing is believed to be. */
const CACHED_MS = 300_000
const MISSING_MS = 60_000

interface Stored {
  text: string
  version: string
}

/**
 * Secrets and tokens in Secrets Manager: what a person stored is kept in memory for five minutes, and asked for once
 * however many wait for it.
 */
export class SecretsManagerStore implements SecretStore {
  readonly #client: SecretsManagerClient
  readonly #clock: Clock
  readonly #cached = new Map<string, { stored: Stored | undefined; untilMs: number }>()
  readonly #pending = new Map<string, Promise<Stored | undefined>>()

  constructor(client: SecretsManagerClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  async read(name: string, options: { fresh?: boolean } = {}): Promise<Secret | undefined> {
    const cached = this.#cached.get(name)
    const isGood = cached && cached.untilMs > this.#clock.now() && !options.fresh
    // A fresh reading must not join one that began before.
    const reading = () => (options.fresh ? this.#readAnew(name) : this.#readOnce(name))
    const stored = isGood ? cached.stored : await reading()
    return stored && secretOf(name, stored)
  }

  async writeToken(name: string, value: Record<string, unknown>): Promise<string> {
    const SecretString = JSON.stringify(value)
    const ClientRequestToken = randomUUID()
    return onAws(`Storing the token ${name}`, async () => {
      try {
        const input = { SecretId: name, SecretString, ClientRequestToken }
        const { VersionId } = await this.#client.send(new PutSecretValueCommand(input))
        return VersionId ?? ClientRequestToken
      } catch (error) {
        if (nameOf(error) !== 'ResourceNotFoundException') throw error
        // The stack makes this secret; only where somebody deleted it, or works without a stack, it is made here.
        const input = { Name: name, SecretString, ClientRequestToken, Description: DESCRIPTION }
        const { VersionId } = await this.#client.send(new CreateSecretCommand(input))
        return VersionId ?? ClientRequestToken
      }
    })
  }

  async readToken(name: string, version?: string): Promise<Secret | undefined> {
    const stored = await this.#get(name, version)
    return stored && secretOf(name, stored)
  }

  /** One reading for all who ask meanwhile; forgotten when it ends, well or badly. */
  #readOnce(name: string): Promise<Stored | undefined> {
    const pending = this.#pending.get(name) ?? this.#readAnew(name)
    this.#pending.set(name, pending)
    return pending
  }

  async #readAnew(name: string): Promise<Stored | undefined> {
    try {
      const stored = await this.#get(name)
      const untilMs = this.#clock.now() + (stored ? CACHED_MS : MISSING_MS)
      this.#cached.set(name, { stored, untilMs })
      return stored
    } finally {
      this.#pending.delete(name)
    }
  }

  async #get(name: string, version?: string): Promise<Stored | undefined> {
    return onAws(`Reading the secret ${name}`, async () => {
      try {
        const input = { SecretId: name, ...(version === undefined ? {} : { VersionId: version }) }
        const { SecretString, VersionId } = await this.#client.send(new GetSecretValueCommand(input))
        // A secret that nobody has put a value into is as good as none.
        return SecretString ? { text: SecretString, version: VersionId ?? '' } : undefined
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    })
  }
}

const DESCRIPTION = 'The current CXI access token, written by cxi-relay itself; nobody needs to change it.'

/** Not there, without a value yet, or deleted and only kept for its recovery window. */
function isMissing(error: unknown): boolean {
  const name = nameOf(error)
  return name === 'ResourceNotFoundException' || name === 'InvalidRequestException'
}

function secretOf(name: string, { text, version }: Stored): Secret {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    // Without the cause, whose message quotes the text.
    throw new RelayError(
      'secret_invalid',
      `The secret "${name}" in Secrets Manager is not a JSON object; store one in its place, it is read again by itself.`,
      { retryable: true },
    )
  }
  return { value: value as Record<string, unknown>, version }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
