import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sinceOf } from '../../local/commands/responses.ts'
import type { RecentReceipt } from '../../shared/exports/recent.ts'
import { HomeFolder } from '../support/home.ts'

const NOW = Date.UTC(2026, 10, 25)

describe('--since', () => {
  it.each([
    ['last', undefined],
    ['413', { id: 413, dateMs: null }],
    ['7d', { id: null, dateMs: NOW - 7 * 86_400_000 }],
    ['24h', { id: null, dateMs: NOW - 86_400_000 }],
    ['2026-11-01', { id: null, dateMs: Date.UTC(2026, 10, 1) }],
    ['2026-11-01T10:30', { id: null, dateMs: Date.UTC(2026, 10, 1, 10, 30) }],
    ['2026-11-01T10:30:00+01:00', { id: null, dateMs: Date.UTC(2026, 10, 1, 9, 30) }],
  ])('understands %s', (text, since) => {
    expect(sinceOf(text, NOW)).toEqual(since)
  })

  it.each(['', 'yesterday', '2026-13-45', '7 days', '-1'])('refuses "%s"', (text) => {
    expect(() => sinceOf(text, NOW)).toThrow(expect.objectContaining({ code: 'since_unknown' }))
  })
})

describe('the command responses', () => {
  let home: HomeFolder

  beforeEach(async () => {
    home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-responses-')))
    await home.configure({ accounts: { main: { secret: 'none' } }, sources: { nps: {} } })
  })

  afterEach(async () => {
    await home.close()
    await rm(home.root, { recursive: true, force: true })
  })

  it('stores what came since the last time, beside the running home', async () => {
    await home.open()
    await home.drop('nps/a.csv', 'feedback_date,score,feedback\n2026-10-01,9,great\n2026-10-02,1,bad\n')
    await home.receiptOf('inbox/nps/a.csv')

    const first = await home.command('responses')
    const again = await home.command('responses', '--json')
    const since = await home.command('responses', '--since', '2026-10-02', '--json')
    const wrong = await home.command('responses', '--since', 'whenever')

    expect([first.code, again.code, since.code, wrong.code]).toEqual([0, 0, 0, 1])
    expect(first.output).toMatch(/^2 responses: exports\/recent\/.*\.csv, exports\/recent\/.*\.ndjson$/m)
    expect(JSON.parse(again.output)).toMatchObject({ rows: 0, total: 2, complete: true, files: [] })
    const { rows, files } = JSON.parse(since.output) as RecentReceipt
    expect(rows).toBe(1)
    expect(await readFile(home.path(files[1] ?? ''), 'utf8')).toContain('"feedback":"bad"')
    expect(wrong.output).toContain('since_unknown')
  }, 60_000)
})
