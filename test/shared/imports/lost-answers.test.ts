import { describe, expect, it } from 'vitest'
import { csvOf, World } from '../../support/world.ts'

async function dropped(rows = 3) {
  const world = new World()
  const process = world.process()
  await world.drop(process, 'inbox/nps/oct.csv', csvOf(rows))
  return { world, process }
}

describe('an upload whose answer was lost', () => {
  it('is found by its tag and adopted, not sent again', async () => {
    const { world, process } = await dropped()
    world.cxi.faults.push('drop-after')

    await world.pass(process, 10)

    expect(world.cxi.count('POST import')).toBe(1)
    expect(world.cxi.imports).toMatchObject([{ name: 'oct.csv' }])
    expect(await world.receipt()).toMatchObject({ state: 'imported', parts: [{ import_id: 1 }] })
  })

  it('is sent again only when the grace period has passed and it is still not there', async () => {
    const { world, process } = await dropped()
    world.cxi.faults.push('drop-before')

    await world.pass(process, 119)
    const before = world.cxi.count('POST import')
    await world.pass(process, 10)

    expect(before).toBe(1)
    expect(world.cxi.count('POST import')).toBe(2)
    expect(world.cxi.imports).toHaveLength(1)
  })

  it('is found though CXI’s clock is most of an hour behind', async () => {
    const { world, process } = await dropped()
    world.cxi.skewMs = -55 * 60_000
    world.cxi.faults.push('drop-after')

    await world.pass(process, 10)

    expect(world.cxi.count('POST import')).toBe(1)
    expect(await world.receipt()).toMatchObject({ state: 'imported' })
  })

  it('is deleted as a surplus when it lands after a second upload, with an alarm', async () => {
    const { world, process } = await dropped()
    world.cxi.faults.push('land-late')
    await world.pass(process, 125)

    world.cxi.landLate()
    await world.pass(process, 3600)

    expect(world.cxi.count('POST import')).toBe(2)
    expect(world.cxi.imports).toHaveLength(1)
    expect(world.logger.events()).toContain('import.surplus')
    expect(await world.receipt()).toMatchObject({
      parts: [{ import_id: world.cxi.imports[0]?.id, state: 'confirmed' }],
    })
  })

  it('is adopted when it lands during the grace period', async () => {
    const { world, process } = await dropped()
    world.cxi.faults.push('land-late')
    await world.pass(process, 60)

    world.cxi.landLate()
    await world.pass(process, 300)

    expect(world.cxi.count('POST import')).toBe(1)
    expect(world.cxi.imports).toHaveLength(1)
  })

  it('is never sent again while CXI’s list ends before its time; it waits and alarms once', async () => {
    const { world, process } = await dropped()
    world.cxi.faults.push('drop-before')
    await world.drain(process)
    const busy = world.cxi.api()
    for (let i = 0; i < 1500; i++) {
      await busy.createImport({ fileName: `other-${i}.csv`, bytes: Buffer.from('h\nr\n'), timeoutMs: 1 })
    }
    const before = world.cxi.count('POST import')

    await world.pass(process, 7200)
    const during = world.cxi.count('POST import')
    world.cxi.imports.length = 1200
    await world.pass(process, 1200)

    expect(during).toBe(before)
    expect(world.logger.events().filter((event) => event === 'search.inconclusive')).toHaveLength(1)
    expect(world.cxi.count('POST import')).toBe(before + 1)
    expect(await world.receipt()).toMatchObject({ state: 'imported' })
  })

  it('of a process that died is looked for from its successor’s start, not only after its hard end', async () => {
    const { world, process } = await dropped()
    world.cxi.onUpload = () => new Promise(() => undefined)
    void world.drain(process)
    while (world.cxi.count('POST import') === 0) await new Promise((resolve) => setImmediate(resolve))
    world.cxi.onUpload = undefined

    const heir = await world.restart()
    await world.pass(heir, 119)
    const before = world.cxi.count('POST import')
    await world.pass(heir, 10)

    expect(before).toBe(1)
    expect(world.cxi.count('POST import')).toBe(2)
  })

  it('is looked for before the account’s new parts are sent', async () => {
    const { world, process } = await dropped()
    world.cxi.faults.push('drop-after')
    await world.drain(process)

    const lanes = (await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).map((record) => process.engine.laneOf(record))

    expect(lanes).toContain('search')
  })
})

describe('a lease that ends during an upload', () => {
  it('lets another process look but not send, and the first one’s answer counts', async () => {
    const { world, process: slow } = await dropped()
    const other = world.process()
    const answered = Promise.withResolvers<void>()
    const sending = Promise.withResolvers<void>()
    slow.deps.clock = { now: () => world.clock.now(), sleep: () => new Promise(() => undefined) }
    world.cxi.onUpload = async () => {
      sending.resolve()
      await answered.promise
    }
    const working = world.drain(slow)
    await sending.promise

    await world.pass(other, 200)
    const whileSending = world.cxi.count('POST import')
    answered.resolve()
    await working
    await world.pass(other, 60)

    expect(whileSending).toBe(1)
    expect(world.cxi.count('POST import')).toBe(1)
    expect(world.cxi.imports).toHaveLength(1)
    expect(await world.receipt()).toMatchObject({ state: 'imported', parts: [{ import_id: 1, state: 'confirmed' }] })
  })

  it('leaves one import when the first upload ends after the second was sent', async () => {
    const { world, process: frozen } = await dropped()
    const other = world.process()
    const answered = Promise.withResolvers<void>()
    const sending = Promise.withResolvers<void>()
    frozen.deps.clock = { now: () => world.clock.now(), sleep: () => new Promise(() => undefined) }
    world.cxi.onUpload = async () => {
      world.cxi.onUpload = undefined
      sending.resolve()
      await answered.promise
    }
    const working = world.drain(frozen)
    await sending.promise

    await world.pass(other, 300 + 120 + 61)
    answered.resolve()
    await working
    await world.pass(other, 7200)

    expect(world.cxi.count('POST import')).toBe(2)
    expect(world.cxi.imports).toHaveLength(1)
    expect(world.logger.events()).toContain('import.surplus')
  })
})
