import { existsSync } from 'node:fs'
import { loadRelay } from '../../shared/config/load.ts'
import { RelayError } from '../../shared/errors.ts'
import { isLocked } from '../../shared/stores/sqlite/lock.ts'
import { dataFolder } from '../data-folder.ts'
import { importDeps, openStores } from '../home.ts'
import { Terminal } from '../terminal.ts'
import { workAlone } from '../work-alone.ts'
import type { OpenedHome } from './opened-home.ts'

export interface StoredOptions {
  data: string
  config: string
}

/**
 * Looks into a data folder beside the home that may be working on it. Throws RelayError `data_missing` where there is
 * none, and what loading the configuration and opening the stores throw.
 */
export async function withStored<T>(options: StoredOptions, work: (home: OpenedHome) => Promise<T>): Promise<T> {
  const data = dataFolder(options.data)
  const relay = await loadRelay(options.config)
  if (!existsSync(data.database)) {
    throw new RelayError(
      'data_missing',
      `${data.root} is no data folder of cxi-relay; name the one that "start" uses with --data.`,
    )
  }
  const logger = new Terminal({ out: process.stderr })
  const stores = openStores(data, logger)
  const { buffer, secrets } = stores
  const isRunning = isLocked(data.root)
  try {
    const deps = importDeps(stores, relay, logger)
    return await work({
      deps,
      secrets,
      isRunning,
      about: `cxi-relay is ${isRunning ? '' : 'not '}running on this folder.`,
      whenDone: isRunning ? '' : ' cxi-relay is not running on this folder: what is left happens at the next start.',
      finish: async (isDone) => !isRunning && workAlone(data, stores, relay, logger, isDone),
      isTimedByService: false,
      webhookDeps: async () => ({ ...deps, buffer, secrets }),
    })
  } finally {
    stores.close()
  }
}
