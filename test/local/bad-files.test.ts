import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { control, dumpOf, HomeFolder, type Running, until } from '../support/home.ts'

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => `2026-10-${String((index % 28) + 1).padStart(2, '0')},7,text ${index}\n`)
const HEAD = 'feedback_date,score,feedback\n'

describe('files that are not what they should be', () => {
  let home: HomeFolder
  let running: Running

  beforeAll(async () => {
    home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-bad-')))
    await home.configure({
      accounts: { main: { secret: 'none' } },
      sources: { nps: {}, whole: { rows: 'all-or-nothing' } },
    })
    running = await home.start()
  })

  afterAll(async () => {
    await home.close()
    await rm(home.root, { recursive: true, force: true })
  })

  const posts = async () => {
    const stats = (await control(running.sandboxUrl ?? '', 'GET', 'stats')) as { requests: Record<string, number> }
    return stats.requests['POST /v1/imports'] ?? 0
  }

  it.each<[string, string, string | Uint8Array, string, RegExp]>([
    ['an empty file', 'nps/empty.csv', '', 'file_empty', /empty/i],
    ['a header alone', 'nps/header.csv', HEAD, 'no_rows', /row/i],
    [
      'no feedback_date',
      'nps/undated.csv',
      'score,feedback\n9,good\n',
      'feedback_date_column_missing',
      /feedback_date/,
    ],
    [
      'an Excel workbook that is named .csv',
      'nps/book.csv',
      Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(200, 1)]),
      'not_a_csv',
      /CSV/,
    ],
    [
      'a quote that is never closed, on the last line',
      'nps/quote.csv',
      `${HEAD}${rows(2000).join('')}2026-10-01,7,"open\n`,
      'unclosed_quote',
      /quotation marks.*row 2002/,
    ],
    ['a source that nobody configured', 'other/a.csv', `${HEAD}${rows(1)}`, 'unknown_source', /relay\.config\.ts/],
    ['a file outside of any source', 'stray.csv', `${HEAD}${rows(1)}`, 'unknown_source', /source/],
    [
      'one bad row where all or none are wanted',
      'whole/one.csv',
      `${HEAD}${rows(5).join('')}soon,7,x\n`,
      'rows_not_valid',
      /all rows or none/,
    ],
  ])('rejects %s with its code and a sentence, and sends nothing', async (_, path, content, code, sentence) => {
    const before = await posts()
    await home.drop(path, content)

    const receipt = await home.receiptOf(`inbox/${path}`)

    expect(receipt).toMatchObject({ state: 'rejected', error: { code } })
    expect(receipt.error?.message).toMatch(sentence)
    expect(await posts()).toBe(before)
    // The receipt comes first, then the move.
    await until(async () => (await home.files('done')).includes(`rejected/${path}`))
  })

  it('sets one bad date among 1,000 rows aside and imports the rest', async () => {
    const lines = rows(1000)
    lines[499] = '2026-02-30,7,no such day\n'
    await home.drop('nps/one-bad.csv', HEAD + lines.join(''))

    const receipt = await home.receiptOf('inbox/nps/one-bad.csv')

    expect(receipt).toMatchObject({
      state: 'partial',
      rows: { read: 1000, imported: 999, set_aside: 1, duplicate: 0, skipped: 0 },
      problems: [{ row: 501, column: 'feedback_date', code: 'feedback_date_invalid' }],
    })
    const imports = await dumpOf(running.sandboxUrl ?? '')
    expect(imports.find(({ name }) => name === 'one-bad.csv')?.responses).toHaveLength(999)
  })
})
