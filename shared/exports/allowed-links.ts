import { isIP } from 'node:net'
import type { ExportDeps } from './deps.ts'
import type { ExportRequest } from './records.ts'
import { isMakersHost } from './senders.ts'

/** Where the link of an export may lead, at its first and at every further step. */
export interface AllowedLinks {
  isAllowed(url: URL): boolean
  /** Whether it may lead to this machine or network: its origin, named by address, was allowed by a person or the home. */
  isLocalAllowed(origin: string): boolean
}

/** By the account's own origins, its exports' `hosts`, and what the home allows. */
export function allowedLinks(deps: ExportDeps, { account: name }: Pick<ExportRequest, 'account'>): AllowedLinks {
  const { accounts, exports } = deps.relay
  const account = accounts[name]
  const local = new Set(deps.localOrigins ?? [])
  const [only] = Object.keys(accounts)
  const named = exports.filter((entry) => (entry.account ?? only) === name).flatMap(({ hosts = [] }) => hosts)
  const configured = new Set(named.map((host) => new URL(host).origin))
  const own = new Set(account ? [new URL(account.apiUrl).origin, new URL(account.tokenUrl).origin] : [])
  return {
    isAllowed({ protocol, origin, hostname, username, password }) {
      if (username !== '' || password !== '') return false
      if (configured.has(origin) || local.has(origin) || own.has(origin)) return true
      return protocol === 'https:' && isMakersHost(hostname)
    },
    isLocalAllowed: (origin) => local.has(origin) || (configured.has(origin) && isAddress(new URL(origin).hostname)),
  }
}

const isAddress = (hostname: string) => hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
