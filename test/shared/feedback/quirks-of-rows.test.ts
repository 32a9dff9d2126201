import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { zipFile } from '../../support/zip-file.ts'
import { cutText, toCsv } from './cut-text.ts'
import { at, exported } from './export-files.ts'

/** What real exports are known to hold, each once, on a file of the shape in which it occurs. */

const text = async (name: string) => (await exported(name)).toString()
const JOTFORM = { feedback: 'Any comments?' }
const SEMICOLONS = { feedback_date: 'Eingegangen am', score: /^Note/, feedback: 'Kommentar', user_id: 'Kundennummer' }

describe('quirks of cells', () => {
  it.each([
    ['9', '9'],
    ['9.0', '9'],
    ['9 - Very likely', '9'],
    ['10 (Extremely likely)', '10'],
    ['N/A', ''],
    ['-', ''],
  ])('Q17: the score %j of SurveyMonkey is %j', async (score, expected) => {
    const file = (await text('surveymonkey')).replace('10 - Extremely likely', score)

    const result = await cutText(file, { columns: { score: /^How likely/ } })

    expect(result.problems[0]?.code ?? result.rows[0]?.[9]).toBe(expected)
  })

  it('Q18: an apostrophe before a phone number goes where the tool puts it, and stays where a person did', async () => {
    const typeform = await cutText(await exported('typeform'))
    const tally = await cutText((await text('tally')).replace('Ann Example', "'+91 99999 11111"))

    expect(typeform.rows.map((row) => row[13])).toEqual(['+91 99999 11111', '+56954886178'])
    expect(typeform.rows[1]?.[14]).toBe("'tis fine")
    expect(tally.rows[0]?.[3]).toBe("'+91 99999 11111")
  })

  it('Q19: what a spreadsheet takes for a formula is sent as it was written', async () => {
    const result = await cutText(await exported('typeform'))

    expect(result.rows[0]?.[14]).toBe('=faster, please')
    expect(result.rows[1]?.[5]).toBe('@CSS-Tricks')
  })

  it('Q20: previews and unfinished responses are skipped and counted, whatever the language of their labels', async () => {
    const german = await text('qualtrics-german')
    const recoded = german.replaceAll('IP Address', '0').replace('Umfragevorschau', '1').replaceAll('True', '1')

    const results = await Promise.all([
      cutText(german),
      cutText(recoded.replace('Falsch', '0')),
      cutText(await exported('qualtrics-legacy')),
      cutText(await exported('typeform')),
    ])

    expect(results.map(({ counts }) => counts)).toMatchObject([
      { read: 5, set_aside: 0, skipped: 2 },
      { read: 5, set_aside: 0, skipped: 2 },
      { read: 4, set_aside: 0, skipped: 2 },
      { read: 4, set_aside: 0, skipped: 2 },
    ])
  })

  it('Q21: a date that can be read both ways is refused until the file or the configuration settles it', async () => {
    const file = await text('google-forms')

    const open = await cutText(file.replace('3/18/2026', '3/8/2026'))
    const settled = await cutText(file)
    const configured = await cutText(file.replace('3/18/2026', '3/8/2026'), { dates: { order: 'day-first' } })

    expect(open.problems.map(({ row, code }) => [row, code])).toEqual([
      [2, 'feedback_date_ambiguous'],
      [3, 'feedback_date_ambiguous'],
    ])
    expect(open.settledOrders).toEqual({})
    expect(settled.settledOrders).toEqual({ 1: 'month-first' })
    expect(configured.rows.map(([date]) => date)).toEqual([at('2026-08-03T18:42:00Z'), at('2026-04-03T09:05:00Z')])
  })

  it('Q22: a date without a zone is read in the zone of the file, else of the source, else in UTC', async () => {
    const dates = { zone: 'Asia/Tokyo' }
    const noZone = (await text('qualtrics-german')).replaceAll(',""timeZone"":""Europe/Berlin""', '')
    const first = async (content: Buffer | string, options = {}) => {
      const { rows, header } = await cutText(content, options)
      return rows[0]?.[header.indexOf('feedback_date')]
    }

    expect(await first(await exported('qualtrics-german'), { dates })).toBe(at('2026-07-01T09:02:31+02:00'))
    expect(await first(noZone, { dates })).toBe(at('2026-07-01T09:02:31+09:00'))
    expect(await first(noZone)).toBe(at('2026-07-01T09:02:31Z'))
  })

  it('Q23: seconds and milliseconds since 1970 are the same moment', async () => {
    const header = ['id', 'person_email', 'score', 'comment', 'permalink', 'created_at']
    const cells = (date: string) => ['1', 'ann@example.com', '9', 'ok', 'https://example.com/1', date]

    const result = await cutText(toCsv([header, cells('1790812800'), cells('1790812800123'), cells('1790812800.0')]))

    expect(result.rows.map((row) => row[5])).toEqual(['1790812800', '1790812800', '1790812800'])
  })
})

