import { describe, expect, it } from 'vitest'
import { identify, statusOf } from '../../../shared/imports/status.ts'
import { noteDigits } from '../../../shared/imports/store-access.ts'
import { startUndo } from '../../../shared/imports/undo.ts'
import { csvOf, World } from '../../support/world.ts'

describe('what is meant by a name', () => {
  it('is the dropped file of that name, not one whose name goes on after it', async () => {
    const world = new World()
    const process = world.process()
    await world.drop(process, 'inbox/nps/oct.csv', csvOf(2))
    await world.drop(process, 'inbox/nps/oct.csv.old', csvOf(2, 3))
    await world.drain(process)
    const receipts = await world.receipts()

    const found = await identify(process.deps, 'inbox/nps/oct.csv')

    expect(found.drop).toBe(receipts.find(({ drop }) => drop === 'inbox/nps/oct.csv')?.id)
  })

  it('is the newest of several files of that name, also by its address in a bucket', async () => {
    const world = new World()
    const process = world.process()
    for (const first of [1, 11]) {
      await world.drop(process, 'inbox/nps/oct.csv', csvOf(2, first))
      await world.pass(process, 10)
    }
    const [, newest] = await world.receipts()

    const found = await identify(process.deps, 's3://bucket/inbox/nps/oct.csv')

    expect(found).toEqual({ drop: newest?.id, arrival: newest?.arrival })
  })

  it('is a file that is on its way, rather than one of that name that came to an end', async () => {
    const world = new World()
    const process = world.process()
    await world.drop(process, 'inbox/nps/oct.csv', csvOf(2))
    await world.pass(process, 10)
    const arrival = await world.drop(process, 'inbox/nps/oct.csv', csvOf(2, 5))

    const unread = await identify(process.deps, 'inbox/nps/oct.csv')
    const [record] = await world.due()
    if (record) await process.engine.work(record)
    const cut = await identify(process.deps, 'inbox/nps/oct.csv')

    expect(unread).toEqual({ drop: null, arrival })
    expect(cut).toEqual({ drop: expect.stringMatching(/^[0-9a-f]{64}$/), arrival })
  })

  it('is the drop whose id begins with eight digits or more, not with fewer', async () => {
    const world = new World()
    const process = world.process()
    await world.drop(process, 'inbox/nps/oct.csv', csvOf(2))
    await world.drain(process)
    const { id } = await world.receipt()
    const drop = id ?? ''

    expect(await identify(process.deps, drop.slice(0, 8))).toMatchObject({ drop })
    expect(await identify(process.deps, drop.slice(0, 20).toUpperCase())).toMatchObject({ drop })
    await expect(identify(process.deps, drop.slice(0, 7))).rejects.toMatchObject({ code: 'not_found' })
    await expect(identify(process.deps, `${drop.slice(0, 8)}zz`)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is the file that was rejected, where a receipt has the id of its content', async () => {
    const world = new World()
    const process = world.process()
    const arrival = await world.drop(process, 'inbox/nps/oct.csv', 'score,feedback\n9,no date\n')
    await world.drain(process)
    const { id, state } = await world.receipt()

    expect(state).toBe('rejected')
    for (const digits of [8, 64]) {
      expect(await identify(process.deps, (id ?? '').slice(0, digits))).toEqual({ drop: id, arrival })
    }
  })

  it('is asked for in more digits where several drops begin with them', async () => {
    const world = new World()
    const process = world.process()
    for (const id of ['0123456789aa', '0123456789bb']) await noteDigits(world, id)

    await expect(identify(process.deps, '012345678')).rejects.toMatchObject({ code: 'id_ambiguous' })
  })

  it('is nothing where no file of that name came', async () => {
    const { deps } = new World().process()

    await expect(identify(deps, 'inbox/nps/oct.csv')).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('status', () => {
  it('shows what is on its way and why, and what came to an end as recent only', async () => {
    const world = new World()
    const process = world.process()
    await world.drop(process, 'inbox/nps/done.csv', csvOf(3))
    await world.drain(process)
    world.cxi.onUpload = () => {
      throw new Error('no way through')
    }
    await world.drop(process, 'inbox/nps/stuck.csv', csvOf(3, 10))
    await world.drain(process)

    const { unfinished, recent } = await statusOf(process.deps)

    expect(unfinished).toMatchObject([{ drop: 'inbox/nps/stuck.csv', state: 'sending', rows: 3 }])
    expect(recent.map(({ drop, state }) => [drop, state])).toEqual([
      ['inbox/nps/stuck.csv', 'sending'],
      ['inbox/nps/done.csv', 'imported'],
    ])
  })

  it('shows an undo as under way until nothing of the file is left in CXI', async () => {
    const world = new World()
    const process = world.process()
    await world.drop(process, 'inbox/nps/oct.csv', csvOf(3))
    await world.drain(process)
    const { drop } = await identify(process.deps, 'inbox/nps/oct.csv')

    await startUndo(process.deps, drop ?? '')
    const during = await statusOf(process.deps)
    await world.drain(process)
    const after = await statusOf(process.deps)

    expect(during.unfinished.map(({ state }) => state)).toEqual(['undoing'])
    expect(after.unfinished).toEqual([])
    expect(after.recent.map(({ state }) => state)).toEqual(['undone'])
  })

  it('finds every file of many that are on their way', async () => {
    const world = new World()
    const process = world.process()
    for (let file = 0; file < 40; file++) await world.drop(process, `inbox/nps/${file}.csv`, csvOf(1, file))

    const { unfinished } = await statusOf(process.deps)

    expect(unfinished).toHaveLength(40)
    expect(new Set(unfinished.map(({ drop }) => drop)).size).toBe(40)
  })
})
