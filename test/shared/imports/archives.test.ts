import { describe, expect, it } from 'vitest'
import { startUndo } from '../../../shared/imports/undo.ts'
import { extent } from '../../support/extent.ts'
import { csvOf, Killed, Life, relayOf, source, World } from '../../support/world.ts'
import { zipFile } from '../../support/zip-file.ts'

const KEY = 'inbox/nps/oct.zip'
const BAD = 'never,9,bad,u\n'

/** Two files whose rows are all different, with a bad row at the end of the first; parts hold four rows. */
const members = (rows = 8) => [
  { name: 'a.csv', content: `${csvOf(rows)}${BAD}` },
  { name: 'more/b.csv', content: csvOf(rows, 100).replace('user_id', 'respondent') },
  { name: '.DS_Store', content: 'x' },
]

function world(change: (world: World) => void = () => undefined): World {
  const made = new World()
  made.maxPartBytes = 160
  change(made)
  return made
}

async function dropped(made: World, zip: Uint8Array = zipFile(members())) {
  const process = made.process()
  await made.drop(process, KEY, zip)
  return process
}

const sentRows = (rows = 8) =>
  [csvOf(rows), csvOf(rows, 100)].flatMap((csv) => csv.trimEnd().split('\n').slice(1)).sort()

describe('a zip of several CSVs', () => {
  it('is one drop of one numbering, and its receipt tells of each file', async () => {
    const made = world()
    const process = await dropped(made)

    await made.drain(process)

    const receipt = await made.receipt()
    const of = receipt.parts.length
    expect(made.cxi.rows().sort()).toEqual(sentRows())
    expect(made.cxi.imports.map(({ name }) => name).sort()).toEqual(
      Array.from({ length: of }, (_, at) => `oct.zip (${at + 1} of ${of})`),
    )
    expect(made.cxi.imports.filter(({ csv }) => csv.includes('respondent'))).toHaveLength(3)
    expect(receipt.parts.map(({ part, file }) => [part, file])).toEqual([
      [1, 'a.csv'],
      [2, 'a.csv'],
      [3, 'more/b.csv'],
      [4, 'more/b.csv'],
      [5, 'more/b.csv'],
    ])
    expect(receipt).toMatchObject({
      state: 'partial',
      rows: { read: 17, imported: 16, set_aside: 1 },
      dialect: 'plain',
      mapping: { feedback_date: 'feedback_date', feedback: 'feedback', score: 'score' },
      files: [
        {
          file: 'a.csv',
          rows: { read: 9, imported: 8, set_aside: 1, duplicate: 0, skipped: 0 },
          dialect: 'plain',
          mapping: { user_id: 'user_id' },
        },
        {
          file: 'more/b.csv',
          rows: { read: 8, imported: 8, set_aside: 0, duplicate: 0, skipped: 0 },
          set_aside_file: null,
        },
      ],
      ignored_files: ['.DS_Store'],
      problems: [{ file: 'a.csv', row: 10, column: 'feedback_date', code: 'feedback_date_invalid' }],
    })
    expect(await made.keys('rejected/')).toEqual([receipt.files[0]?.set_aside_file])
  })

  it('sets the rows of a refused part aside among those of their own file', async () => {
    const made = world((w) => {
      w.cxi.onUpload = ({ bytes }) => {
        const text = Buffer.from(bytes).toString()
        if (text.includes('answer 105') || text.includes('answer 1,'))
          w.cxi.faults.push({ status: 422, message: 'bad' })
      }
    })
    const process = await dropped(made)

    await made.drain(process)

    const receipt = await made.receipt()
    const refused = receipt.parts.filter(({ state }) => state === 'refused')
    const [first = '', second = ''] = receipt.files.map(({ set_aside_file: key }) => key ?? undefined)
    expect(refused.map(({ file }) => file)).toEqual(['a.csv', 'more/b.csv'])
    expect(await made.keys('rejected/')).toEqual([second, first].sort())
    expect((await made.text(first)).match(/answer \d+|bad,u/g)).toEqual([
      'answer 1',
      'answer 2',
      'answer 3',
      'answer 4',
      'bad,u',
    ])
    expect((await made.text(second)).match(/answer \d+/g)).toEqual(['answer 103', 'answer 104', 'answer 105'])
    expect(await made.text(second)).toMatch(/^\ufefffeedback_date,score,feedback,respondent,relay_row,.*,relay_file\n/)
    expect(receipt.problems.map(({ file, row, code }) => [file, row, code])).toEqual([
      ['a.csv', 2, 'refused_by_cxi'],
      ['a.csv', 3, 'refused_by_cxi'],
      ['a.csv', 4, 'refused_by_cxi'],
      ['a.csv', 5, 'refused_by_cxi'],
      ['a.csv', 10, 'feedback_date_invalid'],
      ['more/b.csv', 5, 'refused_by_cxi'],
      ['more/b.csv', 6, 'refused_by_cxi'],
      ['more/b.csv', 7, 'refused_by_cxi'],
    ])
    expect(receipt.files.map(({ rows }) => rows)).toMatchObject([
      { read: 9, imported: 4, set_aside: 5 },
      { read: 8, imported: 5, set_aside: 3 },
    ])
  })

  it('keeps the rows of a refused part with their place where the archive is gone by then', async () => {
    const made = world((w) => {
      w.cxi.onUpload = ({ bytes }) => {
        if (Buffer.from(bytes).includes('answer 105')) w.cxi.faults.push({ status: 422, message: 'bad' })
      }
    })
    const process = made.process()
    const object = made.objects.putDrop(KEY, zipFile(members()))
    await process.engine.receive(object)
    for (let left = 2; left > 0; left--) await process.engine.work((await made.due())[0] as never)
    made.objects.removeDrop(object)

    await made.drain(process)

    const { problems } = await made.receipt()
    expect(problems.at(-1)).toMatchObject({ file: 'more/b.csv', row: 5, code: 'refused_by_cxi' })
    expect(await made.keys('rejected/')).toHaveLength(2)
  })

  it('reads dates of each file by the order which that file settles, also when it is read again', async () => {
    const dated = (days: string[]) =>
      `feedback_date,user_id\n${days.map((day, at) => `${day},${day}#${at}\n`).join('')}`
    const made = world((w) => {
      w.maxPartBytes = 10_000
      w.cxi.onUpload = ({ bytes }) => {
        if (Buffer.from(bytes).includes('03/25/2026')) w.cxi.faults.push({ status: 422, message: 'bad' })
      }
    })
    const process = await dropped(
      made,
      zipFile([
        { name: 'a.csv', content: dated(['03/04/2026', '25/03/2026', 'soon']) },
        { name: 'b.csv', content: dated(['03/04/2026', '03/25/2026']) },
      ]),
    )

    await made.drain(process)

    expect(made.cxi.rows()).toEqual(['1775174400,03/04/2026#0', '1774396800,25/03/2026#1'])
    const [first = '', second = ''] = await made.keys('rejected/').then((keys) => keys.reverse())
    expect((await made.text(first)).match(/#\d/g)).toEqual(['#2'])
    expect((await made.text(second)).match(/#\d/g)).toEqual(['#0', '#1'])
    expect((await made.receipt()).problems.map(({ code }) => code)).toEqual([
      'feedback_date_invalid',
      'refused_by_cxi',
      'refused_by_cxi',
    ])
  })

  it('leaves no set-aside rows of a first reading that a second one can read', async () => {
    const made = world()
    const process = await dropped(
      made,
      zipFile([
        { name: 'a.csv', content: 'feedback_date\n03/04/2026\n25/03/2026\n' },
        { name: 'b.csv', content: csvOf(2) },
      ]),
    )

    await made.drain(process)

    expect(await made.receipt()).toMatchObject({ state: 'imported', rows: { imported: 4 } })
    expect(await made.keys('rejected/')).toEqual([])
  })

  it('sends nothing and sets nothing aside where its last file is broken, and names that', async () => {
    const made = world()
    const process = await dropped(
      made,
      zipFile([
        { name: 'a.csv', content: `${csvOf(3)}${BAD}` },
        { name: 'b.csv', content: `${csvOf(3)}${BAD}` },
        { name: 'c.csv', content: 'Notes\nnone\n' },
      ]),
    )

    await made.drain(process)

    expect(made.cxi.calls).toEqual([])
    expect(await made.keys('rejected/')).toEqual([])
    expect(await made.keys('parts/')).toEqual([])
    expect(await made.receipt()).toMatchObject({
      state: 'rejected',
      error: { code: 'feedback_date_column_missing', message: expect.stringMatching(/^In "c\.csv": /) },
      problems: [{ file: 'a.csv' }, { file: 'b.csv' }],
    })
  })

  it('is rejected whole where a source takes all rows or none, its bad rows listed by file', async () => {
    const made = world((w) => {
      w.relay = relayOf([source('nps', { rows: 'all-or-nothing' })])
    })
    const process = await dropped(made)

    await made.drain(process)

    const receipt = await made.receipt()
    expect(made.cxi.calls).toEqual([])
    expect(receipt).toMatchObject({
      state: 'rejected',
      error: { code: 'rows_not_valid', message: expect.stringMatching(/The first: "a\.csv", row 10/) },
      files: [{ file: 'a.csv', rows: { imported: 0, set_aside: 1 } }, { file: 'more/b.csv' }],
      ignored_files: ['.DS_Store'],
    })
    expect(await made.keys('rejected/')).toEqual([receipt.files[0]?.set_aside_file])
  })

  it('is known again as a whole, and can be undone and dropped anew', async () => {
    const made = world()
    const process = await dropped(made)
    await made.drain(process)
    await made.drop(process, 'inbox/nps/copy.zip', zipFile(members()))
    await made.drain(process)
    const [copy, first] = await made.receipts()

    await startUndo(process.deps, first?.id ?? '')
    await made.pass(process, 300)
    const afterUndo = made.cxi.rows()
    await made.drop(process, 'inbox/nps/third.zip', zipFile(members()))
    await made.drain(process)

    expect(copy).toMatchObject({
      state: 'duplicate',
      duplicate_of: expect.stringMatching(/^receipts\/nps\/oct\.zip\./),
      files: [{ file: 'a.csv', rows: { read: 9, imported: 0, duplicate: 9 } }, { file: 'more/b.csv' }],
    })
    expect(afterUndo).toEqual([])
    expect(made.cxi.rows().sort()).toEqual(sentRows())
  })

  it('sends only what is new of an archive that grew by a file and was mended in another', async () => {
    const made = world()
    const process = await dropped(made)
    await made.drain(process)
    const [first, second, junk] = members()
    const grown = [
      { name: 'new.csv', content: csvOf(3, 200) },
      { ...first, content: first?.content.replace('never', '1790000001') ?? '', name: 'a.csv' },
      junk,
      second,
    ]
    made.cxi.onUpload = ({ bytes }) => {
      if (Buffer.from(bytes).includes('bad,u')) made.cxi.faults.push({ status: 422, message: 'no' })
    }
    await made.drop(process, 'inbox/nps/nov.zip', zipFile(grown.flatMap((member) => member ?? [])))

    await made.drain(process)

    const receipt = (await made.receipts()).find(({ drop }) => drop === 'inbox/nps/nov.zip')
    expect(receipt).toMatchObject({
      state: 'partial',
      duplicate_of: expect.stringMatching(/^receipts\/nps\/oct\.zip\./),
      rows: { read: 20, imported: 3, set_aside: 1, duplicate: 16 },
      files: [
        { file: 'new.csv', rows: { read: 3, imported: 3, duplicate: 0 } },
        { file: 'a.csv', rows: { read: 9, imported: 0, set_aside: 1, duplicate: 8 } },
        { file: 'more/b.csv', rows: { read: 8, imported: 0, duplicate: 8 } },
      ],
      problems: [{ file: 'a.csv', row: 10, code: 'refused_by_cxi' }],
    })
    expect(made.cxi.rows().sort()).toEqual([...sentRows(), ...csvOf(3, 200).trimEnd().split('\n').slice(1)].sort())
  })

  it('is continued, not repeated, when a process is killed at any touch', { timeout: 120_000 }, async () => {
    const live = async (endsAt: number) => {
      const made = world((w) => {
        w.cxi.onUpload = ({ bytes }) => {
          if (Buffer.from(bytes).includes('answer 105')) w.cxi.faults.unshift({ status: 422, message: 'bad' })
        }
      })
      const life = new Life(endsAt)
      const process = made.process(life)
      const object = made.objects.putDrop(KEY, zipFile(members()))
      try {
        await process.engine.receive(object)
        await made.pass(process, 600)
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
      const heir = await made.restart()
      await heir.engine.receive(object)
      await made.rest(heir)
      return { made, touches: life.touches }
    }
    const { touches } = await live(Number.POSITIVE_INFINITY)
    expect(touches).toBeGreaterThan(60)

    for (let endsAt = 1; endsAt < touches; endsAt += extent(7, 1)) {
      const { made } = await live(endsAt)

      const receipt = await made.receipt()
      expect(receipt, `touch ${endsAt}`).toMatchObject({
        state: 'partial',
        rows: { read: 17, imported: 13, set_aside: 4 },
      })
      expect(made.cxi.rows().sort()).toEqual(sentRows().filter((row) => !/answer 10[345]/.test(row)))
      expect(await made.keys('rejected/')).toHaveLength(2)
      expect(await made.keys('parts/')).toEqual([])
    }
  })
})
