import { describe, expect, it } from 'vitest'
import type { Receipt } from '../../../shared/imports/receipt.ts'
import { startUndo } from '../../../shared/imports/undo.ts'
import { csvOf, type Process, relayOf, source, World } from '../../support/world.ts'

const HEADER = 'feedback_date,score,feedback,user_id\n'
const bodyOf = (csv: string) => csv.slice(csv.indexOf('\n') + 1)
const rowsOf = (csv: string) => bodyOf(csv).trimEnd().split('\n')

/** Drops a file and works until it has ended; answers its receipt. */
async function dropped(world: World, process: Process, name: string, csv: string): Promise<Receipt> {
  const key = `inbox/nps/${name}.csv`
  await world.drop(process, key, csv)
  await world.pass(process, 60)
  const receipts = (await world.receipts()).filter(({ drop }) => drop === key)
  return receipts.at(-1) as Receipt
}

const sent = (world: World) => world.cxi.rows().sort()

describe('a file that is dropped again', () => {
  it('grown by new rows sends only these', async () => {
    const world = new World()
    const process = world.process()
    await dropped(world, process, 'oct', csvOf(20))

    const receipt = await dropped(world, process, 'oct-nov', csvOf(30))

    expect(receipt).toMatchObject({
      state: 'imported',
      rows: { read: 30, imported: 10, set_aside: 0, duplicate: 20 },
      duplicate_of: expect.stringMatching(/^receipts\/nps\/oct\.csv\./),
    })
    expect(sent(world)).toEqual(rowsOf(csvOf(30)).sort())
  })

  it('with its bad rows mended sends only these', async () => {
    const world = new World()
    const process = world.process()
    await dropped(world, process, 'oct', `${csvOf(20)}never,9,bad,u\n`)

    const receipt = await dropped(world, process, 'oct', `${csvOf(20)}1790000000,9,bad,u\n`)

    expect(receipt).toMatchObject({ state: 'imported', rows: { imported: 1, duplicate: 20 } })
    expect(sent(world)).toEqual([...rowsOf(csvOf(20)), '1790000000,9,bad,u'].sort())
  })

  it('is known whatever a spreadsheet made of its quotes, line ends and delimiter', async () => {
    const world = new World()
    const process = world.process()
    const quoted = csvOf(20).replace(/^(\d+),(\d+),([^,]+),(\S+)$/gm, '"$1","$2","$3, ""yes""","$4"')
    await dropped(world, process, 'tool', quoted)

    const saved = csvOf(21)
      .replace(/^(\d+),(\d+),([^,]+),(\S+)$/gm, '$1;$2;"$3, ""yes""";$4')
      .replace('feedback_date,score,feedback,user_id', 'feedback_date;score;feedback;user_id')
      .replaceAll('\n', '\r\n')
    const receipt = await dropped(world, process, 'excel', saved)

    expect(receipt).toMatchObject({ state: 'imported', rows: { imported: 1, duplicate: 20 } })
  })

  it('with nothing new is a duplicate, and its sender is named', async () => {
    const world = new World()
    const process = world.process()
    await dropped(world, process, 'oct', csvOf(20))

    const receipt = await dropped(world, process, 'less', csvOf(15, 3))

    expect(receipt).toMatchObject({
      state: 'duplicate',
      rows: { read: 15, imported: 0, duplicate: 15 },
      parts: [],
      duplicate_of: expect.stringMatching(/^receipts\/nps\/oct\.csv\./),
    })
    expect(await world.keys('parts/')).toEqual([])
    expect(sent(world)).toEqual(rowsOf(csvOf(20)).sort())
  })

  it('and again, month after month, sends each month once', async () => {
    const world = new World()
    const process = world.process()

    const receipts = [10, 12, 17, 40].map((rows) => () => dropped(world, process, `to-${rows}`, csvOf(rows)))
    const states: unknown[] = []
    for (const drop of receipts) states.push(await drop())

    expect(states).toMatchObject([
      { rows: { imported: 10, duplicate: 0 } },
      { rows: { imported: 2, duplicate: 10 }, duplicate_of: expect.stringMatching(/^receipts\/nps\/to-10\.csv\./) },
      { rows: { imported: 5, duplicate: 12 }, duplicate_of: expect.stringMatching(/^receipts\/nps\/to-12\.csv\./) },
      { rows: { imported: 23, duplicate: 17 }, duplicate_of: expect.stringMatching(/^receipts\/nps\/to-17\.csv\./) },
    ])
    expect(sent(world)).toEqual(rowsOf(csvOf(40)).sort())
  })

  it('sends the rows of a drop that was undone, and not those of the drops after it', async () => {
    const world = new World()
    const process = world.process()
    const first = await dropped(world, process, 'oct', csvOf(20))
    await dropped(world, process, 'nov', csvOf(30))
    await startUndo(process.deps, first.id ?? '')
    await world.pass(process, 60)

    const receipt = await dropped(world, process, 'dec', csvOf(35))

    expect(receipt).toMatchObject({ state: 'imported', rows: { imported: 25, duplicate: 10 } })
    expect(sent(world)).toEqual(rowsOf(csvOf(35)).sort())
  })

  it('counts equal rows: of three where there were two, one is new', async () => {
    const world = new World()
    const process = world.process()
    const bare = '1790000000,9,,\n'
    await dropped(world, process, 'oct', csvOf(5) + bare + bare)

    const receipt = await dropped(world, process, 'nov', csvOf(6) + bare + bare + bare)

    expect(receipt).toMatchObject({ rows: { read: 9, imported: 2, duplicate: 7 } })
    expect(sent(world)).toEqual([...rowsOf(csvOf(6)), ...Array(3).fill('1790000000,9,,')].sort())
  })

  it('joined from several sends what none of them has', async () => {
    const world = new World()
    const process = world.process()
    await dropped(world, process, 'oct', csvOf(10))
    await dropped(world, process, 'nov', csvOf(10, 11))

    const receipt = await dropped(world, process, 'year', csvOf(25))

    expect(receipt).toMatchObject({ rows: { imported: 5, duplicate: 20 } })
    expect(sent(world)).toEqual(rowsOf(csvOf(25)).sort())
  })
})

