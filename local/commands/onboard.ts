import { loadRelay } from '../../shared/config/load.ts'
import type { Account } from '../../shared/config/types.ts'
import type { CxiApi } from '../../shared/cxi/api.ts'
import type { OnboardingUpdate } from '../../shared/cxi/types.ts'
import { RelayError } from '../../shared/errors.ts'
import { dataFolder } from '../data-folder.ts'
import { importDeps, openStores } from '../home.ts'
import { Terminal } from '../terminal.ts'
import type { HomeOptions } from './opened-home.ts'

export interface OnboardOptions extends HomeOptions {
  account?: string
  category?: number
  project?: string
  importName?: string
  finish: boolean
  json: boolean
}

/**
 * Shows where an account's onboarding stands, after setting what the options say: CXI refuses everything else (424)
 * until it is finished. Throws RelayErrors `unknown_account` and `credentials_missing`, and CxiErrors.
 */
export async function onboard(options: OnboardOptions): Promise<void> {
  const relay = await loadRelay(options.config)
  const name = options.account ?? Object.keys(relay.accounts)[0] ?? ''
  const account = Object.hasOwn(relay.accounts, name) ? relay.accounts[name] : undefined
  if (!account) {
    const known = Object.keys(relay.accounts).join(', ')
    throw new RelayError('unknown_account', `"${name}" is no account of ${options.config}; it names: ${known}.`)
  }
  const { stack, ...rest } = options
  if (stack !== undefined) {
    const { withStack } = await import('../stack/home.ts')
    return withStack({ ...rest, stack }, ({ deps }) => onboardAccount(deps.api, account, options))
  }
  const logger = new Terminal({ out: process.stderr })
  const stores = openStores(dataFolder(options.data), logger)
  try {
    await onboardAccount(importDeps(stores, relay, logger).api, account, options)
  } finally {
    stores.close()
  }
}

async function onboardAccount(
  apiOf: (account: Account) => CxiApi,
  account: Account,
  options: OnboardOptions,
): Promise<void> {
  const api = apiOf(account)
  const update = updateOf(options)
  if (Object.keys(update).length > 0) await api.updateOnboarding(update)
  const state = await api.getOnboarding()
  if (options.json) console.log(JSON.stringify(state, null, 2))
  else console.log(sentence(state))
}

function updateOf({ category, project, importName, finish }: OnboardOptions): OnboardingUpdate {
  return {
    ...(category === undefined ? {} : { product_category_id: category }),
    ...(project === undefined ? {} : { project: { name: project } }),
    ...(importName === undefined ? {} : { import: { name: importName } }),
    ...(finish ? { onboarded: true } : {}),
  }
}

function sentence(state: {
  onboarded: boolean
  product_category_id?: number | null
  product_categories?: { id: number; name: string }[]
}): string {
  if (state.onboarded) return 'The account is onboarded; nothing is left to do.'
  const chosen = state.product_category_id
  const categories = (state.product_categories ?? []).map(({ id, name }) => `  ${id}  ${name}`)
  return [
    'The account is not onboarded, so CXI takes no imports yet.',
    chosen == null
      ? 'Choose its product category, then finish: onboard --category ID --finish'
      : `Its product category is ${chosen}. To finish: onboard --finish`,
    ...categories,
  ].join('\n')
}
