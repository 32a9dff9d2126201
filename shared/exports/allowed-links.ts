import type { ExportDeps } from './deps.ts'
import type { ExportRequest } from './records.ts'

/** Where the link of an export may lead, at its first and at every further step. */
export interface AllowedLinks {
  isAllowed(url: URL): boolean
  /** Whether it may lead to this machine or a private network: only where the account's API itself is served from. */
  isLocalAllowed(origin: string): boolean
}

/** By the origin of the account's API and its exports' `hosts`; whole origins. */
export function allowedLinks(
  { relay }: Pick<ExportDeps, 'relay'>,
  { account: name }: Pick<ExportRequest, 'account'>,
): AllowedLinks {
  const { accounts, exports } = relay
  const [only] = Object.keys(accounts)
  const account = accounts[name]
  const own = account ? new URL(account.apiUrl).origin : undefined
  const named = exports.filter((entry) => (entry.account ?? only) === name).flatMap(({ hosts = [] }) => hosts)
  const allowed = new Set([...(own === undefined ? [] : [own]), ...named.map((host) => new URL(host).origin)])
  return {
    isAllowed: ({ origin, username, password }) => username === '' && password === '' && allowed.has(origin),
    isLocalAllowed: (origin) => origin === own,
  }
}
