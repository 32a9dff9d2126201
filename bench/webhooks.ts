import { createHmac } from 'node:crypto'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { Agent, createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebhookServer } from '../local/webhook-server.ts'
import { completeRelay } from '../shared/config/resolve.ts'
import { JsonLines } from '../shared/json-lines.ts'
import type { ResponseBuffer } from '../shared/ports.ts'
import { MemoryLedger } from '../shared/stores/memory/ledger.ts'
import { MemoryObjectStore } from '../shared/stores/memory/objects.ts'
import { MemorySecretStore } from '../shared/stores/memory/secrets.ts'
import { openDatabase } from '../shared/stores/sqlite/database.ts'
import { SqliteResponseBuffer } from '../shared/stores/sqlite/responses.ts'
import { systemClock } from '../shared/stores/system-clock.ts'
import { answerOf, outcomeOf, UNAUTHENTIC } from '../shared/webhooks/answers.ts'
import { decode } from '../shared/webhooks/decode.ts'
import type { WebhookDeps } from '../shared/webhooks/deps.ts'
import { createWebhookDoor, type WebhookDoor } from '../shared/webhooks/door.ts'
import { isAuthentic } from '../shared/webhooks/verify.ts'
import { median, type Result, report } from './results.ts'

/** Figures of the webhook door, each as a ratio to a peer measured in the same run. `node bench/webhooks.ts` */

const SECRET = 'bench'
const ROUNDS = 7
/** Rounds that don't count: compiling the code, which this process's time holds too, goes on for thousands of calls. */
const WARM_UPS = 5

const eventOf = (id: number, bytes: number) => {
  const event = {
    event_id: String(id),
    event_type: 'form_response',
    form_response: {
      token: `t${id}`,
      submitted_at: '2026-11-20T10:15:00Z',
      definition: { fields: [] as object[] },
      answers: [] as object[],
    },
  }
  const { definition, answers } = event.form_response
  for (let n = 0; JSON.stringify(event).length < bytes; n++) {
    definition.fields.push({ id: `f${n}`, title: `Question number ${n}?`, type: 'short_text', ref: `ref-${n}` })
    answers.push({ type: 'text', text: `An answer of some words, ${n}.`, field: { id: `f${n}`, type: 'short_text' } })
  }
  return Buffer.from(JSON.stringify(event))
}

const signatureOf = (body: Uint8Array) => `sha256=${createHmac('sha256', SECRET).update(body).digest('base64')}`

const requestOf = (body: Uint8Array, signature = signatureOf(body)) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'typeform-signature': signature },
  path: '/webhooks/nps',
  body,
  receivedAtMs: Date.now(),
})

/** What this process has computed, in ms: unlike the time, it does not grow when others use the processor. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Microseconds of one call, the median of interleaved rounds. */
async function compare(
  runs: Record<string, () => unknown>,
  times: number,
  clock: () => number = () => performance.now(),
): Promise<Record<string, number>> {
  const found: Record<string, number[]> = {}
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const start = clock()
      for (let n = 0; n < times; n++) await run()
      const took = ((clock() - start) * 1000) / times
      if (round >= 0) found[name] = [...(found[name] ?? []), took]
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, all]) => [name, median(all)]))
}

function depsOf(buffer: ResponseBuffer): WebhookDeps {
  const relay = completeRelay({
    accounts: { main: { secret: 'x' } },
    sources: { nps: { webhook: { provider: 'typeform', secret: 'hook' } } },
  })
  return {
    relay,
    buffer,
    secrets: new MemorySecretStore({ hook: { secret: SECRET } }),
    ledger: new MemoryLedger(systemClock),
    objects: new MemoryObjectStore(systemClock),
    clock: systemClock,
    logger,
  } as unknown as WebhookDeps
}

/** Lines are made, and written nowhere: what a terminal or a pipe takes is not the door's. */
const logger = new JsonLines(() => {})

/**
 * What B1 is of a door: all that it does but to keep what it received. With a store it packs that too, which is measured
 * beside it.
 */
function withoutStore(door: WebhookDoor): Pick<WebhookDoor, 'receive' | 'maxBytes'> {
  const rules = door.rulesOf('nps')
  if (!rules) throw new Error('There is no such source.')
  const evidence = { secrets: [SECRET], publicUrl: () => '', toleranceMs: 1, body: async () => undefined }
  return {
    maxBytes: door.maxBytes,
    receive: async (source, request) => {
      if (!(await isAuthentic(rules.provider.proofs, { ...evidence, request }))) return UNAUTHENTIC
      const { responses } = rules.provider.read(await decode(request.body, request.headers['content-type'] ?? ''))
      const outcome = outcomeOf(responses.map(() => 'accepted'))
      const answer = answerOf(outcome)
      logger.info('webhook.received', { source, status: answer.status, outcome, responses: responses.length })
      return answer
    },
  }
}

const NO_STORE = { put: async () => 'accepted' } as unknown as ResponseBuffer
const OWN = 'cxi-relay'
const results: Result[] = []

