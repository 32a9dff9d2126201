import type { Account, AccountConfig, Relay, RelayConfig, Source, SourceConfig } from './types.ts'

const API_URL = 'https://cxi-api.wootric.com'
const TOKEN_URL = 'https://api.wootric.com/oauth/token'
const LIMITS = { graceSeconds: 120, postSeconds: 300, leaseSeconds: 60, concurrency: 4 }

/** A configuration that was checked before, with its defaults. */
export function withDefaults(config: RelayConfig): Relay {
  const { accounts, sources, exports = [], mail, ses, limits, alarms, publicUrl } = config
  const [onlyAccount = ''] = Object.keys(accounts)
  return {
    accounts: mapValues(accounts, accountOf),
    sources: mapValues(sources, (name, source) => sourceOf(name, source, onlyAccount)),
    exports,
    mail,
    ses,
    limits: { ...LIMITS, ...limits },
    alarms,
    publicUrl: publicUrl ?? null,
  }
}

function accountOf(name: string, config: AccountConfig): Account {
  const apiUrl = new URL(config.apiUrl ?? API_URL).origin
  const { secret, mailTo, tokenUrl = TOKEN_URL } = config
  return { name, secret, ...(mailTo === undefined ? {} : { mailTo }), apiUrl, tokenUrl, identity: `${name}@${apiUrl}` }
}

function sourceOf(name: string, config: SourceConfig, onlyAccount: string): Source {
  return {
    ...config,
    name,
    account: config.account ?? onlyAccount,
    import: config.import ?? {},
    rows: config.rows ?? 'set-aside',
    dedupe: config.dedupe ?? (config.webhook ? 'rows' : 'drop'),
    reserved: config.reserved ?? 'rename',
  }
}

export function mapValues<V, R>(values: Record<string, V>, map: (name: string, value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(name, value)]))
}
