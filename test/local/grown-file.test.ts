import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { dumpOf, HomeFolder } from '../support/home.ts'

const HEADER = 'feedback_date,score,feedback,user_id\n'
const rows = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, at) => `2026-10-01 12:00:${String(at % 60).padStart(2, '0')},9,"fine, ${from + at}",user-${from + at}\n`,
  ).join('')

let home: HomeFolder

beforeEach(async () => {
  home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-grown-')))
  await home.configure({ accounts: { main: { secret: 'none' } }, sources: { nps: {} } })
})

afterEach(async () => {
  await home.close()
  await rm(home.root, { recursive: true, force: true })
})

it('a file that grew, and then was mended, sends what is new, over a restart too', async () => {
  const first = await home.open()
  await home.drop('nps/to-october.csv', `${HEADER}${rows(0, 300)}soon,9,bad date,user-x\n`)
  expect(await home.receiptOf('inbox/nps/to-october.csv')).toMatchObject({
    state: 'partial',
    rows: { read: 301, imported: 300, set_aside: 1 },
  })
  await first.close()
  const { sandboxUrl = '' } = await home.open()

  await home.drop('nps/to-november.csv', `${HEADER}${rows(0, 400)}soon,9,bad date,user-x\n`)
  const grown = await home.receiptOf('inbox/nps/to-november.csv')
  await home.drop('nps/mended.csv', `${HEADER}${rows(0, 400)}2026-10-02,9,bad date,user-x\n`)
  const mended = await home.receiptOf('inbox/nps/mended.csv')

  expect(grown).toMatchObject({
    state: 'partial',
    rows: { read: 401, imported: 100, set_aside: 1, duplicate: 300 },
    duplicate_of: expect.stringMatching(/^receipts\/nps\/to-october\.csv\./),
  })
  expect(mended).toMatchObject({
    state: 'imported',
    rows: { read: 401, imported: 1, set_aside: 0, duplicate: 400 },
    duplicate_of: expect.stringMatching(/^receipts\/nps\/to-november\.csv\./),
  })
  const users = (await dumpOf(sandboxUrl)).flatMap(({ responses }) => responses.map(({ user_id }) => user_id))
  expect(users).toHaveLength(401)
  expect(new Set(users).size).toBe(401)
}, 60_000)
