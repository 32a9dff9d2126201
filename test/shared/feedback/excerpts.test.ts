import { describe, expect, it } from 'vitest'
import type { ReadOptions } from '../../../shared/feedback/types.ts'
import { cutText } from './cut-text.ts'
import { exported } from './export-files.ts'

const HEADER = 'When,Name,E-mail,NPS,Why\n'
const COLUMNS = { feedback_date: 'When', score: 'NPS', feedback: 'Why' }

/** Each problem's line and the part of it that is at fault. */
async function excerpts(content: string | Uint8Array, options: ReadOptions = {}) {
  const { problems } = await cutText(content, { columns: COLUMNS, excerpts: 10, ...options })
  return problems.map(({ excerpt }) => excerpt && [excerpt.line, excerpt.line.slice(excerpt.from, excerpt.to)])
}

describe('an excerpt', () => {
  it.each([
    ['a score', '2026-10-01,Ann,a@example.com,7.5,ok', '7.5'],
    ['a date', 'soon,Ann,a@example.com,7,ok', 'soon'],
    ['a quoted cell', '2026-10-01,Ann,a@example.com,"7,5",ok', '"7,5"'],
    ['surplus cells', '2026-10-01,Ann,a@example.com,7,ok,more,"and more"', 'more,"and more"'],
    ['missing cells', '2026-10-01,Ann,a@example.com', ''],
    ['an empty date', ',Ann,a@example.com,7,ok', ''],
  ])('points at %s', async (_, row, value) => {
    expect(await excerpts(`${HEADER}${row}\n`)).toEqual([[row, value]])
  })

  it('points behind the row where cells are missing', async () => {
    const { problems } = await cutText(`${HEADER}2026-10-01,Ann\n`, { columns: COLUMNS, excerpts: 1 })

    expect(problems[0]?.excerpt).toEqual({ line: '2026-10-01,Ann', from: 14, to: 14 })
  })

  it('points at the cell with bytes that are no text', async () => {
    const file = Buffer.from(`${HEADER}2026-10-01,Ann,,7,caf\xe9 au lait\n`, 'latin1')

    expect(await excerpts(file)).toEqual([['2026-10-01,Ann,,7,caf\\xE9 au lait', 'caf\\xE9 au lait']])
  })

  it('points at the quotation mark that nobody closed', async () => {
    const file = `${HEADER}2026-10-01,Ann,,7,"open\n2026-10-02,Bob,,8,"fine"\n`

    expect(await excerpts(file)).toEqual([
      ['2026-10-01,Ann,,7,"open↵2026-10-02,Bob,,8,"fine"', '"open↵2026-10-02,Bob,,8,"fine"'],
    ])
  })

  it('is one line, and moves no cursor', async () => {
    const file = `${HEADER}soon,"A\tnn",,7,"two\r\nlines, \u001b[2J\u202e\u0007"\n`

    expect(await excerpts(file)).toEqual([['soon,"A→nn",,7,"two↵lines, ·[2J··"', 'soon']])
  })

  it('has the file’s own delimiter', async () => {
    expect(await excerpts(`${HEADER}soon,Ann,,7,ok\n`.replaceAll(',', '\t'))).toEqual([['soon→Ann→→7→ok', 'soon']])
  })

  it('is the part of a long row that is near the value', async () => {
    const long = 'x'.repeat(5000)

    const [found] = await excerpts(`${HEADER}2026-10-01,${long},,none,${long}\n`)

    expect(found).toEqual([`…${'x'.repeat(298)},,none,${'x'.repeat(299)}…`, 'none'])
  })

  it('comes with as many problems as were asked for, and with none unasked', async () => {
    const file = `${HEADER}${'soon,Ann,,7,ok\n'.repeat(5)}`

    const asked = await excerpts(file, { excerpts: 2 })
    const { problems } = await cutText(file, { columns: COLUMNS })

    expect(asked.map((found) => found !== undefined)).toEqual([true, true, false, false, false])
    expect(problems.every((problem) => !('excerpt' in problem))).toBe(true)
  })
})

describe('an excerpt of a source with privacy rules', () => {
  const privacy = { Name: 'drop', 'E-mail': 'mask' } as const

  it('hides private cells, and addresses wherever they stand', async () => {
    const file = `${HEADER}2026-10-01,"Ann, B.",ann@example.com,none,call ann@example.com\n2026-10-01,,,none,ok\n`

    expect(await excerpts(file, { privacy })).toEqual([
      ['2026-10-01,***,a***@example.com,none,***', 'none'],
      ['2026-10-01,,,none,ok', 'none'],
    ])
  })

  it('hides a hashed cell', async () => {
    const options: ReadOptions = { privacy: { Name: 'hash' }, privacyKey: Buffer.alloc(32, 1) }

    expect(await excerpts(`${HEADER}soon,Ann,,7,ok\n`, options)).toEqual([['soon,***,,7,ok', 'soon']])
  })

  it('hides every cell of a row in which cells may have moved', async () => {
    const file = `${HEADER}2026-10-01,Smith, Ann,ann@example.com,7,ok\n2026-10-01,Ann,7,ok\n`

    expect(await excerpts(file, { privacy })).toEqual([
      ['***,***,***,***,***,***', '***'],
      ['***,***,***,***', ''],
    ])
  })

  it('is known by header, not by place, in exports with several header rows', async () => {
    const file = (await exported('qualtrics-german')).toString().replace('2026-07-01 09:02:31', 'soon')
    const options: ReadOptions = {
      columns: { score: 'Q1' },
      excerpts: 1,
      privacy: { 'IP-Adresse': 'drop', RecipientEmail: 'hash', 'Vorname des Empfängers': 'mask' },
      privacyKey: Buffer.alloc(32, 1),
    }

    const { problems } = await cutText(file, options)

    expect(problems[0]?.excerpt?.line).toContain('IP Address,***,100,140')
    expect(problems[0]?.excerpt?.line).not.toMatch(/203\.0\.113|p1@example|Änne/)
  })
})
