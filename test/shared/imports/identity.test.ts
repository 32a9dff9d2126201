import { describe, expect, it } from 'vitest'
import { CxiError } from '../../../shared/cxi/errors.ts'
import { startUndo } from '../../../shared/imports/undo.ts'
import { account, csvOf, relayOf, source, World } from '../../support/world.ts'

/** A drop that can't be sent yet, and the same content again; in between, CXI is out of reach. */
async function underWay() {
  const world = new World()
  const process = world.process()
  world.cxi.trouble = new CxiError('cxi_unreachable', 'No connection.', { outcome: 'not_sent', retryable: true })
  await world.drop(process, 'inbox/nps/oct.csv', csvOf(3))
  await world.drain(process)
  await world.drop(process, 'inbox/nps/again.csv', csvOf(3))
  return { world, process }
}

describe('a drop is its content', () => {
  it('imports the same bytes once, and says of which drop the second is a duplicate', async () => {
    const world = new World()
    const process = world.process()
    await world.drop(process, 'inbox/nps/oct.csv', csvOf(3))
    await world.drain(process)

    await world.drop(process, 'inbox/nps/oct.csv', csvOf(3))
    await world.drop(process, 'inbox/nps/october final.csv', csvOf(3))
    await world.drain(process)

    expect(world.cxi.imports).toHaveLength(1)
    const duplicates = (await world.receipts()).filter(({ state }) => state === 'duplicate')
    expect(duplicates).toHaveLength(2)
    for (const receipt of duplicates) {
      expect(receipt).toMatchObject({
        duplicate_of: expect.stringMatching(/^receipts\/nps\/oct\.csv\./),
        rows: { read: 3, imported: 0, set_aside: 0, duplicate: 3, skipped: 0 },
        parts: [],
      })
    }
    expect(await world.keys('parts/')).toHaveLength(1)
  })

  it('knows the content again after a restart, also when the configuration could not read it any more', async () => {
    const world = new World()
    const process = world.process()
    await world.drop(process, 'inbox/nps/oct.csv', csvOf(3))
    await world.pass(process, 60)

    world.relay = relayOf([source('nps', { columns: { score: 'no such column' } })])
    const later = await world.restart()
    await world.drop(later, 'inbox/nps/again.csv', csvOf(3))
    await world.drain(later)

    expect((await world.receipts()).map(({ state }) => state).sort()).toEqual(['duplicate', 'imported'])
  })

  it('takes a redelivered event for the same drop', async () => {
    const world = new World()
    const process = world.process()
    const object = world.objects.putDrop('inbox/nps/oct.csv', Buffer.from(csvOf(3)))

    await Promise.all([process.engine.receive(object), process.engine.receive(object)])
    await world.drain(process)
    await process.engine.receive(object)
    await world.drain(process)

    expect(world.cxi.imports).toHaveLength(1)
    expect(await world.receipts()).toHaveLength(1)
  })

  it('lets the same content wait for the end of the first, which wakes it, and reads it once', async () => {
    const { world, process } = await underWay()

    await world.pass(process, 30)
    const reads = world.logger.events().filter((event) => event === 'drop.read').length
    const before = await world.receipts()
    world.cxi.trouble = undefined
    await world.pass(process, 90)

    expect(before).toEqual([])
    expect(reads).toBe(1)
    expect((await world.receipts()).map(({ drop, state }) => [drop, state]).sort()).toEqual([
      ['inbox/nps/again.csv', 'duplicate'],
      ['inbox/nps/oct.csv', 'imported'],
    ])
    expect(world.cxi.imports).toHaveLength(1)
    expect(await world.keys('rejected/')).toEqual([])
  })

  it('makes a new generation of the content that waited when the first is rejected', async () => {
    const { world, process } = await underWay()
    await world.pass(process, 30)
    world.cxi.trouble = undefined
    world.cxi.faults.push({ status: 422, message: 'not this time' })

    await world.pass(process, 120)

    expect((await world.receipts()).map(({ drop, state }) => [drop, state]).sort()).toEqual([
      ['inbox/nps/again.csv', 'imported'],
      ['inbox/nps/oct.csv', 'rejected'],
    ])
    expect(world.cxi.rows()).toHaveLength(3)
  })

  it('makes a new generation of the content that waited when the first is undone', async () => {
    const { world, process } = await underWay()
    await world.pass(process, 5)
    const drop = (await world.ledger.due(Number.MAX_SAFE_INTEGER, 10))
      .map(({ value }) => value as { kind: string; id: string })
      .find(({ kind }) => kind === 'drop')
    await startUndo(process.deps, drop?.id ?? '')
    world.cxi.trouble = undefined

    await world.pass(process, 120)

    expect((await world.receipts()).map(({ state }) => state).sort()).toEqual(['imported', 'undone'])
    expect(world.cxi.rows()).toHaveLength(3)
  })

  it('imports once what two passes read side by side', async () => {
    const world = new World()
    const [one, two] = [world.process(), world.process()]
    await world.drop(one, 'inbox/nps/a.csv', csvOf(3))
    await world.drop(two, 'inbox/nps/b.csv', csvOf(3))

    await Promise.all(
      (await world.ledger.due(world.clock.now(), 2)).map((record, at) => (at === 0 ? one : two).engine.work(record)),
    )
    await world.pass(one, 60)

    expect(world.cxi.rows()).toHaveLength(3)
    expect((await world.receipts()).map(({ state }) => state).sort()).toEqual(['duplicate', 'imported'])
    expect(await world.keys('parts/')).toEqual([])
  })

  it('imports the same bytes once for each source and each account', async () => {
    const world = new World(
      relayOf([source('a'), source('b'), source('c', { account: 'second' })], [account('main'), account('second')]),
    )
    const process = world.process()

    for (const name of ['a', 'b', 'c']) await world.drop(process, `inbox/${name}/oct.csv`, csvOf(3))
    await world.drain(process)

    expect(world.cxi.imports).toHaveLength(3)
  })

  it('imports into CXI what was imported into the sandbox before', async () => {
    const world = new World(relayOf([source('nps')], [account('main', 'sandbox')]))
    const trial = world.process()
    await world.drop(trial, 'inbox/nps/oct.csv', csvOf(3))
    await world.pass(trial, 60)

    world.relay = relayOf([source('nps')])
    const real = await world.restart()
    await world.drop(real, 'inbox/nps/oct.csv', csvOf(3))
    await world.drain(real)

    expect(world.cxi.imports).toHaveLength(2)
  })

  it('never sends to CXI what was dropped for the sandbox, and says how to go on', async () => {
    const world = new World(relayOf([source('nps')], [account('main', 'sandbox')]))
    const trial = world.process()
    await world.drop(trial, 'inbox/nps/oct.csv', csvOf(3))
    const [arrival] = await world.due()
    if (arrival) await trial.engine.work(arrival)

    world.relay = relayOf([source('nps')])
    const real = await world.restart()
    await world.pass(real, 3600)

    expect(world.cxi.calls).toEqual([])
    expect(world.logger.lines.find(({ event }) => event === 'work.account_changed')?.fields.message).toContain(
      '--sandbox',
    )
  })

  it('gives two drops of one key in the same millisecond receipts of their own', async () => {
    const world = new World()
    const process = world.process()

    await world.drop(process, 'inbox/nps/oct.csv', csvOf(3))
    await world.drop(process, 'inbox/nps/oct.csv', csvOf(4, 10))
    await world.drain(process)

    expect(await world.receipts()).toHaveLength(2)
    expect(world.cxi.rows()).toHaveLength(7)
  })
})

