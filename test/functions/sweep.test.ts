import { expect, test } from 'vitest'
import { recordsOf } from '../../functions/record-message.ts'
import { byQueue, messagesOf } from '../../functions/sweep/plan.ts'
import type { LedgerRecord } from '../../shared/ports.ts'
import { csvOf } from '../support/world.ts'
import { AwsHome } from './aws-home.ts'

const record = (id: string, value: unknown): LedgerRecord<unknown> => ({
  group: `group of ${id}`,
  id,
  version: 1,
  value,
  dueAtMs: 0,
})

const part = (id: string, state: string) => record(id, { kind: 'part', state })
const idsOf = (messages: { id: string }[][]) => messages.map((records) => records.map(({ id }) => id))

test.each([
  ['arrivals', 'arrival'],
  ['parts', 'drop'],
  ['parts', 'part'],
  ['responses', 'batch'],
  ['responses', 'fetch'],
  ['responses', 'late'],
])('sends to the queue of %s what is of the kind "%s"', (queue, kind) => {
  const due = [record('a', { kind }), record('other', { kind: 'token' })]

  const found = byQueue(due)

  expect([...found].map(([name, records]) => [name, records.map(({ id }) => id)])).toEqual([[queue, ['a']]])
})

test('looks for lost uploads before it sends new ones, many in a message', () => {
  const lost = Array.from({ length: 30 }, (_, index) => part(`lost-${index}`, 'uploading'))
  const due = [part('new', 'cut'), ...lost, part('sent', 'described')]

  const messages = messagesOf(due, 100)

  expect(messages.map((records) => records.length)).toEqual([25, 6, 1])
  expect(idsOf(messages).at(-1)).toEqual(['new'])
})

test('fills a queue no further than there is room, but always looks for lost uploads', () => {
  const due = [part('a', 'cut'), part('b', 'cut'), part('lost', 'uploading')]

  expect(idsOf(messagesOf(due, 1))).toEqual([['lost'], ['a']])
  expect(idsOf(messagesOf(due, -5))).toEqual([['lost']])
})

test('leaves alone what is due for somebody else', () => {
  const found = byQueue([record('a', { kind: 'token' }), record('b', null), record('c', 'text')])

  expect(found.size).toBe(0)
})

test('says which work waits for a door that the configuration no longer has', async () => {
  const home = new AwsHome()
  await home.world.ledger.create({ group: 'webhook-batch#1', id: 'self', value: { kind: 'batch' }, dueAtMs: 0 })

  await home.sweep()

  expect(home.world.logger.lines[0]).toMatchObject({
    level: 'alarm',
    event: 'sweep.no_queue',
    fields: { queue: 'responses', records: 1, message: expect.stringContaining('put it back') },
  })
})

test('finds what no message told of: a file that was noted, and nothing more', async () => {
  const home = new AwsHome()
  const { engine } = home.world.process()
  await home.world.drop({ ...home.world.process(), engine }, 'inbox/nps/oct.csv', csvOf(2))

  await home.sweep()

  expect(home.queues.arrivals.map((body) => recordsOf(JSON.parse(body)))).toEqual([
    [{ group: expect.stringMatching(/^arrival#/), id: 'self' }],
  ])
  expect(home.world.logger.lines.at(-1)).toMatchObject({
    event: 'sweep.done',
    fields: { due: 1, sent: 1, oldest_waiting_s: 0 },
  })
})

test('says that it found nothing', async () => {
  const home = new AwsHome()

  await home.sweep()

  expect(home.queues).toEqual({ arrivals: [], parts: [] })
  expect(home.world.logger.lines).toEqual([{ level: 'info', event: 'sweep.done', fields: { due: 0, sent: 0 } }])
})

test('does not heap up messages while they wait', async () => {
  const home = new AwsHome()
  home.full.parts = 3
  const parts = Array.from({ length: 20 }, (_, index) => ({ group: 'drop#1', id: `part#${index}` }))
  for (const key of parts) await home.world.ledger.create({ ...key, value: { kind: 'part', state: 'cut' }, dueAtMs: 0 })

  for (let minute = 0; minute < 10; minute++) await home.sweep()

  expect(home.queues.parts).toHaveLength(3)
})
