import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NO_COUNTS } from '../../../shared/feedback/types.ts'
import { extent } from '../../support/extent.ts'
import { cutText, toCsv } from './cut-text.ts'

const cell = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', '\t', '|', ' ', 'é', '€', '😀', '\ufeff'),
    maxLength: 8,
  }),
  fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('\0')),
)
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 }))
const form = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  newline: fc.constantFrom('\n', '\r\n', '\r'),
  chunkBytes: fc.integer({ min: 1, max: 40 }),
  maxPartBytes: fc.integer({ min: 400, max: 1000 }),
})

/** A table with plain headers and a date before its cells. */
function withDate(rows: string[][]): string[][] {
  const header = ['feedback_date', ...(rows[0] ?? []).map((_, index) => `question ${index + 1}`)]
  return [header, ...rows.map((row, index) => [String(1_790_812_800 + index), ...row])]
}

describe('any table', () => {
  it('arrives as it was, in chunks of any size', async () => {
    await fc.assert(
      fc.asyncProperty(table, form, async (rows, { delimiter, newline, chunkBytes, maxPartBytes }) => {
        const expected = withDate(rows)

        const result = await cutText(toCsv(expected, delimiter, newline), {}, { chunkBytes, maxPartBytes })

        expect([result.header, ...result.rows]).toEqual(expected)
        expect(result.counts).toEqual({ ...NO_COUNTS, read: rows.length, set_aside: 0, skipped: 0 })
      }),
      { numRuns: extent(100, 400) },
    )
  })

  it('arrives as it was behind so much else that it is read piece by piece', async () => {
    const filler = fc.integer({ min: 64_900, max: 65_600 })
    await fc.assert(
      fc.asyncProperty(table, form, filler, async (rows, { delimiter, newline, chunkBytes }, length) => {
        const [header = [], ...cells] = withDate(rows)
        const long = ['1790812800', ...header.slice(1).map(() => 'x'.repeat(length))]
        const expected = [header, long, ...cells]

        const result = await cutText(toCsv(expected, delimiter, newline), {}, { chunkBytes: chunkBytes + 4000 })

        expect([result.header, ...result.rows]).toEqual(expected)
        expect(result.counts).toEqual({ ...NO_COUNTS, read: rows.length + 1, set_aside: 0, skipped: 0 })
      }),
      { numRuns: extent(15, 40) },
    )
  })

  it('is divided between parts and the set-aside file, each row once', async () => {
    const rows = fc.array(fc.tuple(fc.constantFrom('2026-10-01', 'soon', ''), cell), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(rows, form, async (cells, { delimiter, newline, chunkBytes, maxPartBytes }) => {
        const numbered = cells.map(([date, text], index) => [date, String(index), text])

        const csv = toCsv([['feedback_date', 'number', 'text'], ...numbered], delimiter, newline)
        const result = await cutText(csv, {}, { chunkBytes, maxPartBytes })

        const sent = result.rows.map(([, number]) => Number(number))
        const kept = result.asideRows.map(({ number }) => Number(number))
        expect([...sent, ...kept].sort((a, b) => a - b)).toEqual(numbered.map((_, index) => index))
        expect(kept.every((index) => cells[index]?.[0] !== '2026-10-01')).toBe(true)
        expect(result.asideRows.map(({ text }) => text)).toEqual(kept.map((index) => cells[index]?.[1]))
        for (const part of result.parts) expect(part.bytes).toBeLessThan(maxPartBytes)
        expect(result.parts.reduce((sum, part) => sum + part.rows, 0)).toBe(sent.length)
      }),
      { numRuns: extent(60, 200) },
    )
  })

  it('never makes a cut fail in another way than by its own errors', async () => {
    const bytes = fc.array(fc.constantFrom(...Buffer.from('a1,;"\n\r\té€ \\-|')), { maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 20 }), async (body, chunkBytes) => {
        const csv = Buffer.concat([Buffer.from('feedback_date,a\n'), Buffer.from(body)])

        const result = await cutText(csv, {}, { chunkBytes }).catch((error) => error)
        const whole = await cutText(csv).catch((error) => error)

        if (result instanceof Error) expect(result).toMatchObject({ name: 'FileError' })
        expect(result).toEqual(whole)
      }),
      { numRuns: extent(120, 500) },
    )
  })
})