for (const bytes of [2000, 20_000]) {
  const body = eventOf(1, bytes)
  const door = createWebhookDoor(depsOf(NO_STORE))
  const b1 = withoutStore(door)
  const signature = signatureOf(body)
  const { receive, whole, peer } = (await compare(
    {
      peer: () => {
        createHmac('sha256', SECRET).update(body).digest('base64')
        JSON.parse(body.toString())
      },
      receive: () => b1.receive('nps', requestOf(body, signature)),
      whole: () => door.receive('nps', requestOf(body, signature)),
    },
    bytes > 10_000 ? 500 : 3000,
    cpuMs,
  )) as { receive: number; whole: number; peer: number }
  const own = { program: OWN, unit: 'µs' }
  results.push(
    { case: `B1 ${bytes} bytes received`, ...own, value: receive, ratio: receive / peer, target: 1.6 },
    { case: `B1 ${bytes} bytes received`, ...own, program: 'HMAC + JSON.parse', value: peer, ratio: null },
    { case: `B1 ${bytes} bytes, packed for the store`, ...own, value: whole, ratio: null },
  )
}

let served = 0
const serverOf = (door: Pick<WebhookDoor, 'receive' | 'maxBytes'>) => {
  const server = new WebhookServer(door, { ...systemClock, now: () => served++ * 10 })
  return createServer((request, response) => void server.handle(request, response))
}
const packing = serverOf(createWebhookDoor(depsOf(NO_STORE)))
const ours = serverOf(withoutStore(createWebhookDoor(depsOf(NO_STORE))))
const raw = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    createHmac('sha256', SECRET).update(body).digest('base64')
    JSON.parse(body.toString())
    response.writeHead(202, { 'content-type': 'application/json' })
    response.end('{"status":"accepted"}')
  })
})

/** Requests in a second of processor time. */
async function perSecond(target: ReturnType<typeof createServer>): Promise<number> {
  if (!target.listening) await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
  const { port } = target.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const body = eventOf(1, 2000)
  const headers = { 'typeform-signature': signatureOf(body), 'content-length': body.length }
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const sent = httpRequest({ port, method: 'POST', path: '/webhooks/nps', headers, agent }, (response) => {
        if (response.statusCode !== 202) return reject(new Error(`Answered ${response.statusCode}.`))
        response.resume().on('end', resolve)
      })
      sent.on('error', reject).end(body)
    })
  const start = cpuMs()
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      for (let n = 0; n < 60; n++) await one()
    }),
  )
  agent.destroy()
  return (32 * 60 * 1000) / (cpuMs() - start)
}

const rates: { ours: number[]; raw: number[]; packing: number[] } = { ours: [], raw: [], packing: [] }
for (let round = 0; round < ROUNDS; round++) {
  rates.raw.push(await perSecond(raw))
  rates.ours.push(await perSecond(ours))
  rates.packing.push(await perSecond(packing))
}
for (const one of [ours, raw, packing]) one.close()
const [rawRate, ownRate, packingRate] = [rates.raw, rates.ours, rates.packing].map(median) as [number, number, number]
const serving = (program: string, perSecond: number) => ({
  case: 'B2 HTTP server',
  program,
  value: 1e6 / perSecond,
  unit: 'µs a request, client included',
})
results.push(
  // The target is of requests per second.
  { ...serving(OWN, ownRate), ratio: rawRate / ownRate, target: 1 / 0.9 },
  { ...serving('node:http, HMAC, JSON.parse', rawRate), ratio: null },
  { ...serving(OWN, packingRate), case: 'B2 HTTP server, packed for the store', ratio: rawRate / packingRate },
)

const folder = mkdtempSync(join(tmpdir(), 'relay-bench-'))
const db = openDatabase(join(folder, 'relay.db'))
const buffer = new SqliteResponseBuffer(db, systemClock)
const file = openSync(join(folder, 'sync'), 'w')
const block = Buffer.alloc(4096)
let id = 0
const put = () => {
  const content = { content: block.subarray(0, 900), bytes: 2048, hash: 'x', order: null, settledAtMs: 1 }
  return buffer.put({ identity: 'main', source: 'nps' }, `r${++id}`, content, () => 'duplicate')
}
const durable = (await compare(
  {
    sync: () => {
      writeSync(file, block, 0, block.length, 0)
      fdatasyncSync(file)
    },
    lone: put,
    together: () => Promise.all(Array.from({ length: 64 }, put)),
  },
  60,
)) as { sync: number; lone: number; together: number }
closeSync(file)
db.close()
rmSync(folder, { recursive: true })
const durably = { program: OWN, unit: 'µs a request' }
results.push(
  { case: 'B3 durable, alone', ...durably, value: durable.lone, ratio: durable.lone / durable.sync, target: 1.5 },
  { case: 'B3 durable, alone', ...durably, program: 'fdatasync', value: durable.sync, ratio: null },
  { case: 'B3 durable, 64 at once', ...durably, value: durable.together / 64, ratio: null, target: 30 },
)
report(results)
