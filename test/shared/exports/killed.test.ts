import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { extent } from '../../support/extent.ts'
import { Killed, Life } from '../../support/world.ts'
import { CSVS, ExportWorld, FileServer } from './export-world.ts'
import type { AskFault } from './fake-exports.ts'

const files = new FileServer()
beforeAll(() => files.start())
afterAll(() => files.close())

/** One time of each of two schedules, worked on by a process that dies at touch `endsAt`. */
async function live(endsAt: number, faults: AskFault[]) {
  const world = new ExportWorld(files, [
    { type: 'responses', schedule: '1 6 24 11 *', coolDownMinutes: 20 },
    { type: 'users', schedule: '2 6 24 11 *', coolDownMinutes: 20 },
  ])
  world.cxi.faults.push(...faults)
  const life = new Life(endsAt)
  const process = world.process(life)
  const isKilled = await dies(async () => {
    await process.engine.plan()
    await world.pass(process, 600)
  })
  return { world, isKilled, touches: life.touches }
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

describe('a process killed at any touch of the world', () => {
  it.each<[string, AskFault[], number]>([
    ['all goes well', [], 1],
    ['an answer is lost and another export is running', ['lost-after', { status: 409 }], extent(5, 1)],
  ])(
    'is continued, and each time asks once and brings one file, when %s',
    { timeout: 120_000 },
    async (_, faults, stride) => {
      const { touches } = await live(Number.POSITIVE_INFINITY, faults)
      expect(touches).toBeGreaterThan(100)

      for (let endsAt = 1; endsAt < touches; endsAt += stride) {
        const { world, isKilled } = await live(endsAt, faults)
        // The heir starts in the same minute or in a later one, and watches the same schedules.
        const heir = await world.restart()
        await world.pass(heir, 2 * 3600)

        expect(isKilled, `touch ${endsAt}`).toBe(true)
        await expectEachOnce(world, endsAt)
      }
    },
  )

  it('is continued by a process that can’t know of its death, after the lease', { timeout: 120_000 }, async () => {
    const { touches } = await live(Number.POSITIVE_INFINITY, [])

    for (let endsAt = 1; endsAt < touches; endsAt += extent(7, 1)) {
      const { world } = await live(endsAt, [])
      const other = world.process()
      await other.engine.plan()
      await world.pass(other, 2 * 3600)

      await expectEachOnce(world, endsAt)
    }
  })
})

/**
 * Nothing is asked for twice. What was noted as being asked when the process died, and was not, is reported when no mail
 * has come, and asked for then.
 */
async function expectEachOnce(world: ExportWorld, endsAt: number): Promise<void> {
  const asked = world.cxi.made.map(({ type }) => type).sort()
  const overdue = world.alarms()
  expect(asked, `touch ${endsAt}`).toEqual(['responses', 'users'])
  expect(overdue.length, `touch ${endsAt}: ${overdue}`).toBeLessThanOrEqual(1)
  expect(overdue.every((event) => event === 'export.overdue')).toBe(true)
  const collected = await world.collected()
  expect(collected.map(({ receipt }) => receipt.type).sort(), `touch ${endsAt}`).toEqual(asked)
  for (const { receipt, csv } of collected) {
    expect(csv).toBe(CSVS[receipt.type])
    expect(receipt).toMatchObject({ bytes: csv.length, rows: receipt.type === 'users' ? 1 : 2 })
  }
  expect(await world.world.keys('mail/')).toHaveLength(asked.length)
  expect(await world.world.keys('mail/kept/')).toEqual([])
  const due = await world.world.ledger.due(Number.MAX_SAFE_INTEGER, 20)
  expect(due.map(({ value }) => (value as { kind: string }).kind).sort()).toEqual([
    'export-schedule',
    'export-schedule',
  ])
}
