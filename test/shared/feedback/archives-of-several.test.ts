import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReadOptions } from '../../../shared/feedback/types.ts'
import { NO_COUNTS } from '../../../shared/feedback/types.ts'
import { extent } from '../../support/extent.ts'
import { type ZipMember, zipFile } from '../../support/zip-file.ts'
import { cutText } from './cut-text.ts'

const PLAIN = 'feedback_date,feedback,score\n2026-10-01,good,9\n2026-10-02,"so, so",5\n'
const TYPEFORM =
  '#,What can we do better?,Submit Date (UTC),Network ID\nr1,less,2026-10-03 10:00:00,n1\nr2,"more\nof it",2026-10-04 10:00:00,n2\n'
const GERMAN = 'feedback_date;feedback\n2026-10-05;schön\nbald;später\n'

describe('a zip of several CSVs', () => {
  it('is cut as its files would be one after the other, each by its own header, delimiter and encoding', async () => {
    const utf16 = Buffer.from(`\ufeff${GERMAN}`, 'utf16le')
    const zip = zipFile([
      { name: 'a.csv', content: PLAIN },
      { name: 'folder/b.tsv', content: PLAIN.replaceAll('"', '').replaceAll(/,(?! )/g, '\t') },
      { name: 'c.txt', content: utf16 },
    ])

    const result = await cutText(zip)

    expect(result.texts).toEqual([
      'feedback_date,feedback,score\n1790812800,good,9\n1790899200,"so, so",5\n',
      'feedback_date,feedback,score\n1790812800,good,9\n1790899200,"so, so",5\n',
      'feedback_date,feedback\n1791158400,schön\n',
    ])
    expect(result.parts).toMatchObject([
      { part: 1, file: 'a.csv', rows: 2 },
      { part: 2, file: 'folder/b.tsv', rows: 2 },
      { part: 3, file: 'c.txt', rows: 1 },
    ])
    expect(result.counts).toEqual({ ...NO_COUNTS, read: 6, set_aside: 1, skipped: 0 })
    expect(result.files.map(({ file, counts }) => [file, counts.read, counts.set_aside])).toEqual([
      ['a.csv', 2, 0],
      ['folder/b.tsv', 2, 0],
      ['c.txt', 2, 1],
    ])
    expect(result.sha256).toBe(createHash('sha256').update(zip).digest('hex'))
  })

  it('names the dialect and the columns of each file, and what all have in common', async () => {
    const zip = zipFile([
      { name: 'a.csv', content: PLAIN },
      { name: 'b.csv', content: TYPEFORM },
      { name: 'c.csv', content: TYPEFORM.replace('What can we do better?', 'Why?') },
    ])

    const result = await cutText(zip)

    expect(result.dialect).toBe('plain, typeform')
    expect(result.mapping).toEqual({})
    expect(result.files).toMatchObject([
      { dialect: 'plain', mapping: { feedback_date: 'feedback_date', feedback: 'feedback', score: 'score' } },
      { dialect: 'typeform', mapping: { feedback_date: 'Submit Date (UTC)', response_id: '#' } },
      { dialect: 'typeform', mapping: { feedback_date: 'Submit Date (UTC)', response_id: '#' } },
    ])
  })

  it('counts rows of problems within their file, which they name', async () => {
    const zip = zipFile([
      { name: 'a.csv', content: 'feedback_date,a\n1790812800,"x\ny"\nsoon,1\n' },
      { name: 'b.csv', content: 'feedback_date,b\n1790812800,1\nlater,2\n' },
    ])

    const { problems, parts } = await cutText(zip)

    expect(problems).toMatchObject([
      { file: 'a.csv', row: 3, column: 'feedback_date' },
      { file: 'b.csv', row: 3, column: 'feedback_date' },
    ])
    expect(parts.map(({ firstRow, lastRow }) => [firstRow, lastRow])).toEqual([
      [2, 2],
      [5, 5],
    ])
  })

  it('lists the first hundred problems of all files', async () => {
    const bad = `feedback_date\n${'soon\n'.repeat(70)}`

    const { problems, counts } = await cutText(
      zipFile([
        { name: 'a.csv', content: bad },
        { name: 'b.csv', content: bad },
      ]),
    )

    expect(problems.map(({ file }) => file)).toEqual([...Array(70).fill('a.csv'), ...Array(30).fill('b.csv')])
    expect(counts.set_aside).toBe(140)
  })

  it('sets the rows of each file aside under its own header, to be mended and dropped again', async () => {
    const zip = zipFile([
      { name: 'a.csv', content: PLAIN.replace('2026-10-01', 'soon') },
      { name: 'b.csv', content: TYPEFORM.replace('2026-10-04 10:00:00', 'later') },
    ])

    const { asideOf } = await cutText(zip)
    const again = await cutText((asideOf[1] ?? '').replace('later', '2026-10-04 10:00:00'))

    expect(asideOf[0]).toMatch(
      /^\ufefffeedback_date,feedback,score,relay_row,relay_column,relay_code,relay_reason,relay_file\nsoon,good,9,2,feedback_date,feedback_date_invalid,".*",a\.csv\n$/,
    )
    expect(again.dialect).toBe('typeform')
    expect(again.header).toEqual((await cutText(TYPEFORM)).header)
    expect(again.rows).toEqual((await cutText(TYPEFORM)).rows.slice(1))
  })

  it('gives each file an order of days and months of its own', async () => {
    const zip = zipFile([
      { name: 'a.csv', content: 'feedback_date\n03/04/2026\n25/03/2026\n' },
      { name: 'b.csv', content: 'feedback_date\n03/04/2026\n03/25/2026\n' },
      { name: 'c.csv', content: 'feedback_date\n03/04/2026\n' },
    ])

    const { settledOrders: orders } = await cutText(zip)
    const second = await cutText(zip, { orders })

    expect(orders).toEqual({ 1: 'day-first', 2: 'month-first' })
    expect(second.settledOrders).toEqual({})
    expect(second.rows.map(([seconds]) => new Date(Number(seconds) * 1000).toISOString().slice(0, 10))).toEqual([
      '2026-04-03',
      '2026-03-25',
      '2026-03-04',
      '2026-03-25',
    ])
    expect(second.problems).toMatchObject([{ file: 'c.csv', row: 2, code: 'feedback_date_ambiguous' }])
  })

  it('sets aside the rows of refused parts, whichever file they come from', async () => {
    const rows = (name: string) => `feedback_date,a\n${[1, 2, 3, 4].map((n) => `1790812800,${name}${n}\n`).join('')}`
    const zip = zipFile([
      { name: 'a.csv', content: rows('a') },
      { name: 'b.csv', content: rows('b') },
    ])
    const first = await cutText(zip, {}, { maxPartBytes: 50 })
    const part = first.parts.find(({ file }) => file === 'b.csv')
    const refused = [{ firstRow: part?.firstRow ?? 0, lastRow: part?.lastRow ?? 0, message: 'no' }]

    const { asideOf, problems } = await cutText(zip, {}, { maxPartBytes: 50, refused })

    expect(first.parts).toHaveLength(4)
    expect(asideOf[0]).toBeUndefined()
    expect(asideOf[1]?.match(/b\d/g)).toEqual(['b1', 'b2'])
    expect(problems).toMatchObject([
      { file: 'b.csv', row: 2, code: 'refused_by_cxi', message: 'no' },
      { file: 'b.csv', row: 3, code: 'refused_by_cxi', message: 'no' },
    ])
  })

  it.each<[string, ZipMember, ReadOptions, string]>([
    ['empty', { name: 'b.csv', content: '' }, {}, 'file_empty'],
    ['no CSV', { name: 'b.csv', content: '%PDF-1.7' }, {}, 'not_a_csv'],
    ['a web page', { name: 'b.csv', content: '<!doctype html><p>' }, {}, 'not_a_csv'],
    [
      'without the configured column',
      { name: 'b.csv', content: TYPEFORM },
      { columns: { score: 'score' } },
      'column_missing',
    ],
    ['without a date', { name: 'b.csv', content: 'Notes\nread me\n' }, {}, 'feedback_date_column_missing'],
    ['cut off inside a quote', { name: 'b.csv', content: `${PLAIN}2026-10-03,"open` }, {}, 'unclosed_quote'],
    [
      'not UTF-8',
      { name: 'b.csv', content: Buffer.from('feedback_date,\xfc\n1,1\n', 'latin1') },
      {},
      'encoding_unknown',
    ],
  ])('is rejected as a whole, with the name, where one file is %s', async (_, member, options, code) => {
    const zip = zipFile([{ name: 'a.csv', content: PLAIN }, member, { name: 'c.csv', content: PLAIN }])

    await expect(cutText(zip, options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^In "b\.csv": .*Nothing of the archive was imported\.$/),
      found: { counts: { read: expect.toSatisfy((read: number) => read >= 2) } },
    })
  })

  it('may have files without rows, but not nothing else', async () => {
    const empty = { name: 'empty.csv', content: 'feedback_date,b\n' }

    const { files, counts, texts } = await cutText(zipFile([empty, { name: 'a.csv', content: PLAIN }]))
    const nothing = cutText(zipFile([empty, { ...empty, name: 'b.csv' }]))

    expect(files.map(({ file, counts: { read } }) => [file, read])).toEqual([
      ['empty.csv', 0],
      ['a.csv', 2],
    ])
    expect(counts.read).toBe(2)
    expect(texts).toHaveLength(1)
    await expect(nothing).rejects.toMatchObject({ code: 'no_rows', message: expect.stringMatching(/2 files/) })
  })

  it('passes over what operating systems add, and says so', async () => {
    const { files, ignored } = await cutText(
      zipFile([
        { name: 'CSV/', content: '', isStored: true },
        { name: 'CSV/.DS_Store', content: 'x' },
        { name: 'CSV/a.csv', content: PLAIN },
        { name: '__MACOSX/CSV/._a.csv', content: '\0\x05\x16\x07' },
        { name: 'CSV/Thumbs.db', content: 'x' },
        { name: 'desktop.ini', content: 'x' },
        { name: 'b.csv', content: PLAIN },
      ]),
    )

    expect(files.map(({ file }) => file)).toEqual(['CSV/a.csv', 'b.csv'])
    expect(ignored).toEqual(['CSV/.DS_Store', '__MACOSX/CSV/._a.csv', 'CSV/Thumbs.db', 'desktop.ini'])
  })

  it('reads names of macOS and of Windows, which both do not say their encoding', async () => {
    const windows = zipFile([{ name: 'M@rz.csv', content: PLAIN }])
    for (let at = windows.indexOf('@'); at >= 0; at = windows.indexOf('@', at)) windows[at] = 0x84

    const mac = await cutText(zipFile([{ name: 'März.csv', content: PLAIN }]))
    const { files } = await cutText(windows)

    expect(mac.files[0]?.file).toBe('März.csv')
    expect(files[0]?.file).toBe('März.csv')
  })

  it('is a bomb where its files are one only together', async () => {
    const content = `feedback_date\n${'1790812800\n'.repeat(extent(60_000, 3_000_000))}`
    const members = ['a.csv', 'b.csv', 'c.csv'].map((name) => ({ name, content }))

    const harmlessBytes = extent(1_000_000, 50_000_000)
    await expect(cutText(zipFile(members), {}, { harmlessBytes })).rejects.toMatchObject({
      code: 'archive_unsafe',
      message: expect.stringMatching(/"b\.csv".*200 times/),
    })
  })

  it('is cut the same however its bytes come', async () => {
    const rows = fc.array(
      fc.tuple(
        fc.constantFrom('1790812800', '2026-10-01', 'soon', '03/04/2026', '25/03/2026'),
        fc.constantFrom('', 'x', 'a, b', 'line\nline', 'ü "quoted"'),
      ),
      { maxLength: 12 },
    )
    const file = fc.record({
      rows,
      delimiter: fc.constantFrom(',', ';', '\t'),
      isStored: fc.boolean(),
      hasDescriptor: fc.boolean(),
    })
    const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`
    const archives = fc.array(file, { minLength: 1, maxLength: 5 }).map((files) =>
      zipFile([
        { name: 'full.csv', content: PLAIN },
        ...files.map(({ rows: cells, delimiter, isStored, hasDescriptor }, at) => ({
          name: `${at}.csv`,
          content: [['feedback_date', `a${at}`], ...cells]
            .map((row) => `${row.map(quoted).join(delimiter)}\n`)
            .join(''),
          isStored,
          hasDescriptor: hasDescriptor && !isStored,
        })),
      ]),
    )

    await fc.assert(
      fc.asyncProperty(archives, fc.integer({ min: 1, max: 300 }), async (zip, chunkBytes) => {
        const whole = await cutText(zip, {}, { chunkBytes: zip.length, maxPartBytes: 80 })
        const inChunks = await cutText(zip, {}, { chunkBytes, maxPartBytes: 80 })

        expect(inChunks).toEqual(whole)
      }),
      { numRuns: extent(40, 200) },
    )
  })
})