describe('a file that cannot be imported', () => {
  it.each([
    ['an unknown source', 'inbox/other/oct.csv', csvOf(3), 'unknown_source'],
    ['no source at all', 'inbox/oct.csv', csvOf(3), 'unknown_source'],
    ['an empty file', 'inbox/nps/oct.csv', '', 'file_empty'],
    ['a header only', 'inbox/nps/oct.csv', csvOf(0), 'no_rows'],
    ['no feedback_date', 'inbox/nps/oct.csv', 'score,feedback\n9,good\n', 'feedback_date_column_missing'],
    ['a workbook', 'inbox/nps/oct.csv', 'PK\x03\x04\x14\x00\x06\x00[Content_Types].xml', 'not_a_csv'],
    ['an unclosed quote at its end', 'inbox/nps/oct.csv', `${csvOf(500)}1790000000,9,"open,u`, 'unclosed_quote'],
    ['only bad rows', 'inbox/nps/oct.csv', 'feedback_date,score\nyesterday,9\n', 'all_rows_set_aside'],
  ])('is rejected with a receipt and a sentence: %s', async (_, key, csv, code) => {
    const world = new World()
    world.maxPartBytes = 2000
    const process = world.process()
    await world.drop(process, key, csv)

    await world.pass(process, 60)

    expect(world.cxi.calls).toEqual([])
    const receipt = await world.receipt()
    expect(receipt).toMatchObject({ state: 'rejected', error: { code }, rows: { imported: 0 } })
    expect(receipt.error?.message.length).toBeGreaterThan(40)
    expect(world.objects.ends.get(key)).toBe('rejected')
    expect(await world.keys('parts/')).toEqual([])
  })

  it('is rejected as gone when it was removed before it was read', async () => {
    const world = new World()
    const process = world.process()
    const object = world.objects.putDrop('inbox/nps/oct.csv', Buffer.from(csvOf(3)))
    await process.engine.receive(object)
    world.objects.removeDrop(object)

    await world.drain(process)

    expect(await world.receipt()).toMatchObject({ state: 'rejected', error: { code: 'file_gone' } })
  })

  it('is imported when it is dropped again after its configuration was mended', async () => {
    const world = new World(relayOf([source('nps', { columns: { score: 'nowhere' } })]))
    const process = world.process()
    await world.drop(process, 'inbox/nps/oct.csv', csvOf(3))
    await world.drain(process)

    world.relay = relayOf([source('nps')])
    const mended = await world.restart()
    await world.drop(mended, 'inbox/nps/oct.csv', csvOf(3))
    await world.drain(mended)

    expect((await world.receipts()).map(({ state }) => state).sort()).toEqual(['imported', 'rejected'])
  })

  it('sets one bad row among many aside and imports the rest', async () => {
    const world = new World()
    const process = world.process()
    await world.drop(process, 'inbox/nps/oct.csv', `${csvOf(999)}32.13.2026,9,bad,u\n`)

    await world.drain(process)

    expect(await world.receipt()).toMatchObject({
      state: 'partial',
      rows: { read: 1000, imported: 999, set_aside: 1 },
      problems: [{ row: 1001, column: 'feedback_date', code: 'feedback_date_invalid' }],
    })
    expect(await world.keys('rejected/')).toHaveLength(1)
  })

  it('imports nothing of a file with one bad row where the source wants all or nothing', async () => {
    const world = new World(relayOf([source('nps', { rows: 'all-or-nothing' })]))
    const process = world.process()
    await world.drop(process, 'inbox/nps/oct.csv', `${csvOf(99)}never,9,bad,u\n`)

    await world.drain(process)

    expect(world.cxi.calls).toEqual([])
    expect(await world.receipt()).toMatchObject({ state: 'rejected', error: { code: 'rows_not_valid' } })
  })
})
