import { createHmac } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { SETTINGS } from '../functions/settings.ts'
import { BUNDLING, bundleFunction } from '../infra/bundle.ts'
import { delivery } from '../test/functions/events.ts'
import { type AwsAnswer, type AwsCall, startFakeAws } from '../test/support/fake-aws.ts'
import { startFunction } from '../test/support/lambda/runtime.ts'
import { median, report } from './results.ts'

/** Cold starts: from a process's start to its first answer, each as a ratio to a peer of the same run. `node bench/cold.ts` */

const ROUNDS = 15
const SECRET = 'bench'
const LIMIT_BYTES = { 'receive-webhook': 300_000, others: 800_000 }
const ROOT = join(import.meta.dirname, '..')

interface Case {
  name: string
  event: unknown
  /** Name of the peer that does as much, and the share of its time that this may take. */
  peer?: string
  target?: number
}

const body = JSON.stringify({
  event_id: 'e1',
  event_type: 'form_response',
  form_response: {
    token: 't1',
    submitted_at: '2026-11-20T10:15:00Z',
    definition: { fields: [{ id: 'f1', title: 'What can we do better?', type: 'long_text', ref: 'r1' }] },
    answers: [{ type: 'text', text: 'An answer of some words.', field: { id: 'f1', type: 'long_text', ref: 'r1' } }],
  },
})
const webhook = {
  version: '2.0',
  rawPath: '/webhooks/nps',
  rawQueryString: '',
  headers: {
    host: 'hooks.example.com',
    'content-type': 'application/json',
    'typeform-signature': `sha256=${createHmac('sha256', SECRET).update(body).digest('base64')}`,
  },
  requestContext: { http: { method: 'POST' } },
  body,
  isBase64Encoded: false,
}
const work = delivery([JSON.stringify({ records: [{ group: 'drop#1', id: 'part#1' }] })])

const PEER = 'three SDK clients, undici, zod'
const CASES: Case[] = [
  { name: 'an empty handler', event: {} },
  { name: `${PEER}: a webhook`, event: webhook },
  { name: `${PEER}: a read`, event: work },
  { name: 'receive-webhook', event: webhook, peer: `${PEER}: a webhook`, target: 0.5 },
  ...['import-drop', 'send-part', 'request-export', 'collect-export'].map((name) => ({
    name,
    event: work,
    peer: `${PEER}: a read`,
    target: 0.8,
  })),
  ...['sweep', 'flush-responses'].map((name) => ({ name, event: {}, peer: `${PEER}: a read`, target: 0.8 })),
]

function answer({ operation, url }: AwsCall): AwsAnswer {
  if (operation === 'GetSecretValue')
    return { body: { SecretString: JSON.stringify({ secret: SECRET }), VersionId: 'v' } }
  if (operation === 'Query') return { body: { Items: [], Count: 0, ScannedCount: 0 } }
  if (operation === undefined && url.pathname !== '/') return { status: 404 }
  return { body: {} }
}

const folder = mkdtempSync(join(tmpdir(), 'relay-bench-cold-'))
const aws = await startFakeAws(answer)
try {
  const config = join(folder, 'relay.config.mjs')
  const sources = { nps: { webhook: { provider: 'typeform', secret: 'hook' } } }
  writeFileSync(config, `export default ${JSON.stringify({ accounts: { main: { secret: 'x' } }, sources })}`)
  const bootstrap = join(folder, 'bootstrap.mjs')
  const bundled = (from: string, to: string, name = 'index') =>
    buildSync({ ...BUNDLING, entryPoints: { [name]: join(ROOT, from) }, outdir: join(folder, to) })
  bundled('test/support/lambda/bootstrap.ts', '.', 'bootstrap')
  bundled('bench/cold-empty.ts', CASES[0]?.name ?? '')
  for (const { name, peer } of CASES) {
    if (peer) bundleFunction(name, join(folder, name), config)
    else if (name.startsWith(PEER)) bundled('bench/cold-peer.ts', name)
  }
  const environment = {
    ...Object.fromEntries(Object.values(SETTINGS).map((variable) => [variable, `${aws.options.endpoint}/1/x`])),
    AWS_ENDPOINT_URL: aws.options.endpoint,
    PEER_SECRET: 'hook',
    NODE_OPTIONS: '--enable-source-maps',
  }

  const firstAnswer = async ({ name, event }: Case) => {
    const before = performance.now()
    const lambda = await startFunction(join(folder, name), environment, bootstrap)
    try {
      const answered = (await lambda.invoke(event)) as { statusCode?: number; batchItemFailures?: unknown[] } | null
      const took = performance.now() - before
      if ((answered?.statusCode ?? 202) !== 202 || answered?.batchItemFailures?.length) {
        throw new Error(`${name} answered ${JSON.stringify(answered)}: ${lambda.log()}`)
      }
      return took
    } finally {
      await lambda.stop()
    }
  }

  const times = new Map(CASES.map(({ name }) => [name, [] as number[]]))
  for (let round = -1; round < ROUNDS; round++) {
    for (const one of CASES) {
      const took = await firstAnswer(one)
      // The first round warms the machine up.
      if (round >= 0) times.get(one.name)?.push(took)
    }
  }
  const medianOf = (name: string) => median(times.get(name) ?? [])
  report(
    CASES.map(({ name, peer, target }) => ({
      case: `${target === undefined ? 'C ' : target === 0.5 ? 'C1' : 'C2'} cold start, first answer`,
      program: name,
      value: medianOf(name),
      unit: 'ms',
      ratio: peer === undefined ? null : medianOf(name) / medianOf(peer),
      target: target ?? null,
    })),
  )
  report(
    CASES.filter(({ peer }) => peer).map(({ name }) => ({
      case: 'C3 size of the bundle',
      program: name,
      value: bytesOf(join(folder, name)) / 1000,
      unit: 'KB',
      ratio: null,
      target: (name === 'receive-webhook' ? LIMIT_BYTES[name] : LIMIT_BYTES.others) / 1000,
    })),
  )
} finally {
  await aws.close()
  rmSync(folder, { recursive: true })
}

function bytesOf(outdir: string): number {
  const files = readdirSync(outdir).filter((file) => file.endsWith('.mjs'))
  return files.reduce((sum, file) => sum + statSync(join(outdir, file)).size, 0)
}
