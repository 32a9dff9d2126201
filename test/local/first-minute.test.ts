import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { control, dumpOf, HomeFolder, until } from '../support/home.ts'

const repository = new URL('../../', import.meta.url)
const example = () => readFile(new URL('examples/nps-october.csv', repository))

describe('the first minute', () => {
  let home: HomeFolder

  beforeEach(async () => {
    home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-home-')))
  })

  afterEach(async () => {
    await home.close()
    await rm(home.root, { recursive: true, force: true })
  })

  /** The repository's own configuration, as `npm start` uses it. */
  const config = new URL('relay.config.ts', repository).pathname
  const args = ['--config', config]

  it('turns the example into an import with its metadata, a receipt and a set-aside file', async () => {
    const { child, url, sandboxUrl = '', output, end } = await home.start({ args })
    await home.drop('nps/nps-october.csv', await example())

    const receipt = await home.receiptOf('inbox/nps/nps-october.csv')

    expect(receipt).toMatchObject({
      source: 'nps',
      state: 'partial',
      parts: [{ part: 1, state: 'described' }],
      import: { source: 'Website survey', metric_type: 'nps', language: 'en', tag_names: ['WEBSITE'] },
      error: null,
      duplicate_of: null,
    })
    expect(receipt.rows.imported + receipt.rows.set_aside).toBe(receipt.rows.read)
    expect(receipt.problems.length).toBe(receipt.rows.set_aside)
    const [imported] = await dumpOf(sandboxUrl)
    expect(imported).toMatchObject({
      id: receipt.parts[0]?.import_id,
      name: 'nps-october.csv',
      source: 'Website survey',
      metric_type: 'nps',
    })
    expect(imported?.responses).toHaveLength(receipt.rows.imported)
    expect(imported?.responses[0]?.project_ids).toEqual(receipt.import?.project_ids)
    await until(async () => (await home.files('done')).length > 0)
    expect(await home.files('done')).toEqual(['partial/nps/nps-october.csv'])
    const [aside = ''] = await home.files('rejected')
    expect(await readFile(home.path('rejected', aside), 'utf8')).toMatch(/^\uFEFF.*relay_row,relay_column,relay_code/)
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
    await until(() => output().includes('inbox/nps/nps-october.csv: partial'))
    const words = output()
    expect(words.indexOf('\nsandbox http')).toBeLessThan(words.indexOf('\nready http'))
    // Under npm one Ctrl-C comes twice.
    const ended = end('SIGINT')
    child.kill('SIGINT')
    expect(await ended).toBe(0)
  })

  it('writes into the receipt that CXI has counted the rows', async () => {
    const { sandboxUrl = '' } = await home.open({ config })
    await home.drop('plain/a.csv', 'feedback_date,score\n2026-10-01,9\n')
    await home.receiptOf('inbox/plain/a.csv')
    await control(sandboxUrl, 'POST', 'clock', { advance_seconds: 3600 })

    const [imported] = await dumpOf(sandboxUrl)

    expect(imported?.response_count).toBe(1)
  })

  it('imports the same content once: again, under another name, and after a restart', async () => {
    const content = 'feedback_date,score,feedback\n2026-10-01,9,good\n2026-10-02,3,bad\n'
    const first = await home.open({ config })
    await home.drop('plain/a.csv', content)
    await home.receiptOf('inbox/plain/a.csv')
    await home.drop('plain/a.csv', content)
    await home.receiptsOf(2)
    await home.drop('plain/b.csv', content)
    await home.receiptsOf(3)
    await first.close()
    const second = await home.open({ config })
    await home.drop('plain/c.csv', content)

    const receipts = await home.receiptsOf(4)

    expect(
      receipts.map(({ drop, state, duplicate_of }) => [
        drop,
        state,
        duplicate_of && /^[^.]+\.csv/.exec(duplicate_of)?.[0],
      ]),
    ).toEqual([
      ['inbox/plain/a.csv', 'imported', null],
      ['inbox/plain/a.csv', 'duplicate', 'receipts/plain/a.csv'],
      ['inbox/plain/b.csv', 'duplicate', 'receipts/plain/a.csv'],
      ['inbox/plain/c.csv', 'duplicate', 'receipts/plain/a.csv'],
    ])
    const imports = await dumpOf(second.sandboxUrl ?? '')
    expect(imports.map(({ name, responses }) => [name, responses.length])).toEqual([['a.csv', 2]])
  })

  it('undoes a drop by a command alone where nothing runs', async () => {
    const running = await home.open({ config })
    await home.drop('plain/a.csv', 'feedback_date,score\n2026-10-01,9\n')
    const { id } = await home.receiptOf('inbox/plain/a.csv')
    await running.close()

    const undo = await home.run(['undo', String(id).slice(0, 8), '--json', '--data', home.path(), ...args])

    expect(undo.code).toBe(0)
    expect(JSON.parse(undo.output.slice(undo.output.indexOf('{\n')))).toEqual({ id, state: 'undone' })
    expect(await home.receipts()).toMatchObject([{ state: 'undone' }])
    const { sandboxUrl = '' } = await home.open({ config })
    expect(await dumpOf(sandboxUrl)).toEqual([])
  })

  it('undoes a drop, which can then be imported anew', async () => {
    const { sandboxUrl = '' } = await home.open({ config })
    const content = 'feedback_date,score\n2026-10-01,9\n'
    await home.drop('plain/a.csv', content)
    await home.receiptOf('inbox/plain/a.csv')

    const undo = await home.run(['undo', 'inbox/plain/a.csv', '--data', home.path(), ...args])
    await until(async () => (await home.receipts())[0]?.state === 'undone')
    await home.drop('plain/a.csv', content)
    const receipts = await home.receiptsOf(2)

    expect(undo).toMatchObject({ code: 0 })
    expect(receipts.map(({ state }) => state)).toEqual(['undone', 'imported'])
    expect((await dumpOf(sandboxUrl)).map(({ responses }) => responses.length)).toEqual([1])
  })
})
