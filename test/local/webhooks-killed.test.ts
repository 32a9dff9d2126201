import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSandbox } from '../../sandbox/server.ts'
import { control, dumpOf, HomeFolder, type Running, until } from '../support/home.ts'

const KILLS = 6
const RESPONSES = 60
const LONGEST_LIFE_MS = 700

const env = {
  CXI_RELAY_SECRET_CXI: JSON.stringify({ grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' }),
  CXI_RELAY_SECRET_HOOK: JSON.stringify({ secret: 'hook' }),
}

describe('a home that is killed while webhooks arrive and are flushed', () => {
  let home: HomeFolder
  let sandbox: Awaited<ReturnType<typeof startSandbox>>

  beforeAll(async () => {
    sandbox = await startSandbox({})
    home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-hooks-killed-')))
    const { url } = sandbox
    await home.configure({
      accounts: { main: { secret: 'cxi', apiUrl: url, tokenUrl: `${url}/oauth/token` } },
      sources: { nps: { webhook: { provider: 'generic', secret: 'hook', settleSeconds: 0 } } },
      limits: { graceSeconds: 1, postSeconds: 10 },
    })
    const rules = ['drop-before', 'drop-after'].map((fault) => ({
      match: 'POST /v1/imports',
      probability: 0.25,
      do: fault,
    }))
    await control(url, 'PUT', 'faults', { seed: 3, rules })
  })

  afterAll(async () => {
    await home.close()
    await sandbox.close()
    await rm(home.root, { recursive: true, force: true })
  })

  /** Delivers as a survey tool does: again, until there is a 2xx. Answers whether there was one. */
  async function deliver({ url }: Running, id: number): Promise<boolean> {
    const body = JSON.stringify({
      id: `r-${id}`,
      feedback_date: '2026-11-20',
      score: id % 11,
      feedback: `number ${id}`,
    })
    try {
      return (await fetch(`${url}/webhooks/nps?token=hook`, { method: 'POST', body })).ok
    } catch {
      return false
    }
  }

  it('sends each response that it took once, and none twice', async () => {
    const open = new Set(Array.from({ length: RESPONSES }, (_, id) => id))
    for (let kill = 0; kill < KILLS; kill++) {
      const running = await home.start({ env })
      const timer = setTimeout(() => running.child.kill('SIGKILL'), 100 + Math.random() * LONGEST_LIFE_MS)
      for (const id of [...open].slice(0, RESPONSES / KILLS + 5)) if (await deliver(running, id)) open.delete(id)
      await until(() => running.child.signalCode !== null)
      clearTimeout(timer)
    }
    const last = await home.start({ env })
    for (const id of open) expect(await deliver(last, id)).toBe(true)
    await last.end('SIGTERM')
    await home.start({ env })

    const texts = async () =>
      (await dumpOf(sandbox.url)).flatMap(({ responses }) => responses.map(({ feedback }) => feedback))
    await until(async () => new Set(await texts()).size === RESPONSES, 60_000)

    expect((await texts()).sort()).toEqual(Array.from({ length: RESPONSES }, (_, id) => `number ${id}`).sort())
  }, 120_000)
})
