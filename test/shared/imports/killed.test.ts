import { describe, expect, it } from 'vitest'
import { startUndo } from '../../../shared/imports/undo.ts'
import { extent } from '../../support/extent.ts'
import type { UploadFault } from '../../support/fake-cxi.ts'
import { csvOf, Killed, Life, relayOf, source, World } from '../../support/world.ts'

const ROWS = 8

/** A drop of three parts, a tag to be created and one bad row, worked on by a process that dies at touch `endsAt`. */
async function live(endsAt: number, faults: UploadFault[] = []) {
  const world = new World(relayOf([source('nps', { import: { tag_names: ['Q4'] } })]))
  world.maxPartBytes = 160
  world.cxi.faults.push(...faults)
  const object = world.objects.putDrop('inbox/nps/oct.csv', Buffer.from(`${csvOf(ROWS)}never,9,bad,u\n`))
  const life = new Life(endsAt)
  const process = world.process(life)
  const isKilled = await dies(async () => {
    await process.engine.receive(object)
    await world.pass(process, 600)
  })
  const heir = await world.restart()
  await heir.engine.receive(object)
  return { world, heir, isKilled, touches: life.touches }
}

async function dies(run: () => Promise<void>): Promise<boolean> {
  try {
    await run()
    return false
  } catch (error) {
    if (error instanceof Killed) return true
    throw error
  }
}

async function expectImportedOnce(world: World): Promise<void> {
  expect(world.cxi.rows().sort()).toEqual(csvOf(ROWS).trimEnd().split('\n').slice(1).sort())
  expect(world.cxi.tags).toEqual(['Q4'])
  const receipt = await world.receipt()
  expect(receipt).toMatchObject({ state: 'partial', rows: { read: 9, imported: 8, set_aside: 1 } })
  expect(receipt.parts.every(({ state }) => state === 'confirmed')).toBe(true)
  expect(world.objects.ends.get('inbox/nps/oct.csv')).toBe('partial')
  expect(await world.keys('rejected/')).toHaveLength(1)
  expect(await world.keys('parts/')).toEqual([])
  expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
}

describe('a process killed at any touch of the world', () => {
  it.each<[string, UploadFault[], number]>([
    ['all goes well', [], 1],
    // Its many looks for lost answers are alike: not each of them is a place to die at in every test run.
    ['answers are lost before and after the work was done', ['drop-before', 'drop-after', 'drop-before'], extent(7, 1)],
  ])('is continued, not repeated, when %s', { timeout: 120_000 }, async (_, faults, stride) => {
    const { touches } = await live(Number.POSITIVE_INFINITY, faults)
    expect(touches).toBeGreaterThan(50)

    for (let endsAt = 1; endsAt < touches; endsAt += stride) {
      const { world, heir, isKilled } = await live(endsAt, faults)
      await world.rest(heir)

      expect(isKilled, `touch ${endsAt}`).toBe(true)
      await expectImportedOnce(world)
    }
  })

  it('is continued by a process that can’t know of its death, after the lease', { timeout: 120_000 }, async () => {
    const { touches } = await live(Number.POSITIVE_INFINITY, ['drop-after'])

    for (let endsAt = 1; endsAt < touches; endsAt += extent(5, 1)) {
      const world = new World(relayOf([source('nps', { import: { tag_names: ['Q4'] } })]))
      world.maxPartBytes = 160
      world.cxi.faults.push('drop-after')
      const object = world.objects.putDrop('inbox/nps/oct.csv', Buffer.from(`${csvOf(ROWS)}never,9,bad,u\n`))
      const mortal = world.process(new Life(endsAt))
      await dies(async () => {
        await mortal.engine.receive(object)
        await world.pass(mortal, 600)
      })
      const other = world.process()
      await other.engine.receive(object)
      await world.rest(other)

      await expectImportedOnce(world)
    }
  })

  it('leaves nothing in CXI when it dies while it undoes', { timeout: 120_000 }, async () => {
    const undo = async (endsAt: number) => {
      const { world, heir } = await live(Number.POSITIVE_INFINITY)
      await world.pass(heir, 60)
      const id = (await world.receipt()).id ?? ''
      const life = new Life(endsAt)
      const process = world.process(life)
      await dies(async () => {
        await startUndo(process.deps, id)
        await world.pass(process, 60)
      })
      const last = await world.restart()
      await startUndo(last.deps, id)
      await world.rest(last)
      return { world, touches: life.touches }
    }
    const { touches } = await undo(Number.POSITIVE_INFINITY)

    for (let endsAt = 1; endsAt < touches; endsAt++) {
      const { world } = await undo(endsAt)

      expect(world.cxi.imports).toEqual([])
      expect(await world.receipt()).toMatchObject({ state: 'undone' })
      expect(world.objects.ends.get('inbox/nps/oct.csv')).toBe('undone')
    }
  })
})
