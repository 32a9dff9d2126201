import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dumpOf, HomeFolder } from '../support/home.ts'

const ROWS = 200_000
const PADDING = 'It works, and the people who answer are kind; only the invoice takes long. '.repeat(2)

function* lines(): Generator<string> {
  yield 'feedback_date,score,feedback,user_id\n'
  for (let from = 0; from < ROWS; from += 1000) {
    let text = ''
    for (let row = from; row < from + 1000; row++) text += `2026-10-01,${row % 11},"${PADDING}",user-${row}\n`
    yield text
  }
}

describe('a file of 200,000 rows and more than 10 MB', () => {
  let home: HomeFolder

  beforeAll(async () => {
    home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-large-')))
    await home.configure({ accounts: { main: { secret: 'none' } }, sources: { nps: {} } })
  })

  afterAll(async () => {
    await home.close()
    await rm(home.root, { recursive: true, force: true })
  })

  it('arrives as several imports that say which part they are, no row lost or doubled', async () => {
    const { sandboxUrl = '' } = await home.start()
    await mkdir(home.path('inbox', 'nps'), { recursive: true })
    await pipeline(Readable.from(lines()), createWriteStream(home.path('inbox', 'nps', 'large.csv.part')))
    await rename(home.path('inbox', 'nps', 'large.csv.part'), home.path('inbox', 'nps', 'large.csv'))

    const receipt = await home.receiptOf('inbox/nps/large.csv', 120_000)

    const parts = receipt.parts.length
    expect(parts).toBeGreaterThan(2)
    expect(receipt).toMatchObject({ state: 'imported', rows: { read: ROWS, imported: ROWS, set_aside: 0 } })
    const imports = await dumpOf(sandboxUrl)
    expect(imports.map(({ name }) => name).sort()).toEqual(
      Array.from({ length: parts }, (_, part) => `large.csv (${part + 1} of ${parts})`).sort(),
    )
    const users = new Set(imports.flatMap(({ responses }) => responses.map(({ user_id }) => user_id)))
    expect(users.size).toBe(ROWS)
    expect(imports.reduce((sum, { responses }) => sum + responses.length, 0)).toBe(ROWS)
  }, 150_000)
})
