import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startSandbox } from '../../sandbox/server.ts'
import { TestSandbox } from '../contract/test-sandbox.ts'

let folder = ''
const closing: (() => unknown)[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxi-sandbox-'))
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await rm(folder, { recursive: true })
})

async function started(): Promise<{ cxi: TestSandbox; close: () => Promise<void> }> {
  const sandbox = await startSandbox({ file: join(folder, 'sandbox.db') })
  closing.push(sandbox.close)
  const cxi = new TestSandbox()
  cxi.url = sandbox.url
  return { cxi, close: sandbox.close }
}

describe('a sandbox with a data file', () => {
  it('goes on after a restart: tokens, records, clock, faults, what is due', async () => {
    const first = await started()
    first.cxi.token = await first.cxi.newToken()
    const upload = await first.cxi.upload('feedback_date,feedback', '2026-01-01,a lovely refund')
    await first.cxi.post('/v1/exports', {})
    await first.cxi.pass(10)
    const rules = [{ match: 'GET /v1/tags', do: 'status', status: 503, times: 2 }]
    await first.cxi.control('PUT', 'faults', { rules })
    expect((await first.cxi.get('/v1/tags')).status).toBe(503)
    await first.close()

    const { cxi } = await started()
    cxi.token = first.cxi.token

    expect((await cxi.get(`/v1/imports/${upload.json.id}`)).json.sample_analyzed).toBe(false)
    expect((await cxi.get('/v1/tags')).status).toBe(503)
    expect((await cxi.get('/v1/tags')).status).toBe(200)
    await cxi.pass(25)
    expect((await cxi.get(`/v1/imports/${upload.json.id}`)).json).toMatchObject({
      sample_analyzed: true,
      responses: [{ sentiment: 'positive', tags: [{ name: 'RETURNS' }] }],
    })
    expect((await cxi.post('/v1/exports', {})).status).toBe(409)
    await cxi.pass(30)
    expect(await cxi.mails()).toHaveLength(1)
  })

  it('forgets everything at a reset, the counters of ids too', async () => {
    const { cxi } = await started()
    await cxi.reset()
    const before = await cxi.upload('feedback_date', '2026-01-01')
    await cxi.pass(1000)

    await cxi.reset()

    expect((await cxi.get('/v1/imports')).json).toEqual([])
    expect((await cxi.control('GET', 'stats')).json).toMatchObject({ tokens_issued: 1 })
    const after = await cxi.upload('feedback_date', '2026-01-01')
    expect(after.json.id).toBe(before.json.id)
    expect(after.json.created_at).toBeLessThan(before.json.created_at + 60)
  })

  it("refuses to read another version's file", async () => {
    const { DatabaseSync } = await import('node:sqlite')
    const old = new DatabaseSync(join(folder, 'sandbox.db'))
    old.exec('CREATE TABLE imports (id INTEGER)')
    old.close()

    await expect(startSandbox({ file: join(folder, 'sandbox.db') })).rejects.toThrow('another version')
  })
})

describe('a sandbox that is killed', () => {
  const SERVER = new URL('../../sandbox/server.ts', import.meta.url).href

  async function spawned(): Promise<{ cxi: TestSandbox; child: ChildProcess }> {
    const script = join(folder, 'run.mjs')
    const data = JSON.stringify(join(folder, 'killed.db'))
    await writeFile(
      script,
      `import { startSandbox } from ${JSON.stringify(SERVER)}
       const { url } = await startSandbox({ file: ${data} })
       process.stdout.write(url)
       setInterval(() => {}, 1000)`,
    )
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script])
    closing.push(() => child.kill('SIGKILL'))
    const [url] = (await once(child.stdout, 'data')) as [Buffer]
    const cxi = new TestSandbox()
    cxi.url = url.toString()
    return { cxi, child }
  }

  it('has every import whole or not at all, and everything that it had answered', async () => {
    const first = await spawned()
    first.cxi.token = await first.cxi.newToken()
    const rows = Array.from({ length: 20_000 }, (_, row) => `${1_700_000_000 + row},text ${row}`)
    const kept = await first.cxi.upload('feedback_date,feedback', ...rows)
    const inFlight = first.cxi.upload('feedback_date,feedback', ...rows).catch(() => undefined)
    setTimeout(() => first.child.kill('SIGKILL'), 30)
    await inFlight

    const { cxi } = await spawned()
    cxi.token = first.cxi.token
    await cxi.pass(60)
    const imports = (await cxi.get('/v1/imports')).json as { id: number; response_count: number }[]

    expect(imports.map(({ id }) => id)).toContain(kept.json.id)
    for (const { response_count } of imports) expect(response_count).toBe(20_000)
    expect((await cxi.get('/v1/responses')).json.total_count).toBe(20_000 * imports.length)
  })
})
