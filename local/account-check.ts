import type { Account, Relay } from '../shared/config/types.ts'
import type { CxiApi } from '../shared/cxi/api.ts'
import { messageOf } from '../shared/errors.ts'
import type { SecretStore } from '../shared/ports.ts'
import { hasCredentials } from './home-secrets.ts'

export interface AccountFinding {
  account: string
  /** Origin of its API. */
  apiUrl: string
  /** `sandbox`: no account has credentials, so that everything goes to the local sandbox. */
  state: 'works' | 'sandbox' | 'trouble'
  problems: string[]
}

/** Asks CXI, for each account that has credentials, whether they are accepted and the account is onboarded. */
export async function checkAccounts(
  relay: Relay,
  secrets: SecretStore,
  api: (account: Account) => Pick<CxiApi, 'getOnboarding'>,
): Promise<AccountFinding[]> {
  const isSandbox = !(await hasCredentials(secrets, relay))
  const findings = Object.values(relay.accounts).map(async (account): Promise<AccountFinding> => {
    const problems = isSandbox ? [] : await accountProblems(account, api)
    const state = isSandbox ? 'sandbox' : problems.length > 0 ? 'trouble' : 'works'
    return { account: account.name, apiUrl: account.apiUrl, state, problems }
  })
  return Promise.all(findings)
}

/** What CXI says against an account; it is asked for nothing that changes anything. */
export async function accountProblems(
  account: Account,
  api: (account: Account) => Pick<CxiApi, 'getOnboarding'>,
  explain: (error: unknown) => string = messageOf,
): Promise<string[]> {
  try {
    const { onboarded } = await api(account).getOnboarding()
    return onboarded
      ? []
      : ['The account is not onboarded, so CXI takes no imports; finish it with the command "onboard".']
  } catch (error) {
    return [explain(error)]
  }
}

export function* accountSentences(found: AccountFinding[]): Generator<string> {
  for (const { account, apiUrl, state, problems } of found) {
    if (state === 'works') yield `Account "${account}": ${apiUrl} accepts its credentials, and it is onboarded.`
    if (state === 'sandbox') yield `Account "${account}": no credentials yet; "start" sends to a local sandbox of CXI.`
    for (const problem of problems) yield `Account "${account}"\n  ! ${problem}`
  }
}
