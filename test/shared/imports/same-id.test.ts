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
  it('are one response: the first is sent, whatever stands between them', async () => {
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
      rows: { read: 111, imported: 90, duplicate: 21, set_aside: 0 },
    })
    expect(texts(world)).toEqual(expected(90))
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

  it('leave the second to be sent where the first cannot be', async () => {
    const world = worldOf('rows')
    const process = world.process()
    await world.drop(process, 'inbox/nps/both.csv', HEAD + row('id-1', 'one', 'none') + row('id-1', 'two'))

    await world.pass(process, 600)

    expect(await world.receipt()).toMatchObject({ state: 'partial', rows: { imported: 1, set_aside: 1, duplicate: 0 } })
    expect(texts(world)).toEqual(['two'])
  })

  it('are one response at whatever touch the process dies', { timeout: 60_000 }, async () => {
    const content = HEAD + rows(0, 30) + rows(10, 30) + rows(30, 40)
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

      expect(texts(world), `touch ${endsAt}`).toEqual(expected(40))
      expect(await world.receipt()).toMatchObject({ rows: { imported: 40, duplicate: 20 } })
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
