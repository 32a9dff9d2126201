import { withSandbox } from '../shared/config/resolve.ts'
import type { Relay } from '../shared/config/types.ts'
import { createDispatcher } from '../shared/cxi/dispatcher.ts'
import type { ImportDeps } from '../shared/imports/deps.ts'
import { createImportEngine } from '../shared/imports/engine.ts'
import { freeLeases, unfinished } from '../shared/imports/leases.ts'
import type { Logger } from '../shared/ports.ts'
import { lockFolder } from '../shared/stores/sqlite/lock.ts'
import { systemClock } from '../shared/stores/system-clock.ts'
import type { DataFolder } from './data-folder.ts'
import { importDeps, type Stores } from './home.ts'
import { sandboxOfMode } from './home-mode.ts'
import { engineOf, Runner } from './runner.ts'
import { startSteadySandbox } from './steady-sandbox.ts'

const LOOK_EVERY_MS = 50
/** What is due later than this must wait for something; a person is not kept. */
const SOON_MS = 5_000
const LONGEST_MS = 120_000
/** Between two steps of a drop nobody holds it and nothing of it is due. */
const IDLE_MS = 3_000
const CLOSE_WITHIN_MS = 8_000

/**
 * Works on a data folder that no home works on, as one would but for the inbox, until `isDone`; answers false where
 * what is left must wait. Throws RelayError `folder_locked` where a home was started meanwhile.
 */
export async function workAlone(
  data: DataFolder,
  stores: Stores,
  relay: Relay,
  logger: Logger,
  isDone: () => Promise<boolean>,
): Promise<boolean> {
  await using undo = new AsyncDisposableStack()
  const lock = lockFolder(data.root)
  undo.defer(() => lock.release())
  const before = await sandboxOfMode(stores.ledger)
  const sandbox = before ? await startSteadySandbox(data, before) : undefined
  if (sandbox) undo.defer(() => sandbox.close())
  const dispatcher = createDispatcher()
  undo.defer(() => dispatcher.destroy())
  const stopping = new AbortController()
  const aim = sandbox ? withSandbox(relay, sandbox.url) : relay
  const deps = importDeps(stores, aim, logger, { dispatcher, signal: stopping.signal, wake: () => runner.poke() })
  await freeLeases(deps)
  const engine = engineOf([createImportEngine(deps)])
  const lanes = { cut: 1, send: relay.limits.concurrency, search: 1 }
  const runner = new Runner({ engine, ledger: stores.ledger, clock: systemClock, logger, lanes })
  undo.defer(async () => {
    stopping.abort(new Error('The command ends.'))
    await runner.stop(CLOSE_WITHIN_MS)
  })
  runner.start()
  const endMs = systemClock.now() + LONGEST_MS
  let busyMs = systemClock.now()
  while (!(await isDone())) {
    const now = systemClock.now()
    if (await hasWork(deps, now)) busyMs = now
    if (now > endMs || now - busyMs > IDLE_MS) return false
    await systemClock.sleep(LOOK_EVERY_MS)
  }
  return true
}

/** Whether somebody works on a record, or soon could. */
async function hasWork(deps: ImportDeps, nowMs: number): Promise<boolean> {
  const open = await unfinished(deps)
  return open.some(({ value, dueAtMs }) => value.lease || (dueAtMs ?? Number.POSITIVE_INFINITY) <= nowMs + SOON_MS)
}
