import { expect, it } from 'vitest'
import type { LedgerRecord } from '../../../shared/ports.ts'
import type { Batch } from '../../../shared/webhooks/batch.ts'
import { flushSources } from '../../../shared/webhooks/flush.ts'
import { WebhookWorld } from '../../support/webhook-world.ts'
import { Killed, Life } from '../../support/world.ts'

const response = (id: string, change: object = {}) => ({
  id,
  feedback_date: 1790000000,
  feedback: `answer ${id.slice(0, 8)}`,
  user_id: `user-${id.slice(0, 8)}`,
  ...change,
})

/** A world in which two responses have settled and a batch of them has begun. */
async function begun() {
  const world = new WebhookWorld()
  const process = world.process()
  for (const id of ['1', '2']) await world.deliver(process, response(id))
  await world.clock.advance(61_000)
  await flushSources(process.webhookDeps)
  return { world, process, batch: await batchOf(world) }
}

it('stands beside the ledger, whose record names it, and goes with the batch', async () => {
  const { world, process, batch } = await begun()
  const intent = await world.text(batch.intent)

  await world.passMinutes(process, 3)

  expect(batch.intent).toBe(`parts/${batch.id}/intent`)
  expect(intent.split('\n')).toEqual(['["1",1]', '["2",1]', ''])
  expect(JSON.stringify(batch)).not.toContain('["1",1]')
  expect(world.cxi.rows()).toHaveLength(2)
  expect(await world.keys('parts/')).toEqual([])
})

it('that is lost gives its responses to the next batch', async () => {
  const { world, process, batch } = await begun()
  await world.objects.delete(batch.intent)

  await world.passMinutes(process, 3)

  expect(world.cxi.rows()).toHaveLength(2)
  expect(world.cxi.imports).toHaveLength(1)
  expect(await world.keys('parts/')).toEqual([])
  expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
})

it('of a process that died before its record was there is removed by the next flush', async () => {
  const world = new WebhookWorld()
  const door = world.process()
  await world.deliver(door, response('1'))
  await world.clock.advance(61_000)
  let left: string[] = []
  for (let endsAt = 1; left.length === 0; endsAt++) {
    await world.clock.advance(61_000)
    const life = new Life(endsAt)
    await expect(flushSources(world.process(life).webhookDeps)).rejects.toThrow(Killed)
    left = await world.keys('parts/')
  }
  expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])

  await world.passMinutes(door, 3)

  expect(world.cxi.rows()).toHaveLength(1)
  expect(await world.keys('parts/')).toEqual([])
  expect(left).toEqual([expect.stringMatching(/^parts\/[0-9a-f]{32}\/intent$/)])
})

it('takes no more than 32 MB of what responses say, however small they are packed', async () => {
  const webhook = { provider: 'generic', secret: 'hook', maxBytes: 4_000_000 }
  const world = new WebhookWorld('generic', { webhook })
  const process = world.process()
  const feedback = 'so long an answer '.repeat(200_000)
  for (let at = 0; at < 10; at++) await world.deliver(process, response(String(at), { feedback }))
  await world.clock.advance(61_000)

  await flushSources(process.webhookDeps)

  const members = (await world.text((await batchOf(world)).intent)).trimEnd().split('\n')
  expect(members).toHaveLength(8)
  await world.passMinutes(process, 4)
  expect(world.cxi.rows().length + (await setAside(world))).toBe(10)
})

async function batchOf(world: WebhookWorld): Promise<Batch> {
  const [record] = (await world.ledger.due(world.clock.now(), 10)) as LedgerRecord<Batch>[]
  if (!record) throw new Error('There is no batch.')
  return record.value
}

async function setAside(world: WebhookWorld): Promise<number> {
  const receipts = (await world.receipts()) as { rows: { set_aside: number } }[]
  return receipts.reduce((sum, { rows }) => sum + rows.set_aside, 0)
}
