import { describe, expect, it } from 'vitest'
import { identify } from '../../../shared/imports/status.ts'
import { startUndo } from '../../../shared/imports/undo.ts'
import { csvOf, relayOf, source, World } from '../../support/world.ts'

const BAD = `${csvOf(2)}never,9,x\n`

describe('a receipt', () => {
  it('has every key, whatever the end', async () => {
    const world = new World()
    const process = world.process()
    await world.drop(process, 'inbox/nps/good.csv', csvOf(3))
    await world.drop(process, 'inbox/nps/empty.csv', '')
    await world.drop(process, 'inbox/lone.csv', csvOf(3))
    await world.pass(process, 600)
    await world.drop(process, 'inbox/nps/again.csv', csvOf(3))
    await world.pass(process, 600)

    const receipts = await world.receipts()

    expect(receipts.map(({ drop, state }) => [drop, state])).toEqual(
      expect.arrayContaining([
        ['inbox/nps/good.csv', 'imported'],
        ['inbox/nps/empty.csv', 'rejected'],
        ['inbox/lone.csv', 'rejected'],
        ['inbox/nps/again.csv', 'duplicate'],
      ]),
    )
    for (const receipt of receipts) {
      expect(Object.keys(receipt)).toEqual(expect.arrayContaining([...KEYS]))
      expect(Object.keys(receipt.rows)).toEqual(ROWS)
      expect(Object.keys(receipt.import ?? IMPORT)).toEqual(Object.keys(IMPORT))
      for (const part of receipt.parts) {
        expect(part).toMatchObject({ part: 1, import_id: expect.any(Number), rows: 3, bytes: expect.any(Number) })
      }
    }
    const lone = receipts.find(({ drop }) => drop === 'inbox/lone.csv')
    expect(lone).toMatchObject({ id: null, error: { code: 'unknown_source' } })
    expect((await world.keys('receipts/unknown/')).length).toBe(1)
  })

  it('bears the time when the file was first seen, and four digits of the object', async () => {
    const world = new World()
    const process = world.process()
    await world.drop(process, 'inbox/nps/2026/oct.csv', BAD)

    await world.pass(process, 600)

    const [key] = await world.keys('receipts/')
    expect(key).toMatch(/^receipts\/nps\/2026\/oct\.csv\.20261124T060000\d{3}Z-[0-9a-f]{4}\.json$/)
    expect(await world.keys('rejected/')).toEqual([key?.replace('receipts', 'rejected').replace('.json', '.csv')])
  })

  it('names the drop that its file was read as, though nothing of it was sent', async () => {
    const world = new World(relayOf([source('nps', { rows: 'all-or-nothing' })]))
    const process = world.process()
    await world.drop(process, 'inbox/nps/a.csv', BAD)
    await world.pass(process, 600)
    await world.drop(process, 'inbox/nps/b.csv', BAD)
    await world.pass(process, 600)

    const [first, second] = await world.receipts()

    expect(first).toMatchObject({ state: 'rejected', error: { code: 'rows_not_valid' }, id: expect.any(String) })
    expect(second?.id).toBe(first?.id)
  })

  it('says what was done with scores below zero and with characters that are no text', async () => {
    const world = new World()
    const process = world.process()
    const csv = 'feedback_date,score,feedback\n1790000000,-99,a\n1790000001,-1,b\0c\n'
    await world.drop(process, 'inbox/nps/oct.csv', csv)

    await world.pass(process, 600)

    const receipt = await world.receipt()
    expect(receipt).toMatchObject({ state: 'imported', rows: { imported: 2, blank_scores: 2, cleaned: 1 } })
    expect(receipt.notes).toEqual([
      expect.stringMatching(/^2 rows were sent without a score: "score"/),
      expect.stringMatching(/^1 row was sent without characters/),
    ])
    await startUndo(process.deps, receipt.id ?? '')
    await world.pass(process, 600)
    expect(await world.receipt()).toMatchObject({ state: 'undone', rows: { blank_scores: 0, cleaned: 0 }, notes: [] })
  })
})

describe('names of files', () => {
  const long = `${'n'.repeat(234)}`
  const keys = [
    `inbox/nps/${'n'.repeat(240)}.csv`,
    `inbox/nps/${'ü'.repeat(118)}.csv`,
    `inbox/nps/${long}a.csv`,
    `inbox/nps/${long}b.csv`,
    'inbox/nps/jan/data.csv',
    'inbox/nps/feb/data.csv',
    'inbox/nps/名簿.csv',
    'inbox/nps/a "b".csv',
    'inbox/nps/x\ny.csv',
  ]

  it('FC-25 of any length and letters give each file its own receipt and set-aside file', async () => {
    const world = new World()
    const process = world.process()
    for (const [at, key] of keys.entries()) {
      await world.drop(process, key, `feedback_date,score,feedback\n1790000000,9,${at}\nnever,1,${at}\n`)
    }

    await world.pass(process, 600)

    const receipts = await world.receipts()
    expect(receipts.map(({ drop, state }) => [drop, state]).sort()).toEqual(keys.map((key) => [key, 'partial']).sort())
    const stored = [...(await world.keys('receipts/')), ...(await world.keys('rejected/'))]
    expect(stored).toHaveLength(2 * keys.length)
    for (const key of stored) {
      for (const segment of key.split('/')) expect(Buffer.byteLength(segment)).toBeLessThanOrEqual(255)
      expect(key).not.toContain('\ufffd')
    }
    for (const key of keys) {
      const { arrival } = await identify(process.deps, key)
      expect(receipts.find((receipt) => receipt.arrival === arrival)?.drop).toBe(key)
    }
  })
})

describe('what is no drop', () => {
  it('FC-20 R-04 leaves neither receipt nor warning', async () => {
    const world = new World()
    const process = world.process()
    const names = ['.DS_Store', 'Thumbs.db', 'x/desktop.ini', '~$oct.xlsx', '.~lock.oct.csv#', '__MACOSX/._oct.csv']
    for (const name of ['', '2026/']) await world.drop(process, `inbox/nps/${name}`, '')
    await world.drop(process, 'inbox/neue quelle/', '')
    for (const name of names) await world.drop(process, `inbox/nps/${name}`, 'x')

    await world.pass(process, 600)

    expect(await world.receipts()).toEqual([])
    expect(await world.keys('')).toEqual([])
    expect(world.logger.lines).toEqual([])
  })

  it('FC-20 is told from an empty file, and from a key like a folder’s that holds something', async () => {
    const world = new World()
    const process = world.process()
    await world.drop(process, 'inbox/nps/leer.csv', '')
    await world.drop(process, 'inbox/nps/x/', 'not, a header\n')

    await world.pass(process, 600)

    expect((await world.receipts()).map(({ drop, error }) => [drop, error?.code]).sort()).toEqual([
      ['inbox/nps/leer.csv', 'file_empty'],
      ['inbox/nps/x/', 'feedback_date_column_missing'],
    ])
  })
})

const KEYS = [
  'id drop source state rows parts import problems error duplicate_of dialect started_at finished_at',
  'arrival notes mapping files ignored_files',
].flatMap((names) => names.split(' '))
const ROWS = 'read imported set_aside duplicate skipped unclaimed blank_scores cleaned'.split(' ')
const IMPORT = {
  name: '',
  source: null,
  metric_type: null,
  language: null,
  secondary_product_category_id: null,
  tag_names: [],
  project_ids: [],
}