describe('different files', () => {
  const scores = (counts: number[]) =>
    counts.flatMap((count, score) => Array(count).fill(`1790000000,${score},,\n`)).join('')

  it('with some equal rows lose nothing', async () => {
    const world = new World()
    const process = world.process()
    await dropped(world, process, 'a', csvOf(10) + scores([0, 0, 0, 0, 0, 0, 0, 3, 4, 9, 8]))

    const receipt = await dropped(world, process, 'b', csvOf(10, 50) + scores([0, 0, 0, 0, 0, 0, 0, 3, 4, 9, 8]))

    expect(receipt).toMatchObject({ state: 'imported', rows: { imported: 34, duplicate: 0 }, duplicate_of: null })
  })

  it('of nothing but scores of one day lose nothing', async () => {
    const world = new World()
    const process = world.process()
    await dropped(world, process, 'a', HEADER + scores([1, 0, 2, 1, 0, 3, 2, 8, 9, 17, 12]))

    const receipt = await dropped(world, process, 'b', HEADER + scores([0, 1, 2, 0, 1, 2, 4, 7, 11, 19, 10]))

    expect(receipt).toMatchObject({ state: 'imported', rows: { imported: 57, duplicate: 0 } })
  })
})

describe('rows that did not reach CXI', () => {
  const inParts = () => {
    const world = new World()
    world.maxPartBytes = 400
    return world
  }

  it('are sent by the next file when CXI refused their part', async () => {
    const world = inParts()
    const process = world.process()
    world.cxi.faults.push({ status: 422, message: 'row 3 is bad' })
    const first = await dropped(world, process, 'oct', csvOf(40))
    const refused = first.parts.find(({ state }) => state === 'refused')?.rows ?? 0

    const receipt = await dropped(world, process, 'nov', csvOf(45))

    expect(refused).toBeGreaterThan(0)
    expect(receipt).toMatchObject({ state: 'imported', rows: { imported: refused + 5, duplicate: 40 - refused } })
    expect(sent(world)).toEqual(rowsOf(csvOf(45)).sort())
  })

  it('are set aside once when CXI refuses a part of a grown file: what was left out stays out', async () => {
    const world = inParts()
    const process = world.process()
    await dropped(world, process, 'oct', csvOf(20))
    world.cxi.faults.push({ status: 422, message: 'row 3 is bad' })

    const receipt = await dropped(world, process, 'nov', csvOf(40))

    const setAside = receipt.rows.set_aside
    expect(receipt).toMatchObject({ state: 'partial', rows: { imported: 20 - setAside, duplicate: 20 } })
    const [key = ''] = await world.keys('rejected/')
    expect((await world.text(key)).trimEnd().split('\n')).toHaveLength(1 + setAside)
  })

  it('are those of a rejected file: it counts for nothing', async () => {
    const world = new World(relayOf([source('nps', { rows: 'all-or-nothing' })]))
    const process = world.process()
    await dropped(world, process, 'oct', `${csvOf(20)}never,9,bad,u\n`)

    const receipt = await dropped(world, process, 'oct', csvOf(21))

    expect(receipt).toMatchObject({ state: 'imported', rows: { imported: 21, duplicate: 0 } })
  })

  it('may be all that is left: the rest is known, so the file is rejected and says why', async () => {
    const world = new World()
    const process = world.process()
    await dropped(world, process, 'oct', `${csvOf(20)}never,9,bad,u\n`)

    const receipt = await dropped(world, process, 'nov', `${csvOf(20)}never,9,still bad,u\n`)

    expect(receipt).toMatchObject({
      state: 'rejected',
      rows: { read: 21, imported: 0, set_aside: 1, duplicate: 20 },
      duplicate_of: expect.stringMatching(/^receipts\/nps\/oct\.csv\./),
    })
    expect(receipt.error?.message).toContain('20 of 21 rows were sent before, and none of the others can be imported')
  })
})

