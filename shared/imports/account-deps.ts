import type { Dispatcher } from 'undici'
import { createCxiClient } from '../cxi/client.ts'
import { createTokenProvider } from '../cxi/tokens.ts'
import type { Clock, Ledger, Logger, SecretStore } from '../ports.ts'
import { accountGates, oncePer } from './account-gates.ts'
import type { ImportDeps } from './deps.ts'
import { ImportList } from './import-list.ts'

export interface AccountDepsOptions {
  secrets: SecretStore
  ledger: Ledger
  clock: Clock
  logger: Logger
  random: () => number
  dispatcher: Dispatcher
  /** Names this process in the lease of a token request. @default a random name */
  tokenHolder?: string
}

/** What the import protocol needs for each account: one client, gate and list for each, made when first asked for. */
export function accountDeps(options: AccountDepsOptions): Pick<ImportDeps, 'api' | 'gate' | 'imports'> {
  const { secrets, ledger, clock, logger, random, dispatcher, tokenHolder } = options
  const api = oncePer((account) => {
    const holder = tokenHolder === undefined ? {} : { holder: tokenHolder }
    const tokens = createTokenProvider({ account, secrets, ledger, clock, logger, dispatcher, random, ...holder })
    return createCxiClient({ apiUrl: account.apiUrl, tokens, clock, dispatcher, random })
  })
  return {
    api,
    gate: accountGates({ ledger, clock, logger, random }),
    imports: oncePer((account) => new ImportList(api(account), clock)),
  }
}