describe('quirks of files', () => {
  it('Q24: rows that are too short or too long are set aside, the others are sent', async () => {
    const [header, first, second] = (await text('tally')).trimEnd().split('\n')
    const lines = [header, first, 'PgYbzS,l0WyWm,2026-08-13 10:00:00', `${second},surplus`, `${second},,`]

    const result = await cutText(lines.join('\n'))

    expect(result.problems).toMatchObject([
      { row: 3, code: 'field_count' },
      { row: 4, code: 'field_count' },
    ])
    expect(result.rows.map(([id]) => id)).toEqual(['PgYbzQ', 'PgYbzR'])
  })

  it.each([
    ['qualtrics-german', '2026-07-01'],
    ['qualtrics-legacy', 'R_0a'],
    ['surveymonkey', '114000000001'],
    ['typeform', 'k3j9x0a1'],
    ['excel-semicolons', '01.10.2026'],
  ])('Q25: a header of %s without a row below it is refused', async (name, firstRow) => {
    const [header = ''] = (await text(name)).split(firstRow, 1)
    const columns = name === 'excel-semicolons' ? SEMICOLONS : {}

    await expect(cutText(header, { columns })).rejects.toMatchObject({ code: 'no_rows' })
  })

  it('Q25: an empty file is refused', async () => {
    await expect(cutText('')).rejects.toMatchObject({ code: 'file_empty' })
    await expect(cutText('sep=;\r\n')).rejects.toMatchObject({ code: 'file_empty' })
  })

  it('Q26: a file above ten million bytes, or one that its changes make so, is sent in parts below', async () => {
    const rows = Array.from({ length: 80_000 }, (_, n) => `2026-10-01 10:00:00,p${n}@example.com,${'x'.repeat(75)}\n`)
    const file = `Submission Date,E-mail,Any comments?\n${rows.join('')}`
    const options = { columns: JOTFORM, privacy: { 'E-mail': 'hash' as const }, privacyKey: Buffer.alloc(32, 1) }

    const grown = await cutText(file, options)

    expect(file.length).toBeLessThan(10_000_000)
    expect(grown.parts).toHaveLength(2)
    expect(Math.max(...grown.texts.map((part) => Buffer.byteLength(part)))).toBeLessThan(10_000_000)
    expect(grown.rows).toHaveLength(80_000)
    expect(grown.texts.every((part) => part.startsWith('feedback_date,user_id,feedback\n'))).toBe(true)
  })

  it('Q27: an export that the tool has packed is read as it is', async () => {
    const content = await exported('qualtrics-german')
    const { texts } = await cutText(content)

    for (const packed of [gzipSync(content), zipFile([{ name: 'NPS 2026_1. Juli 2026_09.05.csv', content }])]) {
      const result = await cutText(packed)

      expect(result).toMatchObject({ dialect: 'qualtrics', texts })
    }
  })

  it.each([
    [
      'an .xlsx',
      zipFile([
        { name: '[Content_Types].xml', content: '<Types/>' },
        { name: '_rels/.rels', content: '<Relationships/>' },
        { name: 'xl/workbook.xml', content: '<workbook/>' },
        { name: 'xl/worksheets/sheet1.xml', content: '<worksheet/>' },
      ]),
    ],
    ['an .xlsx in another order', zipFile([{ name: 'xl/workbook.xml', content: '<workbook/>', hasDescriptor: true }])],
    ['an .xls', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2048)])],
  ])('Q28: a workbook named .csv is refused, with what to do: %s', async (_, bytes) => {
    await expect(cutText(bytes)).rejects.toMatchObject({
      code: 'not_a_csv',
      message: expect.stringMatching(/Excel.*Save As, "CSV UTF-8/),
    })
  })
})
