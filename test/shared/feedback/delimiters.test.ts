import { describe, expect, it } from 'vitest'
import { NO_COUNTS } from '../../../shared/feedback/types.ts'
import { cutText, toCsv } from './cut-text.ts'

const ROWS = [
  ['feedback_date', 'feedback', 'score'],
  ['1790812800', 'one, two; three\tfour|five', '9'],
  ['1790812801', 'a "quoted" word\nand a line', '8'],
  ['1790812802', '', ''],
]

describe('delimiters and line ends', () => {
  const forms = [',', ';', '\t', '|'].flatMap((delimiter) =>
    ['\n', '\r\n', '\r'].map((newline) => [delimiter, newline] as const),
  )

  it.each(forms)('reads %j with %j', async (delimiter, newline) => {
    const result = await cutText(toCsv(ROWS, delimiter, newline), {}, { chunkBytes: 1 })

    expect([result.header, ...result.rows]).toEqual(ROWS)
    expect(result.parts[0]).toMatchObject({ rows: 3, firstRow: 2, lastRow: 4 })
  })

  it('sends commas and line feeds whatever the file has', async () => {
    const result = await cutText('feedback_date;feedback\r\n1790812800;a,b\r\n')

    expect(result.texts).toEqual(['feedback_date,feedback\n1790812800,"a,b"\n'])
  })

  it('obeys a first line sep=, which is no row', async () => {
    const result = await cutText('sep=;\r\nfeedback_date;feedback\r\n1790812800;a,b\r\nx;c\r\n')

    expect(result.rows).toEqual([['1790812800', 'a,b']])
    expect(result.problems).toMatchObject([{ row: 3 }])
  })

  it('is not misled by semicolons in the texts of a comma-separated file', async () => {
    const result = await cutText('feedback_date,"Good; bad; or other?",c\n1790812800,a;b;c,1\n1790812800,d;e;f,2\n')

    expect(result.header).toEqual(['feedback_date', 'Good; bad; or other?', 'c'])
  })

  it('is not misled by commas in the texts of a semicolon-separated file', async () => {
    const result = await cutText('feedback_date;What, why?;c\n1790812800;a, b;1\n1790812800;c, d;2\n')

    expect(result.header).toEqual(['feedback_date', 'What, why?', 'c'])
  })

  it('reads a file of one column', async () => {
    const result = await cutText('feedback_date\n2026-10-01\n')

    expect(result.texts).toEqual(['feedback_date\n1790812800\n'])
  })

  it('reads a last row without a line end', async () => {
    const result = await cutText('feedback_date,score\n1790812800,9')

    expect(result.texts).toEqual(['feedback_date,score\n1790812800,9\n'])
  })

  it('counts an empty line as a spreadsheet row, but reads none', async () => {
    const result = await cutText('feedback_date,score\n\n1790812800,9\n   \n\r\n1790812800,x\n')

    expect(result.counts).toEqual({ ...NO_COUNTS, read: 2, set_aside: 1, skipped: 0 })
    expect(result.problems[0]?.row).toBe(6)
  })

  it('does not start a row at a quoted line break', async () => {
    const result = await cutText('feedback_date,feedback\n1790812800,"a\n\nb"\nx,c\n')

    expect(result.problems[0]?.row).toBe(3)
  })
})

describe('quotes', () => {
  it.each([
    ['text behind a closing quote', '"abc"def', 'abcdef'],
    ['blanks behind a closing quote', '"abc"  ', 'abc'],
    ['a quote inside an unquoted text', 'ab"c', 'ab"c'],
    ['quotes inside a quoted text that are not doubled', '"say "yes" please"', 'say "yes" please'],
    ['a carriage return inside an unquoted text', 'ab\rc', 'ab\rc'],
  ])('mends %s', async (_, raw, text) => {
    const result = await cutText(`feedback_date,feedback,score\n1790812800,${raw},9\n`)

    expect(result.rows).toEqual([['1790812800', text, '9']])
  })

  it('sets a row aside into which the next one ran because a quote was not closed', async () => {
    const result = await cutText('feedback_date,feedback\n1790812800,"never closed\n1790812801,"fine"\n1790812802,c\n')

    expect(result.rows).toEqual([['1790812802', 'c']])
    expect(result.problems).toMatchObject([{ row: 2, code: 'field_count' }])
  })
})
