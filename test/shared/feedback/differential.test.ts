import { env } from 'node:process'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import papaparse from 'papaparse'
import { expect, it } from 'vitest'
import { NO_COUNTS } from '../../../shared/feedback/types.ts'
import { cutText } from './cut-text.ts'

/** `DIFFERENTIAL_RUNS=20000 npx vitest run test/shared/feedback/differential.test.ts` for a long search. */
const RUNS = Number(env.DIFFERENTIAL_RUNS ?? 1000)
const SIGNS = ['a', 'b', '"', ',', ';', '\n', '\r', '\r\n', '\t', '|', ' ', "'", 'é', '€', '😀', '\ufeff', '\u00a0']

const cell = fc.record({
  text: fc.oneof(
    fc.string({ unit: fc.constantFrom(...SIGNS), maxLength: 8 }),
    fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('\0')),
  ),
  /** Quoted though it need not be. */
  isQuoted: fc.boolean(),
})
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 10 }))
const form = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  newline: fc.constantFrom('\n' as const, '\r\n' as const, '\r' as const),
  hasBom: fc.boolean(),
  endsWithNewline: fc.boolean(),
})

it('any valid file gives the cells that csv-parse and papaparse read in it, wherever its chunks end', async () => {
  const sizes = fc.record({
    chunkBytes: fc.integer({ min: 1, max: 60 }),
    maxPartBytes: fc.integer({ min: 400, max: 900 }),
  })
  await fc.assert(
    fc.asyncProperty(table, form, sizes, async (rows, { delimiter, newline, hasBom, endsWithNewline }, cutting) => {
      const written = (text: string, isQuoted: boolean) =>
        isQuoted || text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
      const header = ['feedback_date', ...(rows[0] ?? []).map((_, index) => `question ${index + 1}`)]
      const lines = rows.map((row, index) => [
        String(1_790_812_800 + index),
        ...row.map(({ text, isQuoted }) => written(text, isQuoted)),
      ])
      const text =
        [header, ...lines].map((line) => line.join(delimiter)).join(newline) + (endsWithNewline ? newline : '')

      const result = await cutText((hasBom ? '\ufeff' : '') + text, {}, cutting)

      const sent = result.texts.flatMap((part) => parse(part).slice(1))
      expect([result.header, ...sent]).toEqual(parse(text, { delimiter, record_delimiter: newline }))
      const peer = papaparse.parse<string[]>(text, { delimiter, newline, skipEmptyLines: true })
      expect([result.header, ...sent]).toEqual(peer.data)
      expect(result.counts).toEqual({ ...NO_COUNTS, read: rows.length, set_aside: 0, skipped: 0 })
    }),
    { numRuns: RUNS },
  )
})

it('every chunk boundary of a file gives the same bytes', async () => {
  const rows = [
    'feedback_date;score;a',
    '2026-10-01 10:00;9 - Very likely;"x;""y""',
    'é€😀"',
    'soon;;"a\r\nb"',
    '1790812800;10;',
  ]
  const bytes = Buffer.from(`\ufeff${rows.join('\r\n')}\r\n`)
  const { texts, aside, problems } = await cutText(bytes)

  for (let chunkBytes = 1; chunkBytes <= bytes.length; chunkBytes++) {
    expect(await cutText(bytes, {}, { chunkBytes })).toMatchObject({ texts, aside, problems })
  }
})
