import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { loadRelay } from '../shared/config/load.ts'
import { withSandbox } from '../shared/config/resolve.ts'
import type { Relay } from '../shared/config/types.ts'
import { createDispatcher } from '../shared/cxi/dispatcher.ts'
import { createImportEngine } from '../shared/imports/engine.ts'
import { freeLeases } from '../shared/imports/leases.ts'
import type { DropObject, Logger } from '../shared/ports.ts'
import { lockFolder } from '../shared/stores/sqlite/lock.ts'
import { systemClock } from '../shared/stores/system-clock.ts'
import { createWebhookEngine } from '../shared/webhooks/engine.ts'
import { atMost } from './at-most.ts'
import { type DataFolder, dataFolder, makeFolders } from './data-folder.ts'
import { exportWork } from './export-work.ts'
import { importDeps, openStores, type Stores, VERSION } from './home.ts'
import { hasMetCxi, rememberMode, sandboxOfMode } from './home-mode.ts'
import { hasCredentials } from './home-secrets.ts'
import { startHttp } from './http.ts'
import { Inbox } from './inbox.ts'
import { type Progress, watchingEnds } from './progress.ts'
import { engineOf, Runner } from './runner.ts'
import { startSteadySandbox } from './steady-sandbox.ts'
import { type WebhookFinding, webhookFindings } from './webhook-check.ts'
import { WebhookServer } from './webhook-server.ts'
import { flushRegularly } from './webhook-work.ts'

export interface HostOptions {
  data: string
  config: string
  port: number
  host: string
  /** Use the sandbox even if there are credentials. */
  sandbox: boolean
  logger: Logger
  progress?: Progress
  /** How often settled responses are looked for. @default 1,000 */
  flushEveryMs?: number
}

/** The embedded home at work. */
export interface Host {
  url: string
  /** Origin of the sandbox, where everything goes while there are no credentials. */
  sandboxUrl: string | undefined
  data: DataFolder
  relay: Relay
  /** Each webhook's address, and what is wrong with its secret. */
  webhooks: WebhookFinding[]
  /** Begins nothing new, lets uploads end for a while, frees the data folder. */
  close(): Promise<void>
}

/** Uploads that take longer are cut off; the next start looks whether they arrived. */
const CLOSE_WITHIN_MS = 8_000
const CUTS_AT_ONCE = 2
/** Parts and drops worked on for each upload: what they write is committed together, and most wait for that. */
const WORKS_PER_UPLOAD = 4
const SEARCHES_AT_ONCE = 2
const ASKS_AT_ONCE = 2
const COLLECTS_AT_ONCE = 2

/**
 * Starts the embedded home. Throws RelayErrors, all with advice: `config_missing`, `config_invalid`, `folder_locked`,
 * `port_in_use`, `port_refused`, `store_unavailable`, `disk_full`, `store_foreign`.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const data = dataFolder(options.data)
  const configured = await loadRelay(options.config)
  await using undo = new AsyncDisposableStack()
  const lock = lockFolder(data.root)
  undo.defer(() => lock.release())
  const logger = options.progress ? watchingEnds(options.logger, options.progress) : options.logger
  const stores = openStores(data, logger)
  undo.defer(() => stores.close())
  makeFolders(data, Object.keys(configured.sources))
  await stores.objects.removeLeftovers()
  const http = await startHttp({ host: options.host, port: options.port, version: VERSION })
  undo.defer(() => http.close())
  const sandbox =
    options.sandbox || !((await hasCredentials(stores.secrets, configured)) || (await hasMetCxi(stores.ledger)))
      ? await startSteadySandbox(data, await sandboxOfMode(stores.ledger))
      : undefined
  if (sandbox) undo.defer(() => sandbox.close())
  const relay = sandbox ? withSandbox(configured, sandbox.url) : configured
  await rememberMode(stores.ledger, sandbox?.url)
  const work = undo.use(await startWork(stores, relay, data, { ...options, logger }))
  http.open(work.webhooks)
  const started = undo.move()
  const { url } = http
  const webhooks = await webhookFindings(stores, relay, url)
  return { url, sandboxUrl: sandbox?.url, data, relay, webhooks, close: () => started.disposeAsync() }
}

async function startWork(
  stores: Stores,
  relay: Relay,
  data: DataFolder,
  { logger, progress, flushEveryMs }: Pick<HostOptions, 'logger' | 'progress' | 'flushEveryMs'>,
): Promise<AsyncDisposable & { webhooks: WebhookServer }> {
  const stopping = new AbortController()
  const dispatcher = createDispatcher()
  const turns = atMost(relay.limits.concurrency)
  let runner: Runner | undefined
  const deps = importDeps(stores, relay, logger, {
    dispatcher,
    signal: stopping.signal,
    wake: (key) => runner?.wake(key),
    inTurn: (upload) =>
      turns(() => {
        stopping.signal.throwIfAborted()
        return upload()
      }),
    ...(progress ? { onProgress: (drop, state) => progress.read(drop, state) } : {}),
  })
  const imports = createImportEngine(deps)
  const webhookDeps = { ...deps, buffer: stores.buffer, secrets: stores.secrets, dispatcher }
  const webhooks = createWebhookEngine(webhookDeps)
  const exports = exportWork(deps, { mailFolder: data.mail, secrets: stores.secrets })
  await freeLeases(deps)
  const taken: DropObject[] = []
  for await (const drop of stores.objects.listTaken()) taken.push(drop)
  const lanes = {
    cut: CUTS_AT_ONCE,
    send: relay.limits.concurrency * WORKS_PER_UPLOAD,
    search: SEARCHES_AT_ONCE,
    ask: ASKS_AT_ONCE,
    collect: COLLECTS_AT_ONCE,
  }
  const engines = engineOf([webhooks, imports, exports.engine])
  runner = new Runner({ engine: engines, ledger: stores.ledger, clock: systemClock, logger, lanes })
  const inbox = new Inbox({
    folder: data.inbox,
    clock: systemClock,
    logger,
    take: async (path) => {
      const bytes = await stat(join(data.inbox, path)).then(
        ({ size }) => size,
        () => 0,
      )
      const drop = await stores.objects.takeDrop(path)
      if (drop) progress?.expect(drop.key, bytes)
      return drop
    },
    receive: (drop) => imports.receive(drop),
  })
  runner.start()
  inbox.start(taken)
  const flushing = flushRegularly(webhookDeps, stopping.signal, flushEveryMs)
  await exports.start()
  return {
    webhooks: new WebhookServer(webhooks.door, systemClock),
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('cxi-relay is stopping.'))
      await inbox.stop()
      await flushing
      await exports.stop()
      await runner.stop(CLOSE_WITHIN_MS)
      await dispatcher.destroy()
    },
  }
}
