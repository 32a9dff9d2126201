import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HomeFolder } from '../support/home.ts'

const columns = { feedback_date: 'When', score: 'NPS', feedback: 'Why' }
const TABLE = `When,E-mail,NPS,Why
2026-10-01,ann@example.com,9,fine
2026-10-02,bob@example.com,7.5,"so, so"
soon,eve@example.com,8,東京で
`

describe('check', () => {
  let home: HomeFolder

  beforeAll(async () => {
    home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-check-')))
    await home.configure({
      accounts: { main: { secret: 'none' } },
      sources: { nps: { columns }, private: { columns, privacy: { 'E-mail': 'drop' } } },
    })
  })

  afterAll(async () => {
    await home.close()
    await rm(home.root, { recursive: true, force: true })
  })

  const check = async (content: string, source: string, ...args: string[]) => {
    const file = join(home.root, 'oct.csv')
    await writeFile(file, content)
    return home.run(['check', file, '--source', source, '--config', home.config, ...args])
  }

  it('reads a configuration that lies anywhere and has its types from the package', async () => {
    const config = join(home.root, 'typed.config.ts')
    const text = `const columns: object = ${JSON.stringify(columns)}
      export default defineRelay({ accounts: { main: { secret: 'none' } }, sources: { nps: { columns } } })`
    await writeFile(config, `import { defineRelay } from '#relay'\n${text}\n`)
    await writeFile(join(home.root, 'oct.csv'), TABLE)

    const { code, output } = await home.run([
      'check',
      join(home.root, 'oct.csv'),
      '--source',
      'nps',
      '--config',
      config,
    ])

    expect(output).toContain('1 row of 3 sent')
    expect(code).toBe(0)
  })

  it('shows each problem in its row, a caret under the value, and sends nothing', async () => {
    const { code, output } = await check(TABLE, 'nps')

    expect(code).toBe(0)
    expect(output).toContain('1 row of 3 sent, 2 set aside, 0 skipped')
    expect(output).toContain(
      [
        '  row 3, column "NPS": score_not_integer: The score "7.5" is not a whole number. Write one, or leave it empty.',
        '    2026-10-02,bob@example.com,7.5,"so, so"',
        '                               ^^^',
        '',
      ].join('\n'),
    )
    expect(output).toMatch(/row 4, column "When": feedback_date_invalid: .*\n {4}soon,.*,東京で\n {4}\^{4}\n/)
  })

  it('hides what is private', async () => {
    const { output } = await check(TABLE, 'private')

    expect(output).toContain('    2026-10-02,***,7.5,"so, so"\n                   ^^^\n')
    expect(output).not.toContain('example.com')
  })

  it('gives machines the excerpt and its place', async () => {
    const { code, output } = await check(TABLE, 'private', '--json')

    expect(code).toBe(0)
    expect(JSON.parse(output)).toMatchObject({
      state: 'partial',
      rows: { read: 3, set_aside: 2, skipped: 0 },
      problems: [
        {
          row: 3,
          column: 'NPS',
          code: 'score_not_integer',
          excerpt: { line: '2026-10-02,***,7.5,"so, so"', from: 15, to: 18 },
        },
        { row: 4, column: 'When', code: 'feedback_date_invalid', excerpt: { from: 0, to: 4 } },
      ],
    })
  })

  it('shows the first ten problems so, and ends with 1 where nothing would be imported', async () => {
    const { code, output } = await check(`When,NPS,Why\n${'soon,9,fine\n'.repeat(12)}`, 'nps')

    expect(code).toBe(1)
    expect(output).toContain('It would be rejected (all_rows_set_aside)')
    expect(output.match(/feedback_date_invalid/g)).toHaveLength(12)
    expect(output.match(/^ {4}\^{4}$/gm)).toHaveLength(10)
  })
})
