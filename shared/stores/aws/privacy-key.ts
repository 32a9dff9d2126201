import { createHash } from 'node:crypto'
import type { Relay } from '../../config/types.ts'
import { RelayError } from '../../errors.ts'
import type { SecretStore } from '../../ports.ts'

/** The key of hashed columns; undefined where no source hashes one. Throws as `homeKeyOf` does. */
export async function privacyKeyOf(relay: Relay, name: string, secrets: SecretStore): Promise<Uint8Array | undefined> {
  const hashes = Object.values(relay.sources).some(({ privacy = {} }) => Object.values(privacy).includes('hash'))
  return hashes ? homeKeyOf(name, secrets) : undefined
}

/**
 * The key that the stack made once and keeps, of columns and of rows. Throws a retryable RelayError
 * `privacy_key_missing` where the stack's secret is gone: another key would change all hashes.
 */
export async function homeKeyOf(name: string, secrets: SecretStore): Promise<Uint8Array> {
  const key = (await secrets.read(name))?.value.key
  if (typeof key === 'string' && key.length >= 32) return createHash('sha256').update(key).digest()
  throw new RelayError(
    'privacy_key_missing',
    `The secret "${name}" holds no "key" any more, and neither columns nor rows can be hashed as before without it. Restore the secret's earlier version; work goes on by itself.`,
    { retryable: true },
  )
}
