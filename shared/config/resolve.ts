import { ACCOUNT_CHECKS, ALARM_CHECKS, address, checkSource, LIMIT_CHECKS } from './checks.ts'
import { mapValues, withDefaults } from './defaults.ts'
import { checkAccountNames, checkExports, checkMail, SES_CHECKS } from './export-checks.ts'
import { checkKeys, isObject, listOf, Problems } from './problems.ts'
import type { Account, Relay, RelayConfig } from './types.ts'

/** Secret and identity of the sandbox, which is an account of its own. */
export const SANDBOX_SECRET = 'cxi-relay/sandbox'
export const SANDBOX_IDENTITY = 'sandbox'

/** A configuration with its defaults. Throws ConfigError with every problem and its path. */
export function completeRelay(config: unknown, file = 'relay.config.ts'): Relay {
  check(config, file)
  return withDefaults(config as RelayConfig)
}

/** The same sources, sending to a sandbox instead of CXI. */
export function withSandbox(relay: Relay, url: string): Relay {
  const toSandbox = (account: Account): Account => ({
    ...account,
    secret: SANDBOX_SECRET,
    apiUrl: url,
    tokenUrl: `${url}/oauth/token`,
    identity: SANDBOX_IDENTITY,
  })
  return { ...relay, accounts: mapValues(relay.accounts, (_, account) => toSandbox(account)) }
}

function check(config: unknown, file: string): void {
  const problems = new Problems()
  const any = () => undefined
  const keys = {
    accounts: any,
    sources: any,
    exports: listOf(any),
    mail: any,
    ses: any,
    limits: any,
    alarms: any,
    publicUrl: address,
  }
  const top = checkKeys(problems, 'config', config, keys, ['accounts', 'sources'])
  const accounts = isObject(top?.accounts) ? Object.keys(top.accounts) : []
  for (const key of ['accounts', 'sources'] as const) {
    const named = top?.[key]
    if (named !== undefined && !isObject(named)) problems.add(key, 'must be an object, by name')
    else if (named && Object.keys(named).length === 0) problems.add(key, 'names none')
    else if (named) {
      for (const [name, value] of Object.entries(named)) {
        if (key === 'accounts') checkKeys(problems, `accounts.${name}`, value, ACCOUNT_CHECKS, ['secret'])
        else checkSource(problems, name, value, accounts)
      }
    }
  }
  if (Array.isArray(top?.exports)) checkExports(problems, top.exports, accounts)
  checkAccountNames(problems, top?.accounts)
  if (top?.mail !== undefined) checkMail(problems, top.mail)
  if (top?.ses !== undefined) checkKeys(problems, 'ses', top.ses, SES_CHECKS)
  if (top?.limits !== undefined) checkKeys(problems, 'limits', top.limits, LIMIT_CHECKS)
  if (top?.alarms !== undefined) checkKeys(problems, 'alarms', top.alarms, ALARM_CHECKS)
  problems.throwAny(file)
}
