import { expect, it } from 'vitest'
import { extent } from '../../support/extent.ts'
import { csvOf, Killed, Life, World } from '../../support/world.ts'

const rowsOf = (csv: string) => csv.trimEnd().split('\n').slice(1)

async function dies(run: () => Promise<void>): Promise<boolean> {
  try {
    await run()
    return false
  } catch (error) {
    if (error instanceof Killed) return true
    throw error
  }
}

/** 200 rows that were sent, then 230 with those among them, worked on by a process that dies at touch `endsAt`. */
async function grown(endsAt: number) {
  const world = new World()
  world.maxPartBytes = 3000
  const process = world.process()
  await world.drop(process, 'inbox/nps/oct.csv', csvOf(200))
  await world.pass(process, 600)
  const object = world.objects.putDrop('inbox/nps/nov.csv', Buffer.from(csvOf(230)))
  const life = new Life(endsAt)
  const mortal = world.process(life)
  const isKilled = await dies(async () => {
    await mortal.engine.receive(object)
    await world.pass(mortal, 600)
  })
  const heir = await world.restart()
  await heir.engine.receive(object)
  await world.rest(heir)
  return { world, isKilled, touches: life.touches }
}

it('a grown file sends what is new once, at whatever touch its process dies', { timeout: 120_000 }, async () => {
  const { touches } = await grown(Number.POSITIVE_INFINITY)
  expect(touches).toBeGreaterThan(50)

  for (let endsAt = 1; endsAt < touches; endsAt += extent(4, 1)) {
    const { world, isKilled } = await grown(endsAt)

    expect(isKilled, `touch ${endsAt}`).toBe(true)
    expect(world.cxi.rows().sort()).toEqual(rowsOf(csvOf(230)).sort())
    const receipt = (await world.receipts()).find(({ drop }) => drop === 'inbox/nps/nov.csv')
    expect(receipt).toMatchObject({ state: 'imported', rows: { imported: 30, duplicate: 200 } })
    expect(await world.keys('parts/')).toEqual([])
    // Of both files the rows; of the second also which of them it left out, and who has sent those.
    expect((await world.keys('rows/')).map((key) => key.split('/')[2]).sort()).toEqual([
      'all',
      'known',
      'owners.json',
      'with-senders',
    ])
    expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  }
})

/** The first file's process dies at touch `endsAt`, unknown to the one that works on the second file and then on both. */
async function beside(endsAt: number) {
  const world = new World()
  const life = new Life(endsAt)
  const mortal = world.process(life)
  const first = world.objects.putDrop('inbox/nps/oct.csv', Buffer.from(csvOf(20)))
  await dies(async () => {
    await mortal.engine.receive(first)
    await world.drain(mortal)
  })
  const other = world.process()
  await world.drop(other, 'inbox/nps/nov.csv', csvOf(30))
  await world.drain(other)
  const waits = world.logger.events().filter((event) => event === 'drop.finished').length
  await other.engine.receive(first)
  await world.rest(other)
  return { world, waits, touches: life.touches }
}

it('a file waits for one with the same rows that is just being read, or was when its process died', async () => {
  const { touches } = await beside(Number.POSITIVE_INFINITY)
  let waited = 0

  for (let endsAt = 1; endsAt < touches; endsAt += extent(3, 1)) {
    const { world, waits } = await beside(endsAt)
    waited += Number(waits === 0)

    expect(world.cxi.rows().sort(), `touch ${endsAt}`).toEqual(rowsOf(csvOf(30)).sort())
    expect((await world.receipts()).map(({ state }) => state)).not.toContain('rejected')
  }
  expect(waited).toBeGreaterThan(0)
})
