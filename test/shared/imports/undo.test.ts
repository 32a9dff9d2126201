import { describe, expect, it } from 'vitest'

import { freeLeases } from '../../../shared/imports/leases.ts'
import type { Arrival, Drop, Part } from '../../../shared/imports/records.ts'
import { retryDrop } from '../../../shared/imports/retry.ts'
import { startUndo } from '../../../shared/imports/undo.ts'
import { csvOf, World } from '../../support/world.ts'

async function dropped(rows = 30, maxPartBytes = 500) {
  const world = new World()
  world.maxPartBytes = maxPartBytes
  const process = world.process()
  await world.drop(process, 'inbox/nps/oct.csv', csvOf(rows))
  return { world, process }
}

async function dropId(world: World): Promise<string> {
  const [receipt] = await world.receipts()
  return receipt?.id ?? ''
}

async function unfinishedDrop(world: World): Promise<string> {
  const values = (await world.ledger.due(Number.MAX_SAFE_INTEGER, 100)).map(
    ({ value }) => value as Arrival | Drop | Part,
  )
  return values.find((value) => value.kind === 'drop')?.id ?? ''
}

describe('undo', () => {
  it('deletes every import of a drop, and the receipt says so', async () => {
    const { world, process } = await dropped()
    await world.pass(process, 60)

    expect(await startUndo(process.deps, await dropId(world))).toBe('undoing')
    await world.drain(process)

    expect(world.cxi.imports).toEqual([])
    expect(await world.receipt()).toMatchObject({ state: 'undone', rows: { imported: 0 } })
    expect(world.objects.ends.get('inbox/nps/oct.csv')).toBe('undone')
    expect(await world.keys('parts/')).toEqual([])
  })

  it('makes the same content new: dropped again, it is imported again', async () => {
    const { world, process } = await dropped()
    await world.pass(process, 60)
    await startUndo(process.deps, await dropId(world))
    await world.drain(process)

    await world.drop(process, 'inbox/nps/again.csv', csvOf(30))
    await world.pass(process, 60)

    expect(world.cxi.rows()).toHaveLength(30)
    expect((await world.receipts()).map(({ state }) => state).sort()).toEqual(['imported', 'undone'])
  })

  it('during an upload sends nothing more and deletes what was sent', async () => {
    const { world, process } = await dropped()
    let id = ''
    world.cxi.onUpload = async () => {
      if (world.cxi.count('POST import') !== 2) return
      id = await unfinishedDrop(world)
      await startUndo(process.deps, id)
    }

    await world.pass(process, 300)

    expect(id).not.toBe('')
    expect(world.cxi.count('POST import')).toBe(2)
    expect(world.cxi.imports).toEqual([])
    expect(await world.receipt()).toMatchObject({ state: 'undone' })
  })

  it('right before the first byte keeps that upload from being sent', async () => {
    const { world, process } = await dropped()
    const { api } = process.deps
    process.deps.api = (account) => ({
      ...api(account),
      createImport: async (upload) => {
        await startUndo(process.deps, await unfinishedDrop(world))
        return api(account).createImport(upload)
      },
    })

    await world.pass(process, 300)

    expect(world.cxi.count('POST import')).toBe(0)
    expect(await world.receipt()).toMatchObject({ state: 'undone' })
  })

  it('finds an upload whose answer was lost before it says that nothing is left', async () => {
    const { world, process } = await dropped(3)
    world.cxi.faults.push('land-late')
    await world.drain(process)
    await startUndo(process.deps, await unfinishedDrop(world))
    await world.pass(process, 30)

    world.cxi.landLate()
    await world.pass(process, 300)

    expect(world.cxi.imports).toEqual([])
    expect(world.cxi.count('POST import')).toBe(1)
    expect(await world.receipt()).toMatchObject({ state: 'undone' })
  })

  it('has nothing to do twice, or for what it does not know', async () => {
    const { world, process } = await dropped(3)
    await world.drain(process)
    const id = await dropId(world)
    await startUndo(process.deps, id)
    await world.drain(process)

    expect(await startUndo(process.deps, id)).toBe('undone')
    expect(await startUndo(process.deps, 'no such drop')).toBe('unknown')
  })
})

describe('retry', () => {
  /** Deaths while a part is claimed, before anything of it is sent. */
  async function die(world: World, times: number, everySeconds: number) {
    for (let death = 0; death < times; death++) {
      const doomed = world.process()
      doomed.deps.objects = new Proxy(world.objects, {
        get: (objects, name) => {
          if (name === 'read')
            return () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) })
          const member: unknown = Reflect.get(objects, name, objects)
          return typeof member === 'function' ? member.bind(objects) : member
        },
      })
      const from = world.clock.now()
      void world.drain(doomed)
      while (!(await world.ledger.due(Number.MAX_SAFE_INTEGER, 1))[0]?.value) await new Promise(setImmediate)
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
      await freeLeases(doomed.deps)
      await world.clock.advance(from + everySeconds * 1000 - world.clock.now())
    }
  }

  it('does not give up what died five times within minutes', async () => {
    const { world, process } = await dropped(3)
    await die(world, 6, 90)

    await world.pass(process, 3600)

    expect(await world.receipt()).toMatchObject({ state: 'imported' })
  })

  it('sends what was given up after five deaths that were more than an hour apart', async () => {
    const { world, process } = await dropped(3)
    await die(world, 6, 1300)
    await world.pass(process, 60)
    const before = await world.receipt()

    const started = await retryDrop(process.deps, before.id ?? '')
    await world.drain(process)

    expect(before).toMatchObject({ state: 'rejected', error: { code: 'attempts_exhausted' }, rows: { set_aside: 3 } })
    expect(world.logger.events()).toContain('drop.exhausted')
    expect(started).toBe('retrying')
    expect(world.cxi.imports).toHaveLength(1)
    expect(await world.receipt()).toMatchObject({ state: 'imported', error: null, rows: { imported: 3, set_aside: 0 } })
  })
})