describe('two files at once', () => {
  it.each([0, 1, 2, 3, 5, 8])('send each row once, the second begun %i steps after the first', async (steps) => {
    const world = new World()
    const [one, other] = [world.process(), world.process()]
    await world.drop(one, 'inbox/nps/oct.csv', csvOf(20))
    const records = await world.ledger.due(world.clock.now(), 1)
    await world.drop(other, 'inbox/nps/nov.csv', csvOf(30))
    const [second] = (await world.ledger.due(world.clock.now(), 2)).filter(({ group }) => group !== records[0]?.group)

    const first = one.engine.work(records[0] as (typeof records)[0])
    for (let step = 0; step < steps; step++) await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([first, other.engine.work(second as (typeof records)[0])])
    await world.pass(one, 600)

    expect(sent(world)).toEqual(rowsOf(csvOf(30)).sort())
    expect(await world.receipts()).toHaveLength(2)
  })
})

describe('rows with ids, where each is claimed', () => {
  const head = 'feedback_date,score,feedback,response_id\n'
  const claiming = () => relayOf([source('nps', { dedupe: 'rows', columns: { response_id: 'response_id' } })])
  const withIds = (count: number) =>
    Array.from({ length: count }, (_, at) => `1790000000,9,answer ${at},id-${at}\n`).join('')
  const withoutIds = (count: number) => Array.from({ length: count }, (_, at) => `1790000000,8,word ${at},\n`).join('')

  it('are decided by these, the others by what they say', async () => {
    const world = new World(claiming())
    const process = world.process()
    await dropped(world, process, 'oct', head + withIds(30) + withoutIds(10))

    const receipt = await dropped(world, process, 'nov', head + withIds(40) + withoutIds(12))

    expect(receipt).toMatchObject({
      rows: { imported: 12, duplicate: 40 },
      duplicate_of: expect.stringMatching(/^receipts\/nps\/oct\.csv\./),
    })
    expect(world.cxi.rows()).toHaveLength(52)
  })

  it('are known from files that were read before rows were claimed', async () => {
    const world = new World()
    await dropped(world, world.process(), 'oct', head + withIds(30))
    world.relay = claiming()

    const receipt = await dropped(world, world.process(), 'nov', head + withIds(35))

    expect(receipt).toMatchObject({ rows: { imported: 5, duplicate: 30 } })
  })

  it('lose nothing where a rule drops the id, so that different responses look alike', async () => {
    const world = new World(
      relayOf([
        source('nps', {
          dedupe: 'rows',
          columns: { response_id: 'response_id' },
          privacy: { response_id: 'drop' },
        }),
      ]),
    )
    const process = world.process()
    const alike = (ids: number[]) => head + ids.map((id) => `1790000000,9,same,id-${id}\n`).join('')
    await dropped(world, process, 'oct', alike([1, 2, 3]))

    const receipt = await dropped(world, process, 'nov', alike([4, 1, 2, 3]))

    expect(receipt).toMatchObject({ rows: { imported: 1, duplicate: 3 } })
    expect(world.cxi.rows()).toHaveLength(4)
  })
})

it('the order of day and month that a date settled is kept for the second reading', async () => {
  const world = new World()
  const process = world.process()
  const head = 'feedback_date,feedback\n'
  await dropped(world, process, 'oct', `${head}03/04/2026,a\n04/04/2026,b\n25/03/2026,c\n`)

  const receipt = await dropped(
    world,
    process,
    'nov',
    `${head}03/04/2026,a\n04/04/2026,b\n25/03/2026,c\n05/06/2026,d\n`,
  )

  expect(receipt).toMatchObject({ state: 'imported', rows: { imported: 1, duplicate: 3 }, problems: [] })
})

it('sends everything again where dedupe is off', async () => {
  const world = new World(relayOf([source('nps', { dedupe: 'none' })]))
  const process = world.process()
  await dropped(world, process, 'oct', csvOf(20))

  const receipt = await dropped(world, process, 'nov', csvOf(30))

  expect(receipt).toMatchObject({ rows: { imported: 30, duplicate: 0 }, duplicate_of: null })
  expect(await world.keys('rows/')).toEqual([])
})
