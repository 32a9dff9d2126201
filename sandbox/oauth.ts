import { randomBytes } from 'node:crypto'
import type { Answer } from './answer.ts'
import type { SandboxContext } from './context.ts'
import { ACCOUNTS, type Account, accountOf } from './demo.ts'
import { textOf } from './parameters.ts'
import { Refusal } from './refusal.ts'
import type { Call } from './request.ts'

const LIFETIME_SECONDS = 7200
const SECRET_FIELDS = ['username', 'password', 'client_id', 'client_secret', 'refresh_token']
const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' }

const DESCRIPTIONS = {
  invalid_grant:
    'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
  invalid_client:
    'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
  unsupported_grant_type: 'The authorization grant type is not supported by the authorization server.',
} as const

/** `POST /oauth/token`: both documented grants, and the refresh grant of the main application's documentation. */
export function issueToken(context: SandboxContext, call: Call): Answer {
  for (const name of SECRET_FIELDS) {
    if (name in call.query)
      throw invalidRequest(`Send ${name} in the body, never in the address: addresses are logged.`)
  }
  const grant = required(call, 'grant_type')
  if (grant === 'client_credentials') return clientToken(context, call)
  if (grant === 'password') return passwordToken(context, call)
  if (grant === 'refresh_token') return refreshedToken(context, call)
  throw refusal(400, 'unsupported_grant_type')
}

function clientToken(context: SandboxContext, call: Call): Answer {
  const id = required(call, 'client_id')
  const secret = required(call, 'client_secret')
  const account = ACCOUNTS.find(({ clientId, clientSecret }) => clientId === id && clientSecret === secret)
  if (!account) throw refusal(401, 'invalid_client')
  return issue(context, chosen(call, account), false)
}

function passwordToken(context: SandboxContext, call: Call): Answer {
  const name = required(call, 'username')
  const password = required(call, 'password')
  const account = ACCOUNTS.find((one) => one.username === name && one.password === password)
  if (!account) throw refusal(400, 'invalid_grant')
  return issue(context, chosen(call, account), true)
}

/** `account_token` chooses among the accounts of a user; each user of the sandbox has one. */
function chosen(call: Call, account: Account): Account {
  const token = textOf(call.fields, 'account_token')
  if (token === undefined || token === account.accountToken) return account
  throw new Refusal(404, { error: 'Not found', status: 404 })
}

/** A refresh token works once: its answer brings the next one. */
function refreshedToken(context: SandboxContext, call: Call): Answer {
  const token = required(call, 'refresh_token')
  const row = context.db.get('DELETE FROM tokens WHERE refresh = ? RETURNING account', token)
  if (!row) throw refusal(400, 'invalid_grant')
  return issue(context, accountOf(Number(row.account)), true)
}

function issue({ db, clock, stats }: SandboxContext, account: Account, refreshable: boolean): Answer {
  const access = randomBytes(32).toString('hex')
  const refresh = refreshable ? randomBytes(32).toString('hex') : null
  const endMs = clock.now() + LIFETIME_SECONDS * 1000
  db.run(
    'INSERT INTO tokens (access, refresh, account, expires_ms) VALUES (?, ?, ?, ?)',
    access,
    refresh,
    account.id,
    endMs,
  )
  stats.tokensIssued += 1
  const json = {
    access_token: access,
    token_type: 'bearer',
    expires_in: LIFETIME_SECONDS,
    ...(refresh === null ? {} : { refresh_token: refresh }),
    scope: 'public',
  }
  return { status: 200, json, headers: NO_STORE }
}

function required(call: Call, name: string): string {
  const value = textOf(call.fields, name)
  if (value === undefined || value === '') throw invalidRequest(`Missing required parameter: ${name}.`)
  return value
}

const invalidRequest = (description: string) =>
  new Refusal(400, { error: 'invalid_request', error_description: description }, NO_STORE)

function refusal(status: number, error: keyof typeof DESCRIPTIONS): Refusal {
  const description = DESCRIPTIONS[error]
  const header = `Bearer realm="Doorkeeper", error="${error}", error_description="${description}"`
  return new Refusal(status, { error, error_description: description }, { ...NO_STORE, 'www-authenticate': header })
}
