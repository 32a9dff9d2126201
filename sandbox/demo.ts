/** An account of the sandbox, and who may use it. */
export interface Account {
  /** `wootric_account_id` of its responses. */
  id: number
  accountToken: string
  username: string
  password: string
  clientId: string
  clientSecret: string
}

/** The account that a newcomer uses. */
export const DEMO: Account = {
  id: 38,
  accountToken: 'NPS-DEMO',
  username: 'demo@example.com',
  password: 'demo',
  clientId: 'demo',
  clientSecret: 'demo',
}

/** Somebody else's account: what is in it can't be seen from the first. */
const OTHER: Account = {
  id: 39,
  accountToken: 'NPS-OTHER',
  username: 'other@example.com',
  password: 'other',
  clientId: 'other',
  clientSecret: 'other',
}

export const ACCOUNTS: readonly Account[] = [DEMO, OTHER]
/** The category with which an account begins that is onboarded. */
export const FIRST_CATEGORY = 9

/** The account with this id; only ids that the sandbox has kept itself come here. */
export const accountOf = (id: number): Account => ACCOUNTS.find((account) => account.id === id) ?? DEMO
