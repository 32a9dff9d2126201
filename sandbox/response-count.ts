import type { AccountContext } from './context.ts'

/** How many responses an account has. Its imports know: to count a million rows takes too long for a list. */
export function countResponses({ db, account }: Pick<AccountContext, 'db' | 'account'>): number {
  return Number(db.get('SELECT sum(responses) AS n FROM imports WHERE account = ?', account.id)?.n ?? 0)
}
