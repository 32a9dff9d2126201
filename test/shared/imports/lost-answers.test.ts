import { describe, expect, it } from 'vitest'
import { completeRelay } from '../../../shared/config/resolve.ts'
import type { Account } from '../../../shared/config/types.ts'
import { decideParts } from '../../../shared/imports/decide.ts'
import type { Part } from '../../../shared/imports/records.ts'
import { csvOf, World } from '../../support/world.ts'

async function dropped(rows = 3) {
  const world = new World()
  const process = world.process()
  await world.drop(process, 'inbox/nps/oct.csv', csvOf(rows))
  return { world, process }
}

/** Imports that other people make. */
async function fill(world: World, count: number): Promise<void> {
  const busy = world.cxi.api()
  for (let i = 0; i < count; i++) {
    await busy.createImport({ fileName: `other-${i}.csv`, bytes: Buffer.from('h\nr\n'), timeoutMs: 1 })
  }
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

  it('is sent again only when two looks a second apart agree that it is not there', async () => {
    const { world, process } = await dropped()
    world.cxi.faults.push('drop-after')
    world.cxi.isHiding = true

    await world.pass(process, 120.5)
    const looks = world.cxi.count('GET imports')
    world.cxi.isHiding = false
    await world.pass(process, 60)

    expect(looks).toBeGreaterThan(0)
    expect(world.cxi.count('POST import')).toBe(1)
    expect(await world.receipt()).toMatchObject({ state: 'imported', parts: [{ import_id: 1 }] })
  })

  it('is found beyond the first page though CXI’s clock is two hours behind', async () => {
    const { world, process } = await dropped()
    world.cxi.skewMs = -2 * 3_600_000
    world.cxi.faults.push('drop-after')
    await world.drain(process)
    await fill(world, 60)

    await world.pass(process, 130)

    expect(world.cxi.rows().filter((row) => row.includes('answer 1,'))).toHaveLength(1)
    expect(await world.receipt()).toMatchObject({ state: 'imported', parts: [{ import_id: 1 }] })
  })

  it('is sent again though CXI’s clock is two hours ahead and its list goes back an hour and a half only', async () => {
    const { world, process } = await dropped()
    world.cxi.skewMs = 2 * 3_600_000
    await fill(world, 1400)
    await world.clock.advance(1.5 * 3_600_000)
    await fill(world, 100)
    // Its client has had an answer before, so that it knows the other clock.
    await process.deps.api(world.relay.accounts.main as Account).listImports()
    world.cxi.faults.push('drop-before')

    await world.pass(process, 130)

    expect(world.logger.events()).not.toContain('search.inconclusive')
    expect(await world.receipt()).toMatchObject({ state: 'imported', parts: [{ import_id: 1501 }] })
  })

  it('lets the account’s new parts wait for three looks, then they are sent beside it', async () => {
    const { world, process } = await dropped()
    world.cxi.faults.push('drop-before')
    await world.drain(process)
    await world.drop(process, 'inbox/nps/nov.csv', csvOf(2, 50))

    await world.pass(process, 2)
    const early = world.cxi.imports.length
    await world.pass(process, 20)

    expect(early).toBe(0)
    expect(world.cxi.imports).toMatchObject([{ name: 'nov.csv' }])
    expect(world.cxi.count('POST import')).toBe(2)
  })

  it('is deleted as a surplus when it lands after a second upload, with an alarm', async () => {
    const { world, process } = await dropped()
    world.cxi.faults.push('land-late')
    await world.pass(process, 125)
    await world.pass(process, 20 * 3600)

    world.cxi.landLate()
    await world.rest(process)

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

describe('an upload that CXI’s list is too short to show', () => {
  async function inconclusive() {
    const { world, process } = await dropped()
    world.cxi.faults.push('land-late')
    await world.drain(process)
    await fill(world, 1500)
    const before = world.cxi.count('POST import')
    await world.pass(process, 600)
    const [part] = (await world.ledger.due(Number.MAX_SAFE_INTEGER, 10))
      .map(({ value }) => value as Part)
      .filter(({ kind }) => kind === 'part')
    return { world, process, before, drop: part?.drop ?? '' }
  }

  it('is never sent again by itself, not by a shorter list either; it waits and alarms once', async () => {
    const { world, process, before } = await inconclusive()

    world.cxi.imports.length = 1200
    await world.pass(process, 7200)

    expect(world.cxi.count('POST import')).toBe(before)
    const alarms = world.logger.lines.filter(({ event }) => event === 'search.inconclusive')
    expect(alarms).toHaveLength(1)
    expect(alarms[0]?.fields.message).toContain('--adopt IMPORT')
    expect(await world.receipts()).toEqual([])
  })

  it('is adopted when it shows up after all', async () => {
    const { world, process, before } = await inconclusive()

    world.cxi.landLate()
    await world.pass(process, 1200)

    expect(world.cxi.count('POST import')).toBe(before)
    expect(await world.receipt()).toMatchObject({ state: 'imported', parts: [{ import_id: 1501 }] })
  })

  it('is sent again when a person says that it is not there', async () => {
    const { world, process, before, drop } = await inconclusive()

    await decideParts(process.deps, drop, { send: true })
    await world.pass(process, 60)

    expect(world.cxi.count('POST import')).toBe(before + 1)
    expect(await world.receipt()).toMatchObject({ state: 'imported', parts: [{ import_id: 1501 }] })
  })

  it('becomes the import that a person names, which is described', async () => {
    const { world, process, before, drop } = await inconclusive()

    await decideParts(process.deps, drop, { adopt: 7 })
    await world.drain(process)

    expect(world.cxi.count('POST import')).toBe(before)
    expect(world.cxi.imports[6]).toMatchObject({ id: 7, name: 'oct.csv' })
    expect(await world.receipt()).toMatchObject({ state: 'imported', parts: [{ import_id: 7 }] })
  })

  it('does not become an import that is another part’s, and nothing else is decided about', async () => {
    const { world, process, drop } = await inconclusive()
    await world.drop(process, 'inbox/nps/nov.csv', csvOf(2, 40))
    await world.drain(process)
    const other = (await world.receipt()).parts[0]?.import_id ?? 0

    await expect(decideParts(process.deps, drop, { adopt: other })).rejects.toMatchObject({ code: 'import_known' })
    await expect(decideParts(process.deps, drop, { send: true }, 2)).rejects.toMatchObject({
      code: 'nothing_inconclusive',
    })
    await expect(decideParts(process.deps, (await world.receipt()).id ?? '', { send: true })).rejects.toMatchObject({
      code: 'nothing_inconclusive',
    })
  })
})

describe('limits', () => {
  const config = (limits: object) => ({ accounts: { main: { secret: 's' } }, sources: { nps: {} }, limits })

  it('may be fractions of seconds', async () => {
    const { world, process } = await dropped()
    Object.assign(world.relay.limits, completeRelay(config({ graceSeconds: 0.5, leaseSeconds: 1.5 })).limits)
    world.cxi.faults.push('drop-before')

    await world.pass(process, 5)

    expect(world.relay.limits).toEqual({ graceSeconds: 0.5, postSeconds: 300, leaseSeconds: 1.5, concurrency: 4 })
    expect(world.cxi.count('POST import')).toBe(2)
  })

  it.each([0, -1, Number.NaN, '5', 120_000])('refuse %j seconds, with the path', (seconds) => {
    expect(() => completeRelay(config({ graceSeconds: seconds }))).toThrow(
      /limits\.graceSeconds: must be a number of seconds/,
    )
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
