import { loadRelay } from '../shared/config/load.ts'
import { withSandbox } from '../shared/config/resolve.ts'
import type { ExportEngine } from '../shared/exports/engine.ts'
import type { ImportDeps } from '../shared/imports/deps.ts'
import { freeLeases } from '../shared/imports/leases.ts'
import type { Logger } from '../shared/ports.ts'
import { isLocked, lockFolder } from '../shared/stores/sqlite/lock.ts'
import { systemClock } from '../shared/stores/system-clock.ts'
import type { StoredOptions } from './commands/stored.ts'
import { dataFolder, makeFolders } from './data-folder.ts'
import { exportWork } from './export-work.ts'
import { importDeps, openStores } from './home.ts'
import { rememberMode, sandboxOfMode } from './home-mode.ts'
import { hasCredentials } from './home-secrets.ts'
import { Runner } from './runner.ts'
import { startSteadySandbox } from './steady-sandbox.ts'

const CLOSE_WITHIN_MS = 10_000

/**
 * Gives a command what it needs for exports: beside the home that works on the data folder, or in its place, with the
 * sandbox where there are no credentials. In its place only exports are worked on, and no schedule is watched. Throws
 * what loading the configuration and opening the stores throw.
 */
export async function withExportHome<T>(
  options: StoredOptions,
  logger: Logger,
  work: (deps: ImportDeps, isRunning: boolean) => Promise<T>,
): Promise<T> {
  const data = dataFolder(options.data)
  const configured = await loadRelay(options.config)
  await using undo = new AsyncDisposableStack()
  const isRunning = isLocked(data.root)
  if (!isRunning) {
    const lock = lockFolder(data.root)
    undo.defer(() => lock.release())
  }
  const stores = openStores(data, logger)
  undo.defer(() => stores.close())
  const before = await sandboxOfMode(stores.ledger)
  if (isRunning) {
    const relay = before ? withSandbox(configured, before) : configured
    return await work(importDeps(stores, relay, logger), true)
  }
  makeFolders(data, Object.keys(configured.sources))
  await stores.objects.removeLeftovers()
  const sandbox = (await hasCredentials(stores.secrets, configured))
    ? undefined
    : await startSteadySandbox(data, before)
  if (sandbox) undo.defer(() => sandbox.close())
  await rememberMode(stores.ledger, sandbox?.url)
  const relay = sandbox ? withSandbox(configured, sandbox.url) : configured
  const stopping = new AbortController()
  let runner: Runner | undefined
  const deps = importDeps(stores, relay, logger, { signal: stopping.signal, wake: (key) => runner?.wake(key) })
  const exports = exportWork(deps, { mailFolder: data.mail, secrets: stores.secrets })
  await freeLeases(deps)
  const lanes = { ask: 1, collect: 1 }
  const engine = { ...exports.engine, laneOf: unlessScheduled(exports.engine) }
  runner = new Runner({ engine, ledger: stores.ledger, clock: systemClock, logger, lanes })
  const running = runner
  undo.defer(async () => {
    stopping.abort(new Error('cxi-relay is stopping.'))
    await exports.stop()
    await running.stop(CLOSE_WITHIN_MS)
  })
  running.start()
  exports.watchMail()
  return await work(deps, false)
}

/** A command by hand does not stand in for the home whose schedules are due. */
const unlessScheduled =
  ({ laneOf }: ExportEngine): ExportEngine['laneOf'] =>
  (record) =>
    ['export-schedule', 'recent'].includes((record.value as { kind: string }).kind) ? undefined : laneOf(record)
