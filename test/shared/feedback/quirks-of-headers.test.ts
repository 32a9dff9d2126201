import { describe, expect, it } from 'vitest'
import { cutText } from './cut-text.ts'
import { at, exported } from './export-files.ts'

/** What real exports are known to hold, each once, on a file of the shape in which it occurs. */

const text = async (name: string) => (await exported(name)).toString()
const JOTFORM = { feedback: 'Any comments?' }
const SEMICOLONS = { feedback_date: 'Eingegangen am', score: /^Note/, feedback: 'Kommentar', user_id: 'Kundennummer' }

describe('quirks of headers', () => {
  it('Q1: a header has one, two or three rows, and a row below it is none of them', async () => {
    const one = await cutText(await exported('typeform-2016'))
    const two = await cutText(await exported('surveymonkey'))
    const three = await cutText(await exported('qualtrics-german'))

    expect([one, two, three].map(({ parts }) => parts[0]?.firstRow)).toEqual([2, 3, 4])
    expect([one, two, three].map(({ counts }) => counts.read)).toEqual([2, 3, 5])
  })

  it('Q2: a byte order mark belongs to no header', async () => {
    const file = await exported('jotform')

    const result = await cutText(file, { columns: JOTFORM }, { chunkBytes: 1 })

    expect(file.subarray(0, 3).toString('hex')).toBe('efbbbf')
    expect(result.header[0]).toBe('feedback_date')
    expect(result.mapping.feedback_date).toBe('Submission Date')
  })

  it('Q3: bytes of an old code page are read where it is named, else set aside as they are', async () => {
    const lines = (await text('surveymonkey')).replace('Answer faster', 'caf\u00e9')
    const windows = Buffer.from(lines, 'latin1')
    const mac = Buffer.from(lines.replace('\u00e9', '\u008e'), 'latin1')

    const named = await cutText(windows, { encoding: 'windows-1252' })
    const macintosh = await cutText(mac, { encoding: 'macintosh' })
    const unnamed = await cutText(mac)

    expect(named.rows[1]?.[13]).toBe('café')
    expect(macintosh.rows[1]?.[13]).toBe('café')
    expect(unnamed.problems).toMatchObject([{ row: 4, code: 'not_utf8' }])
    expect(unnamed.aside).toContain('caf\\x8E')
    expect(unnamed.rows).toHaveLength(2)
  })

  it('Q4: a TSV in UTF-16 with a byte order mark is read like the CSV', async () => {
    const { texts } = await cutText(await exported('jotform'), { columns: JOTFORM })
    const tsv = (await text('jotform')).replaceAll(/,(?=[^ ])/g, '\t')
    const little = Buffer.from(tsv, 'utf16le')
    const big = Buffer.from(little).swap16()

    for (const bytes of [little, big]) {
      const result = await cutText(bytes, { columns: JOTFORM }, { chunkBytes: 5 })

      expect(result.texts).toEqual(texts)
    }
  })

  it.each([
    ['sep=;', ';'],
    ['"sep=;"', ';'],
    ['SEP=;', ';'],
    ['sep=\t', '\t'],
    ['', ';'],
    ['', '\t'],
    ['', '|'],
  ])('Q5: columns are told apart where the first line is %j and the delimiter %j', async (first, delimiter) => {
    const rows = (await text('excel-semicolons')).replace('sep=;\r\n', first === '' ? '' : `${first}\r\n`)

    const result = await cutText(rows.replaceAll(/;(?! )/g, delimiter), {
      columns: SEMICOLONS,
    })

    expect(result.header).toEqual(['feedback_date', 'user_id', 'score', 'feedback', 'Umsatz'])
    expect(result.rows.map((row) => row[3])).toEqual(['Schnell; freundlich, gut', 'Größe "M" fällt klein aus', ''])
    expect(result.parts).toMatchObject([{ firstRow: 2, lastRow: 4 }])
  })

  it.each(['\n', '\r\n', '\r'])('Q6: rows end with %j', async (newline) => {
    const file = (await text('typeform')).replaceAll('\n', newline)

    const result = await cutText(file, {}, { chunkBytes: 3 })

    expect(result).toMatchObject({ counts: { read: 4, skipped: 2 }, problems: [] })
    expect(result.rows.map((row) => row.at(-1))).toEqual(['Default ending', ''])
  })

  it('Q7: a line break inside quotes starts no row, in a header neither', async () => {
    const file = (await text('qualtrics-german')).replace('2026-07-05 09:02:31', 'soon')

    const result = await cutText(file)

    expect(result.problems).toMatchObject([{ row: 8, column: 'RecordedDate' }])
    expect(result.rows[0]).toContain('Schnell, freundlich\nund "unkompliziert"')
  })

  it('Q8: quotes inside a header are doubled once', async () => {
    const result = await cutText(await exported('jotform'), { columns: { user_id: 'Last Name' } })

    expect(result.header[3]).toBe('"E-mail"')
    expect(result.texts[0]?.split('\n')[0]).toContain(',"""E-mail""",')
  })

  it('Q9: a delimiter at the end of each row makes no column, and loses no text', async () => {
    const columns = { score: 'Q1' }
    const file = await text('qualtrics-legacy')

    const clean = await cutText(file, { columns })
    const stray = await cutText(file.replace('-1,\r\nR_0b', '-1,surplus\r\nR_0b'), { columns })

    expect(clean.header.at(-1)).toBe('LocationAccuracy')
    expect(clean.problems).toEqual([])
    expect(stray.problems).toMatchObject([{ row: 3, code: 'field_count' }])
    expect(stray.aside).toContain('surplus')
  })

  it('Q10: headers that occur several times are sent under names of their own', async () => {
    const result = await cutText(await exported('typeform'))

    expect(result.header.filter((name) => /^(?:Other|None)/.test(name))).toEqual([
      'Other',
      'None',
      'Other_2',
      'Other_3',
      'None_2',
      'Other_4',
    ])
    expect(new Set(result.header).size).toBe(result.header.length)
  })

  it('Q11: a column without a header is named by its place, or by its choice', async () => {
    const lines = (await text('tally')).replace('"Your Full Name (Teen\'s Name)"', '').replace(/Your Full[^,]*/, '')

    const tally = await cutText(lines)
    const surveymonkey = await cutText(await exported('surveymonkey'))

    expect(tally.header[3]).toBe('column_4')
    expect(surveymonkey.header.at(-1)).toBe('Contact information - Company')
    expect(surveymonkey.header).not.toContain('')
  })

  it('Q12: tags, non-breaking spaces and trailing blanks are in no name, and need not be in the configuration', async () => {
    const columns = {
      score: 'How likely are you to recommend us?',
      feedback: 'Are our benefits as part of the plan clear?',
    }

    const result = await cutText(await exported('typeform'), { columns })

    expect(result.header.slice(1, 3)).toEqual(['score', 'What do you use?'])
    expect(result.header[8]).toBe('feedback')
    expect(result.header.join()).not.toMatch(/[<>\u00a0]| (?:,|$)/)
  })

  it.each([
    ['America/New_York', '2026-07-01T16:00:00Z'],
    ['Australia/Sydney', '2026-07-01T02:00:00Z'],
    ['UTC', '2026-07-01T12:00:00Z'],
  ])('Q13: a header states the zone %s, which changes from workspace to workspace', async (zone, moment) => {
    const file = (await text('intercom')).replace('America/New_York', zone)

    const result = await cutText(file, { dates: { zone: 'Europe/Berlin' } })

    expect(result.dialect).toBe('intercom')
    expect(result.rows[0]?.[1]).toBe(at(moment))
  })

  it('Q14: labels in another language do not hide the tool', async () => {
    const german = await cutText(await exported('qualtrics-german'), { columns: { user_id: 'Externe Datenreferenz' } })
    const french = await cutText((await text('google-forms')).replace('Timestamp', 'Horodateur'), {
      dates: { order: 'month-first' },
    })

    expect(german).toMatchObject({ dialect: 'qualtrics', mapping: { user_id: 'ExternalReference' } })
    expect(french).toMatchObject({ dialect: 'google-forms', mapping: { feedback_date: 'Horodateur' } })
  })

  it.each(['tags', 'Tags', 'TAGS', 'wootric_response_id', 'Wootric_Response_ID'])(
    'Q15: the reserved name %s is not sent, its values are',
    async (name) => {
      const file = (await text('typeform')).replace('Tags', name)

      const result = await cutText(file)

      expect(result.header).toContain(`${name}_2`)
      expect(result.mapping).toMatchObject({ [name]: `${name}_2` })
      expect(result.rows[0]?.[result.header.indexOf(`${name}_2`)]).toBe('vip')
      await expect(cutText(file, { reserved: 'reject' })).rejects.toMatchObject({ code: 'reserved_column' })
    },
  )

  it('Q16: a column that bears the name of a mapped one is sent under another', async () => {
    const file = (await text('jotform')).replace('First Name', 'score').replace('Last Name', 'FEEDBACK')
    const columns = { score: /^Score$/, feedback: 'Any comments?' }

    const result = await cutText(file, { columns })

    expect(result.header.slice(1, 6)).toEqual(['score_2', 'FEEDBACK_2', 'user_id', 'score', 'feedback'])
    expect(result.rows[0]?.slice(1, 6)).toEqual(['Ann', 'Example', 'ann@example.com', '9', 'fine'])
    await expect(cutText(file)).rejects.toMatchObject({ code: 'duplicate_column' })
  })
})
