import { describe, expect, it } from 'vitest'
import { Killed, Life, relayOf, source, World } from '../../support/world.ts'

const HEAD = 'feedback_date,score,feedback,response_id\n'
const row = (id: string, text: string, score = '9') => `1790000000,${score},${text},${id}\n`
const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => row(`id-${from + at}`, `answer ${from + at}`)).join('')

function worldOf(dedupe: 'rows' | 'drop'): World {
  const world = new World(relayOf([source('nps', { dedupe, columns: { response_id: 'response_id' } })]))
  world.maxPartBytes = 1000
  return world
}

/** The texts that CXI has, sorted. */
const texts = (world: World) =>
  world.cxi
    .rows()
    .map((line) => line.split(',')[2])
    .sort()
const expected = (count: number) => Array.from({ length: count }, (_, at) => `answer ${at}`).sort()

describe('two rows of one id in a file, where rows are claimed', () => {
  it('are both sent: the file owns its ids, however often it has them', async () => {
    const world = worldOf('rows')
    const process = world.process()
    await world.drop(
      process,
      'inbox/nps/both.csv',
      HEAD + rows(0, 60) + rows(40, 60) + row('id-0', 'changed') + rows(60, 90),
    )

    await world.pass(process, 600)

    expect(await world.receipt()).toMatchObject({
      state: 'imported',
      rows: { read: 111, imported: 111, duplicate: 0, set_aside: 0 },
    })
    expect(texts(world)).toEqual(
      [...expected(90), ...expected(60).filter((text) => !expected(40).includes(text)), 'changed'].sort(),
    )
  })

  it('are both sent where they have no id, or where rows are not claimed', async () => {
    const without = worldOf('rows')
    const unclaimed = worldOf('drop')
    for (const [world, id] of [
      [without, ''],
      [unclaimed, 'id-1'],
    ] as const) {
      const process = world.process()
      await world.drop(process, 'inbox/nps/both.csv', HEAD + row(id, 'one') + row(id, 'two'))
      await world.pass(process, 600)
    }

    expect(texts(without)).toEqual(['one', 'two'])
    expect(texts(unclaimed)).toEqual(['one', 'two'])
  })

  it('FC-02 are sent though a spreadsheet has made their ids equal, which the receipt tells', async () => {
    const world = worldOf('rows')
    const process = world.process()
    const damaged = (from: number, to: number) => rows(from, to).replace(/id-\d+/g, '1.18E+11')
    await world.drop(process, 'inbox/nps/one.csv', HEAD + damaged(0, 3))
    await world.pass(process, 600)
    await world.drop(process, 'inbox/nps/two.csv', HEAD + damaged(3, 5))

    await world.pass(process, 600)

    expect(texts(world)).toEqual(expected(5))
    const receipts = await world.receipts()
    expect(receipts.map((receipt) => receipt.rows)).toMatchObject([
      { imported: 3, duplicate: 0, unclaimed: 3 },
      { imported: 2, duplicate: 0, unclaimed: 2 },
    ])
    expect(receipts[0]?.notes).toEqual([expect.stringMatching(/"response_id".*Export the file again/)])
  })

  it('FC-02 stay claimed where CXI refused one of them and has the other', async () => {
    const world = worldOf('rows')
    world.cxi.faults.push({ status: 422, message: 'bad' })
    const process = world.process()
    await world.drop(process, 'inbox/nps/one.csv', HEAD + row('id-0', 'kept') + rows(1, 40) + row('id-0', 'twice'))
    await world.pass(process, 600)
    await world.drop(process, 'inbox/nps/two.csv', HEAD + row('id-0', 'later') + row('id-40', 'later too'))

    await world.pass(process, 600)

    const [first, second] = await world.receipts()
    expect(first?.parts.map(({ state }) => state).sort()).toEqual(['confirmed', 'refused'])
    expect(second?.rows).toMatchObject({ read: 2, imported: 1, duplicate: 1 })
    expect(texts(world)).toContain('later too')
  })

  it('leave the second to be sent where the first cannot be', async () => {
    const world = worldOf('rows')
    const process = world.process()
    await world.drop(process, 'inbox/nps/both.csv', HEAD + row('id-1', 'one', 'none') + row('id-1', 'two'))

    await world.pass(process, 600)

    expect(await world.receipt()).toMatchObject({ state: 'partial', rows: { imported: 1, set_aside: 1, duplicate: 0 } })
    expect(texts(world)).toEqual(['two'])
  })

  it('are sent once each at whatever touch the process dies', { timeout: 60_000 }, async () => {
    const content = HEAD + rows(0, 12) + rows(6, 8)
    for (let endsAt = 1, isKilled = true; isKilled; endsAt++) {
      const world = worldOf('rows')
      const object = world.objects.putDrop('inbox/nps/both.csv', Buffer.from(content))
      const mortal = world.process(new Life(endsAt))

      isKilled = await dies(async () => {
        await mortal.engine.receive(object)
        await world.pass(mortal, 600)
      })
      const heir = await world.restart()
      await heir.engine.receive(object)
      await world.pass(heir, 4 * 3600)

      expect(texts(world), `touch ${endsAt}`).toEqual([...expected(12), 'answer 6', 'answer 7'].sort())
      expect(await world.receipt()).toMatchObject({ rows: { imported: 14, duplicate: 0 } })
    }
  })
})

async function dies(run: () => Promise<void>): Promise<boolean> {
  try {
    await run()
    return false
  } catch (error) {
    if (error instanceof Killed) return true
    throw error
  }
}
