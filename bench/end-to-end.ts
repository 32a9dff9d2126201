import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { copyFile, mkdir, stat } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { argv, cpuUsage } from 'node:process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { dataFolder, makeFolders } from '../local/data-folder.ts'
import { importDeps, openStores, type Stores } from '../local/home.ts'
import { Runner } from '../local/runner.ts'
import { completeRelay } from '../shared/config/resolve.ts'
import { createDispatcher } from '../shared/cxi/dispatcher.ts'
import type { ImportDeps } from '../shared/imports/deps.ts'
import { createImportEngine } from '../shared/imports/engine.ts'
import type { DropObject, Logger } from '../shared/ports.ts'
import { MemoryLedger } from '../shared/stores/memory/ledger.ts'
import { MemoryObjectStore } from '../shared/stores/memory/objects.ts'
import { MemorySecretStore } from '../shared/stores/memory/secrets.ts'
import { systemClock } from '../shared/stores/system-clock.ts'
import { JOBS } from './jobs.ts'
import { median, report } from './results.ts'
import { type Sink, startSink } from './sink.ts'
import { survey } from './survey.ts'

/** A4: from a dropped file to its last upload accepted, beside a program that posts the same bytes without looking. */

const BYTES = Number(argv[2] ?? 100) * 1e6
const ROUNDS = 5
const PROXY = 'proxy, without looking'
const READ_BYTES = 262_144
const KEY = 'inbox/bench/survey.csv'
const SECRET = { grant_type: 'client_credentials', client_id: 'bench', client_secret: 'bench' }
const QUIET: Logger = { info: () => {}, warn: (event) => fail(event), alarm: (event) => fail(event) }

/** Keeps parts in memory; what was dropped is the file. */
class DroppedFile extends MemoryObjectStore {
  override async *readDrop(): AsyncGenerator<Uint8Array> {
    yield* createReadStream(file, { highWaterMark: READ_BYTES })
  }
}

const folder = mkdtempSync(join(tmpdir(), 'relay-bench-'))
const file = join(folder, 'survey.csv')
const sink = await startSink()
const dispatcher = createDispatcher()
const agent = new Agent({ keepAlive: true })
const relay = completeRelay({
  accounts: { main: { secret: 'bench', apiUrl: sink.url, tokenUrl: `${sink.url}/oauth/token` } },
  sources: { bench: { columns: JOBS[0]?.options.columns, dedupe: 'drop' } },
})

try {
  await pipeline(Readable.from(survey(BYTES, 'unix')), createWriteStream(file))
  const programs: Record<string, (round: number) => Promise<number>> = {
    [PROXY]: () => proxy(sink),
    'cxi-relay, parts in memory': () => inMemory(),
    'cxi-relay, parts in a folder': (round) => inFolder(join(folder, `home-${round}`)),
  }
  const targets: Record<string, number> = { 'cxi-relay, parts in memory': 2, 'cxi-relay, parts in a folder': 2.5 }
  const times = new Map<string, number[]>()
  const cpuTimes = new Map<string, number[]>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, program] of Object.entries(programs)) {
      const before = cpuUsage()
      times.set(name, [...(times.get(name) ?? []), await program(round)])
      const { user, system } = cpuUsage(before)
      cpuTimes.set(name, [...(cpuTimes.get(name) ?? []), (user + system) / 1000])
    }
  }
  const ofProxy = (all: Map<string, number[]>) => median(all.get(PROXY) ?? [])
  const figures = [...times].map(([program, all]) => ({
    case: `A4 end to end, ${BYTES / 1e6} MB`,
    program,
    value: BYTES / 1000 / median(all),
    unit: 'MB/s',
    ratio: program === PROXY ? null : median(all) / ofProxy(times),
    target: targets[program] ?? null,
  }))
  // On a machine with other work this says more than the time that passed.
  const cpuFigures = [...cpuTimes].map(([program, all]) => ({
    case: 'A4 its CPU time',
    program,
    value: median(all),
    unit: 'ms',
    ratio: program === PROXY ? null : median(all) / ofProxy(cpuTimes),
  }))
  report([...figures, ...cpuFigures], 'times the proxy')
} finally {
  await dispatcher.destroy()
  agent.destroy()
  sink.close()
  rmSync(folder, { recursive: true })
}

/** Milliseconds until the file is posted. */
async function proxy({ url }: Sink): Promise<number> {
  const began = performance.now()
  const headers = { 'content-type': 'text/csv', 'content-length': (await stat(file)).size }
  await new Promise<void>((resolve, reject) => {
    const sent = request(`${url}/v1/imports`, { method: 'POST', headers, agent }, (response) => {
      response.resume().on('end', resolve)
    })
    pipeline(createReadStream(file, { highWaterMark: READ_BYTES }), sent).catch(reject)
  })
  return performance.now() - began
}

/** The embedded home's own stores: parts are files that last through a loss of power, the ledger is SQLite. */
async function inFolder(root: string): Promise<number> {
  const data = dataFolder(root)
  await mkdir(dirname(join(root, KEY)), { recursive: true })
  makeFolders(data, ['bench'])
  await copyFile(file, join(root, KEY))
  const stores = openStores(data, QUIET)
  const secrets = new MemorySecretStore({ bench: SECRET })
  const deps = importDeps({ ...stores, secrets }, relay, QUIET, { dispatcher })
  const drop = await stores.objects.takeDrop('bench/survey.csv')
  const took = await imported(deps, drop as DropObject)
  stores.close()
  rmSync(root, { recursive: true })
  return took
}

async function inMemory(): Promise<number> {
  const objects = new DroppedFile()
  const ledger = new MemoryLedger(systemClock)
  const stores = { ledger, objects, secrets: new MemorySecretStore({ bench: SECRET }), privacyKey: new Uint8Array(32) }
  const deps = importDeps(stores as unknown as Stores, relay, QUIET, { dispatcher })
  return imported(deps, objects.putDrop(KEY, new Uint8Array()))
}

/** Milliseconds until the last part's upload is answered. */
async function imported(home: ImportDeps, drop: DropObject): Promise<number> {
  let acceptedAt = 0
  const deps: ImportDeps = {
    ...home,
    wake: () => runner.poke(),
    api: (account) => {
      const api = home.api(account)
      const createImport: typeof api.createImport = async (upload) => {
        const created = await api.createImport(upload)
        acceptedAt = performance.now()
        return created
      }
      return { ...api, createImport }
    },
  }
  const lanes = { cut: 2, send: relay.limits.concurrency, search: 1 }
  const engine = createImportEngine(deps)
  const runner = new Runner({ engine, ledger: deps.ledger, clock: systemClock, logger: QUIET, lanes })
  const ended = new Promise<void>((resolve) => {
    const { objects } = deps
    const markDrop = objects.markDrop.bind(objects)
    objects.markDrop = async (...args) => {
      await markDrop(...args)
      resolve()
    }
  })
  const began = performance.now()
  await engine.receive(drop)
  runner.start()
  await ended
  await runner.stop(10_000)
  return acceptedAt - began
}

function fail(event: string): void {
  throw new Error(`The home says ${event}.`)
}
