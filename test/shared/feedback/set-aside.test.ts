import { describe, expect, it } from 'vitest'
import { NO_COUNTS } from '../../../shared/feedback/types.ts'
import { cutText } from './cut-text.ts'

describe('set-aside rows', () => {
  const csv = 'When,Text,score\n2026-10-01,"a, ""b""",9\nsoon,"two\nlines",8\n2026-10-02,c,7.5\n'
  const options = { columns: { feedback_date: 'When' } }

  it('stand in UTF-8 with a byte order mark, the original columns and ours', async () => {
    const { aside } = await cutText(csv, options)

    expect(aside.split('\n')[0]).toBe('\ufeffWhen,Text,score,relay_row,relay_column,relay_code,relay_reason')
    expect(aside).toContain('soon,"two\nlines",8,3,When,feedback_date_invalid,')
    expect(aside).toContain('2026-10-02,c,7.5,4,score,score_not_integer,')
  })

  it('are not written where there are none', async () => {
    const { aside, counts } = await cutText('feedback_date\n1790812800\n')

    expect(aside).toBe('')
    expect(counts.set_aside).toBe(0)
  })

  it('can be mended and dropped again', async () => {
    const { aside } = await cutText(csv, options)

    const again = await cutText(aside.replace('soon', '2026-10-03').replace('7.5', '7'), options)

    expect(again.rows).toEqual([
      ['1790985600', 'two\nlines', '8'],
      ['1790899200', 'c', '7'],
    ])
    expect(again.counts).toEqual({ ...NO_COUNTS, read: 2, set_aside: 0, skipped: 0 })
  })

  it('carry our columns once when they are set aside again', async () => {
    const first = await cutText(csv, options)

    const second = await cutText(first.aside, options)

    expect(second.aside.split('\n')[0]).toBe(first.aside.split('\n')[0])
    expect(second.asideRows.map((row) => row.relay_row)).toEqual(['2', '3'])
  })

  it('keep surplus cells behind our columns', async () => {
    const { aside } = await cutText('feedback_date,a\n2026-10-01,1,2,"x,y"\n2026-10-01\n')

    const [, wide = '', narrow = ''] = aside.split('\n')
    expect(wide).toMatch(/^2026-10-01,1,2,,field_count,".*",2,"x,y"$/)
    expect(narrow).toMatch(/^2026-10-01,,3,,field_count,/)
  })

  it('hold the rows that CXI refused, with its words', async () => {
    const refused = [{ firstRow: 3, lastRow: 4, message: 'Score is out of range' }]
    const lines = 'feedback_date,score\n1790812800,1\n1790812800,2\n1790812800,x\n1790812800,4\n'

    const result = await cutText(lines, {}, { refused })

    expect(result.rows.map(([, score]) => score)).toEqual(['1', '4'])
    expect(result.problems).toMatchObject([
      { row: 3, column: null, code: 'refused_by_cxi', message: 'Score is out of range' },
      { row: 4, code: 'score_not_integer' },
    ])
  })

  it('may be all there is', async () => {
    const result = await cutText('feedback_date\nsoon\nlater\n')

    expect(result.parts).toEqual([])
    expect(result.counts).toEqual({ ...NO_COUNTS, read: 2, set_aside: 2, skipped: 0 })
  })

  it('are all written, though only the first hundred are listed', async () => {
    const result = await cutText(`feedback_date,a\n${'soon,some text that takes room\n'.repeat(5000)}`)

    expect(result.problems).toHaveLength(100)
    expect(result.asideRows).toHaveLength(5000)
    expect(result.counts.set_aside).toBe(5000)
  })

  it('are too large above 1 MiB, whatever the chunks', async () => {
    const wide = `1790812800,"${'x'.repeat(1024 * 1024)}\n${'y""'.repeat(1000)}"\n`
    const small = '1790812800,1\n'.repeat(4)
    const text = `feedback_date,a\n${small}${wide}1790812801,2\nsoon,3\n`

    for (const chunkBytes of [999, 1 << 16, 3 << 20]) {
      const result = await cutText(text, {}, { chunkBytes })

      expect(result.rows.map(([, a]) => a)).toEqual(['1', '1', '1', '1', '2'])
      expect(result.problems).toMatchObject([
        { row: 6, code: 'row_too_large' },
        { row: 8, code: 'feedback_date_invalid' },
      ])
      expect(result.asideRows).toMatchObject([{ feedback_date: '', a: '', relay_row: '6' }, { a: '3' }])
    }
  })

  it('hold nothing of 1 MiB exactly', async () => {
    const small = '1790812800,1\n'.repeat(4)
    const text = `feedback_date,a\n${small}1790812800,${'x'.repeat(1024 * 1024 - 11)}\n1790812801,${'x'.repeat(1024 * 1024 - 10)}`

    const result = await cutText(text)

    expect(result.counts).toEqual({ ...NO_COUNTS, read: 6, set_aside: 1, skipped: 0 })
    expect(result.problems).toMatchObject([{ row: 7, code: 'row_too_large' }])
  })
})
