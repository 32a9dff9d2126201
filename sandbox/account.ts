import { smartTagsOf } from './categories.ts'
import type { AccountContext, SandboxContext } from './context.ts'
import type { Row } from './database.ts'
import { ACCOUNTS, type Account, accountOf, FIRST_CATEGORY } from './demo.ts'
import { Refusal, refuse } from './refusal.ts'

type Holder = Pick<SandboxContext, 'db'>
type Owned = Pick<AccountContext, 'db' | 'account'>

/** Makes the accounts, onboarded unless they are to be fresh; nothing where there are some already. */
export function seed({ db }: Holder, fresh: boolean): void {
  if (db.get('SELECT 1 FROM accounts')) return
  db.transaction(() => {
    for (const account of ACCOUNTS) {
      db.run('INSERT INTO accounts (id, onboarded) VALUES (?, ?)', account.id, fresh ? 0 : 1)
      if (!fresh) chooseCategory({ db, account }, FIRST_CATEGORY)
    }
  })
}

/** What is kept of the account itself. */
export function stateOf({ db, account }: Owned): Row {
  return db.get('SELECT * FROM accounts WHERE id = ?', account.id) ?? {}
}

export const isOnboarded = (owned: Owned): boolean => stateOf(owned).onboarded === 1

/** Sets the account's category; the smart tags of an earlier choice go, the new ones come. */
export function chooseCategory({ db, account }: Owned, id: number): void {
  db.run('UPDATE accounts SET category_id = ? WHERE id = ?', id, account.id)
  db.run("DELETE FROM tags WHERE mode = 'smart' AND account = ?", account.id)
  for (const name of smartTagsOf(id)) {
    db.run("INSERT INTO tags (account, name, mode) VALUES (?, ?, 'smart')", account.id, name)
  }
}

/** The account of a token. Refuses whoever brings no valid one. */
export function accountIn(context: SandboxContext, authorization: string | undefined): Account {
  const [, token] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? []
  const row = token && context.db.get('SELECT account, expires_ms FROM tokens WHERE access = ?', token)
  if (!row) throw unauthorized(context, token ? 'The access token is invalid' : 'The access token is missing')
  if (Number(row.expires_ms) <= context.clock.now()) throw unauthorized(context, 'The access token expired')
  return accountOf(Number(row.account))
}

/** Refuses what an account that is not onboarded may not do. */
export function checkOnboarded(owned: Owned, path: string): void {
  if (path === '/v1/onboarding' || isOnboarded(owned)) return
  throw refuse(424, 'Please complete the onboarding flow first.')
}

function unauthorized({ unknowns }: SandboxContext, why: string): Refusal {
  const bodies = {
    message: { message: `${why}.` },
    oauth: { error: 'invalid_token', error_description: why },
    empty: undefined,
  }
  const header = `Bearer realm="Doorkeeper", error="invalid_token", error_description="${why}"`
  return new Refusal(401, bodies[unknowns['U-03']], { 'www-authenticate': header })
}
