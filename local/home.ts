import { readFileSync } from 'node:fs'
import type { Dispatcher } from 'undici'
import type { Relay } from '../shared/config/types.ts'
import { createDispatcher } from '../shared/cxi/dispatcher.ts'
import { accountDeps } from '../shared/imports/account-deps.ts'
import { DropRows } from '../shared/imports/again/drop-rows.ts'
import type { ImportDeps } from '../shared/imports/deps.ts'
import type { Logger, SecretStore } from '../shared/ports.ts'
import { openDatabase } from '../shared/stores/sqlite/database.ts'
import { FolderStore } from '../shared/stores/sqlite/folder-objects.ts'
import { SqliteLedger } from '../shared/stores/sqlite/ledger.ts'
import { SqliteResponseBuffer } from '../shared/stores/sqlite/responses.ts'
import { LocalSecretStore } from '../shared/stores/sqlite/secrets.ts'
import { systemClock } from '../shared/stores/system-clock.ts'
import type { DataFolder } from './data-folder.ts'
import { HomeSecrets } from './home-secrets.ts'

/** The stores of a data folder; several processes may have them open, one of them works. */
export interface Stores {
  ledger: SqliteLedger
  objects: FolderStore
  buffer: SqliteResponseBuffer
  secrets: SecretStore
  privacyKey: Uint8Array
  close(): void
}

export const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version

/** A constant, so that the home frees at its start what it held when it was killed. */
const HOLDER = 'embedded'

export function openStores(data: DataFolder, logger: Logger): Stores {
  const db = openDatabase(data.database)
  const local = new LocalSecretStore({
    file: data.secrets,
    env: process.env,
    db,
    warn: (message) => logger.warn('secrets.readable', { message }),
  })
  return {
    ledger: new SqliteLedger(db, systemClock),
    objects: new FolderStore(data.root, db, systemClock, (drop) => logger.alarm('drop.changed', changed(drop.key))),
    buffer: new SqliteResponseBuffer(db, systemClock),
    secrets: new HomeSecrets(local),
    privacyKey: local.ownKey('privacy'),
    close: () => db.close(),
  }
}

const changed = (drop: string) => ({
  drop,
  message: `${drop} was written to after it had been read; what came later is not in CXI. Drop the whole file again: only its new rows are sent.`,
})

/** The import protocol's view of the stores; one client, gate and list for each account. */
export function importDeps(
  stores: Stores,
  relay: Relay,
  logger: Logger,
  more: Pick<ImportDeps, 'signal' | 'wake' | 'onProgress' | 'inTurn'> & { dispatcher?: Dispatcher } = {},
): ImportDeps {
  const { ledger, objects, buffer, secrets, privacyKey } = stores
  const { dispatcher = createDispatcher(), ...hooks } = more
  const random = Math.random
  const clock = systemClock
  // Only the process that works may take over its dead predecessor's lease.
  const tokenHolder = hooks.signal ? { tokenHolder: HOLDER } : {}
  const perAccount = accountDeps({ secrets, ledger, clock, logger, random, dispatcher, ...tokenHolder })
  const dropRows: ImportDeps['dropRows'] = async (deps, cut) => new DropRows(deps, privacyKey, cut)
  const own = { holder: HOLDER, random, privacyKey, dropRows }
  return { ledger, objects, buffer, clock, logger, relay, ...perAccount, ...own, ...hooks }
}
