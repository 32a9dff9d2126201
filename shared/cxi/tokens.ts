import { randomUUID } from 'node:crypto'
import type { Dispatcher } from 'undici'
import type { Account } from '../config/types.ts'
import type { Clock, Ledger, Logger, SecretStore } from '../ports.ts'
import { createDispatcher } from './dispatcher.ts'
import { CxiError } from './errors.ts'
import { type HeldToken, TokenSource } from './token-source.ts'

/** Access tokens for one account. */
export interface TokenProvider {
  /** A token that should work. Throws CxiError, always `not_sent`, and what the stores throw. */
  get(): Promise<string>
  /** Says that the API refused this token; a newer one is not touched. */
  invalidate(token: string): Promise<void>
}

export interface TokenProviderOptions {
  account: Account
  secrets: SecretStore
  ledger: Ledger
  clock: Clock
  logger: Logger
  random?: () => number
  /** Connections. @default a new dispatcher */
  dispatcher?: Dispatcher
  /** Names this process in the lease. @default a random name */
  holder?: string
}

/** How long a held token is used without looking whether the account's secret has changed. */
const TRUSTED_MS = 300_000

/**
 * Tokens of one account: held in memory, shared with all processes through the secret store, and asked for by one of
 * them at a time. Make one for each account and process.
 */
export function createTokenProvider(options: TokenProviderOptions): TokenProvider {
  const { clock } = options
  const source = new TokenSource({
    ...options,
    random: options.random ?? Math.random,
    dispatcher: options.dispatcher ?? createDispatcher(),
    holder: options.holder ?? randomUUID(),
  })
  let held: HeldToken | undefined
  let lookedMs = 0
  /** Version of the last token that the API refused. */
  let refused: string | undefined
  let pending: Promise<HeldToken> | undefined

  async function load(): Promise<HeldToken> {
    const loaded = await source.load(held, refused)
    // Refused while it was being looked for: of no use to anybody.
    if (loaded.version === refused) return load()
    held = loaded
    lookedMs = clock.now()
    return loaded
  }

  /** One look for all who ask meanwhile; forgotten when it ends, well or badly. */
  function shared(): Promise<HeldToken> {
    pending ??= load().finally(() => {
      pending = undefined
    })
    return pending
  }

  return {
    async get() {
      const nowMs = clock.now()
      const usable = held
      if (usable && nowMs < usable.refreshMs && nowMs - lookedMs < TRUSTED_MS) return usable.accessToken
      try {
        return (await shared()).accessToken
      } catch (error) {
        // Our own stores are out of order: the token is good all the same.
        if (error instanceof CxiError || !usable || usable !== held || nowMs >= usable.expiresMs) throw error
        return usable.accessToken
      }
    },

    async invalidate(token) {
      const known = held
      if (known?.accessToken !== token) return
      held = undefined
      refused = known.version
      await source.forget(known)
    },
  }
}
