import { describe, expect, it } from 'vitest'
import { flushSources } from '../../../shared/webhooks/flush.ts'
import { type WebhookProcess, WebhookWorld } from '../../support/webhook-world.ts'
import { Killed, Life } from '../../support/world.ts'

const COUNT = 5

const responseOf = (id: number, feedback = `answer ${id}`) => ({
  id: String(id),
  feedback_date: 1790000000,
  score: 9,
  feedback,
  user_id: `user-${id}`,
})

/** Five responses, one of them unreadable, flushed by a process that dies at touch `endsAt`. */
async function live(endsAt: number) {
  const world = new WebhookWorld()
  const door = world.process()
  for (let id = 1; id <= COUNT; id++) await world.deliver(door, responseOf(id))
  await world.deliver(door, { ...responseOf(COUNT + 1), feedback_date: 'never' })
  await world.clock.advance(61_000)
  const life = new Life(endsAt)
  const process = world.process(life)
  const isKilled = await dies(async () => {
    await flushSources(process.webhookDeps)
    await world.pass(process, 300)
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

async function expectSentOnce(world: WebhookWorld): Promise<void> {
  const rows = world.cxi.rows().map((row) => row.split(',')[4])
  expect(rows.sort()).toEqual(['1', '2', '3', '4', '5'])
  expect(await world.receipts()).toHaveLength(world.cxi.imports.length)
  expect(await world.keys('parts/')).toEqual([])
  expect(await world.keys('rejected/')).toHaveLength(1)
  expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
}

describe('a flush that is killed at any touch of the world', () => {
  it('is continued by the next start, and every response is sent once', { timeout: 120_000 }, async () => {
    const { touches } = await live(Number.POSITIVE_INFINITY)
    expect(touches).toBeGreaterThan(60)

    for (let endsAt = 1; endsAt < touches; endsAt++) {
      const { world, isKilled } = await live(endsAt)
      const heir = (await restarted(world)) as WebhookProcess
      await world.passMinutes(heir, 5)
      await world.rest(heir)

      expect(isKilled, `touch ${endsAt}`).toBe(true)
      await expectSentOnce(world)
    }
  })

  it('is continued by another process that can’t know of its death', { timeout: 120_000 }, async () => {
    const { touches } = await live(Number.POSITIVE_INFINITY)

    for (let endsAt = 1; endsAt < touches; endsAt += 2) {
      const { world } = await live(endsAt)
      const other = world.process()
      await world.passMinutes(other, 5)
      await world.rest(other)

      await expectSentOnce(world)
    }
  })

  it('takes changes that arrive meanwhile into the batch or calls them late', { timeout: 120_000 }, async () => {
    const { touches } = await live(Number.POSITIVE_INFINITY)

    for (let endsAt = 1; endsAt < touches; endsAt += 3) {
      const { world } = await live(endsAt)
      const heir = (await restarted(world)) as WebhookProcess
      const answer = await world.deliver(heir, responseOf(2, 'changed'))
      await world.passMinutes(heir, 8)

      const row = world.cxi.rows().find((one) => one.includes('user-2')) ?? ''
      const late = (await world.keys('rejected/nps/late.')).length
      expect(world.cxi.rows()).toHaveLength(COUNT)
      if (JSON.parse(answer.body).status === 'updated') expect(row).toContain('changed')
      else expect([row.includes('answer 2'), late]).toEqual([true, 1])
    }
  })
})

describe('two processes that flush at once', () => {
  it.each([1, 2, 3, 5, 8, 13])('send every response once (turn %i)', async (turns) => {
    const world = new WebhookWorld()
    const [one, other] = [world.process(), world.process()]
    for (let id = 1; id <= COUNT; id++) await world.deliver(one, responseOf(id))
    await world.clock.advance(61_000)

    await Promise.all([
      flushSources(one.webhookDeps),
      (async () => {
        for (let turn = 0; turn < turns; turn++) await null
        await flushSources(other.webhookDeps)
      })(),
    ])
    const due = await world.ledger.due(world.clock.now(), 10)
    await Promise.all(due.flatMap((record) => [one.engine.work(record), other.engine.work(record)]))
    await world.passMinutes(one, 3)

    expect(world.cxi.rows()).toHaveLength(COUNT)
    expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  })
})

function restarted(world: WebhookWorld) {
  return world.restart()
}
