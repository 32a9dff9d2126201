import type { Account, Relay, Source } from '../config/types.ts'
import type { CxiApi } from '../cxi/api.ts'
import { RelayError } from '../errors.ts'
import type { Clock, Ledger, Logger, ObjectStore, ResponseBuffer } from '../ports.ts'
import type { DropRows, DropRowsOptions } from './again/drop-rows.ts'
import type { AccountGate } from './gate.ts'
import type { ImportList } from './import-list.ts'

/** What the import protocol works with; bound once by a home. */
export interface ImportDeps {
  ledger: Ledger
  objects: ObjectStore
  /** Who owns which row; undefined where nothing claims rows. */
  buffer?: ResponseBuffer | undefined
  clock: Clock
  logger: Logger
  relay: Relay
  /** Client for an account of the configuration. */
  api: (account: Account) => CxiApi
  gate: (account: Account) => AccountGate
  imports: (account: Account) => ImportList
  /** Names this process in leases. */
  holder: string
  random: () => number
  /** Key of hashed columns; undefined where no source hashes one. */
  privacyKey?: Uint8Array | undefined
  /** Gathers the rows of a cut, by which its file is known again; undefined where files aren't compared. */
  dropRows?: ((deps: ImportDeps, cut: DropRowsOptions) => Promise<DropRows>) | undefined
  /** Upper limit of a part in bytes. @default 10,000,000 */
  maxPartBytes?: number | undefined
  /** Aborted when the home stops: long readings end then, and are begun anew at the next start. */
  signal?: AbortSignal | undefined
  /** Lets an upload begin when it is its turn, in homes that work on more parts than they upload at once. */
  inTurn?: (<T>(upload: () => Promise<T>) => Promise<T>) | undefined
  /** Told which record can be worked on at once, so that nobody has to find it in the ledger first. */
  wake?: ((record: { group: string; id: string }) => void) | undefined
  /** Told as a file is read, for a progress display. */
  onProgress?: ((drop: string, state: { bytesRead: number; rows: number }) => void) | undefined
}

/**
 * The account that a record is for. Throws RelayErrors `account_missing` where the configuration lacks it now, and
 * `account_changed` where that name stands for another CXI account now; both retryable.
 */
export function accountOf(deps: ImportDeps, work: { account: string; identity: string }): Account {
  const account = deps.relay.accounts[work.account]
  if (!account) {
    throw new RelayError(
      'account_missing',
      `Work is waiting for account "${work.account}", which relay.config.ts no longer names; put it back until that work is done.`,
      { retryable: true },
    )
  }
  if (account.identity === work.identity) return account
  const advice =
    work.identity === 'sandbox'
      ? 'start with --sandbox to finish it, or undo it'
      : `let account "${work.account}" of relay.config.ts point there until that work is done`
  throw new RelayError(
    'account_changed',
    `Work is waiting for ${work.identity}, but account "${work.account}" is ${account.identity} now; ${advice}.`,
    { retryable: true },
  )
}

export function sourceOf(deps: ImportDeps, name: string): Source | undefined {
  return Object.hasOwn(deps.relay.sources, name) ? deps.relay.sources[name] : undefined
}
