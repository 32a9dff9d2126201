import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSandbox } from '../../sandbox/server.ts'
import { extent } from '../support/extent.ts'
import { control, dumpOf, HomeFolder, until } from '../support/home.ts'

const KILLS = extent(10, 100)
const FILES = extent(10, 50)
const ROWS = 40
const SHORTEST_LIFE_MS = 100
const LONGEST_LIFE_MS = 1_500
/** The source sends a file in up to three parts. */
const TIMEOUT_MS = 120_000 + KILLS * 5_000 + FILES * 3_000

const env = {
  CXI_RELAY_SECRET_CXI_RELAY_MAIN: JSON.stringify({
    grant_type: 'client_credentials',
    client_id: 'demo',
    client_secret: 'demo',
  }),
}

const contentOf = (file: number) => {
  const rows = Array.from({ length: ROWS }, (_, row) => `2026-10-01,${row % 11},file ${file} row ${row}\n`)
  return `feedback_date,score,feedback\n${rows.join('')}`
}

/** Numbers from 0 to 1, the same in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

describe('killed again and again, with connections cut before and after the work was done', () => {
  let home: HomeFolder
  let sandbox: Awaited<ReturnType<typeof startSandbox>>

  beforeAll(async () => {
    sandbox = await startSandbox({})
    home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-killed-')))
    const { url } = sandbox
    await home.configure({
      accounts: { main: { secret: 'cxi-relay/main', apiUrl: url, tokenUrl: `${url}/oauth/token` } },
      sources: { nps: { import: { source: 'Survey', tag_names: ['Q4'], projects: ['Voice'] } } },
      limits: { graceSeconds: 1, postSeconds: 3 },
    })
    const calls = ['POST /v1/imports', 'PUT /v1/imports', 'GET /v1/imports', 'POST /v1/tags', 'POST /v1/projects']
    const rules = calls.flatMap((match) => [
      { match, probability: 0.2, do: 'drop-before' },
      { match, probability: 0.25, do: 'drop-after' },
    ])
    await control(url, 'PUT', 'faults', { seed: 7, rules })
  })

  afterAll(async () => {
    await home.close()
    await sandbox.close()
    await rm(home.root, { recursive: true, force: true })
  })

  it(
    'ends with every row imported exactly once',
    async () => {
      const lives = seeded(7)
      const wanted = Array.from({ length: FILES }, (_, file) => file)
      let dropped = 0
      for (let kill = 0; kill < KILLS; kill++) {
        const { end } = await home.start({ env })
        const now = Math.ceil((FILES * (kill + 1)) / KILLS)
        for (; dropped < now; dropped++) await home.drop(`nps/${dropped}.csv`, contentOf(dropped))
        const lifeMs = SHORTEST_LIFE_MS + lives() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS)
        await new Promise((resolve) => setTimeout(resolve, lifeMs))
        await end('SIGKILL')
      }
      await home.start({ env })

      const receipts = await home.receiptsOf(FILES, TIMEOUT_MS)
      await until(async () => (await home.files('work')).length === 0)

      expect(receipts.map(({ drop, state, rows }) => [drop, state, rows.imported]).sort()).toEqual(
        wanted.map((file) => [`inbox/nps/${file}.csv`, 'imported', ROWS]).sort(),
      )
      const imports = await dumpOf(sandbox.url)
      const arrived = imports.flatMap(({ responses }) => responses.map(({ feedback }) => feedback)).sort()
      const sent = wanted.flatMap((file) => Array.from({ length: ROWS }, (_, row) => `file ${file} row ${row}`)).sort()
      expect(arrived).toEqual(sent)
      expect(new Set(imports.map(({ source }) => source))).toEqual(new Set(['Survey']))
    },
    TIMEOUT_MS + 60_000,
  )
})
