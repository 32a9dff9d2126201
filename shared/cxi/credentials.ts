import type { SecretStore } from '../ports.ts'
import { CxiError } from './errors.ts'

/** What the OAuth grants ask for; the fields go into the request as they are spelled here. */
export type Credentials =
  | { grant_type: 'client_credentials'; client_id: string; client_secret: string }
  | { grant_type: 'password'; username: string; password: string; account_token?: string }

export interface VersionedCredentials {
  credentials: Credentials
  /** Changes when the secret does. */
  version: string
}

const FIELDS = {
  client_credentials: ['client_id', 'client_secret'],
  password: ['username', 'password'],
} as const

/**
 * Reads an account's credentials; `fresh` passes by the store's cache. Throws CxiError `credentials_missing` or
 * `credentials_invalid`, and what the store throws.
 */
export async function readCredentials(
  secrets: SecretStore,
  account: { name: string; secret: string },
  fresh: boolean,
): Promise<VersionedCredentials> {
  const secret = await secrets.read(account.secret, { fresh })
  if (!secret) throw missing(account)
  return { credentials: credentialsOf(secret.value, account), version: secret.version }
}

function credentialsOf(value: Record<string, unknown>, account: { name: string; secret: string }): Credentials {
  const grant = value.grant_type ?? guessedGrant(value)
  if (grant !== 'client_credentials' && grant !== 'password') {
    throw invalid(account, 'its "grant_type" must be "client_credentials" or "password"')
  }
  const lacking = FIELDS[grant].filter((field) => !isFilled(value[field]))
  if (lacking.length > 0) {
    throw invalid(account, `for "${grant}" it also needs ${lacking.map((field) => `"${field}"`).join(' and ')}`)
  }
  if (grant === 'client_credentials') {
    return { grant_type: grant, client_id: String(value.client_id), client_secret: String(value.client_secret) }
  }
  const credentials: Credentials = {
    grant_type: grant,
    username: String(value.username),
    password: String(value.password),
  }
  return isFilled(value.account_token) ? { ...credentials, account_token: String(value.account_token) } : credentials
}

function guessedGrant(value: Record<string, unknown>): keyof typeof FIELDS | undefined {
  if (value.client_id !== undefined) return 'client_credentials'
  return value.username === undefined ? undefined : 'password'
}

function isFilled(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number'
}

function missing({ name, secret }: { name: string; secret: string }): CxiError {
  const variable = `CXI_RELAY_SECRET_${secret.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`
  const message = `Account "${name}" has no credentials: there is no secret "${secret}". Put it under this name into secrets.json of the data folder, into the environment variable ${variable}, or (on AWS) into Secrets Manager, as a JSON object with "grant_type": "client_credentials", "client_id" and "client_secret", or "grant_type": "password", "username" and "password".`
  return new CxiError('credentials_missing', message, { outcome: 'not_sent', retryable: true })
}

function invalid({ name, secret }: { name: string; secret: string }, what: string): CxiError {
  const message = `Account "${name}": the secret "${secret}" is not complete: ${what}. Mend it where it is kept; nothing has to be restarted.`
  return new CxiError('credentials_invalid', message, { outcome: 'not_sent', retryable: true })
}
