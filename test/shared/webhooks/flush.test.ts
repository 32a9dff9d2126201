import { describe, expect, it } from 'vitest'
import { startUndo } from '../../../shared/imports/undo.ts'
import { flushSources } from '../../../shared/webhooks/flush.ts'
import { statusOf, WebhookWorld } from '../../support/webhook-world.ts'

const response = (id: string, change: object = {}) => ({
  id,
  feedback_date: 1790000000,
  score: 9,
  feedback: `answer ${id}`,
  user_id: `user-${id}`,
  ...change,
})

describe('a flush', () => {
  it('sends what has settled as one import, with a receipt of its own', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    const answers = [
      await world.deliver(process, response('1', { properties: { plan: 'Pro' } })),
      await world.deliver(process, response('2', { properties: { city: 'Bonn, "Süd"' } })),
    ]

    await world.passMinutes(process, 3)

    expect(answers.map(statusOf)).toEqual(['202 accepted', '202 accepted'])
    expect(world.cxi.imports).toHaveLength(1)
    expect(world.cxi.imports[0]?.csv).toBe(
      [
        'feedback_date,score,feedback,user_id,response_id,plan,city',
        '1790000000,9,answer 1,user-1,1,Pro,',
        '1790000000,9,answer 2,user-2,2,,"Bonn, ""Süd"""',
        '',
      ].join('\n'),
    )
    expect(await world.receipt()).toMatchObject({
      source: 'nps',
      state: 'imported',
      rows: { read: 2, imported: 2, set_aside: 0, duplicate: 0, skipped: 0 },
      dialect: 'generic',
    })
    expect(world.cxi.imports[0]?.name).toMatch(/^nps 2026-11-24 06:/)
    expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  })

  it('waits until a response has settled, counted from its last event', async () => {
    const world = new WebhookWorld('generic', { webhook: { provider: 'generic', secret: 'hook', settleSeconds: 120 } })
    const process = world.process()
    await world.deliver(process, response('1', { feedback: '' }))

    await world.passMinutes(process, 1)
    const updated = await world.deliver(process, response('1'))
    await world.passMinutes(process, 1)
    const early = world.cxi.imports.length
    await world.passMinutes(process, 2)

    expect(statusOf(updated)).toBe('200 updated')
    expect(early).toBe(0)
    expect(world.cxi.rows()).toEqual(['1790000000,9,answer 1,user-1,1'])
  })

  it('does not wait for ever for a response that goes on changing', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    for (let second = 0; second < 660; second += 30) {
      await world.deliver(process, response('1', { feedback: `change ${second}` }))
      await world.clock.advance(30_000)
      await flushSources(process.webhookDeps)
      await world.drain(process)
    }

    expect(world.cxi.imports).toHaveLength(1)
  })

  it('sends one response for fifty deliveries at once', async () => {
    const world = new WebhookWorld()
    const process = world.process()

    const answers = await Promise.all(Array.from({ length: 50 }, () => world.deliver(process, response('1'))))
    await world.passMinutes(process, 3)

    expect(answers.map(statusOf).filter((status) => status === '202 accepted')).toHaveLength(1)
    expect(answers.map(statusOf).filter((status) => status === '200 duplicate')).toHaveLength(49)
    expect(world.cxi.rows()).toHaveLength(1)
  })

  it('keeps the last content of deliveries in reverse order', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    const later = await world.deliver(process, response('1', { feedback: 'last', updated_at: '2026-11-24T06:00:09Z' }))
    const earlier = await world.deliver(
      process,
      response('1', { feedback: 'first', updated_at: '2026-11-24T06:00:01Z' }),
    )

    await world.passMinutes(process, 3)

    expect([later, earlier].map(statusOf)).toEqual(['202 accepted', '200 duplicate'])
    expect(world.cxi.rows()).toEqual(['1790000000,9,last,user-1,1'])
  })

  it('writes a change that comes after its response was sent where its owner looks', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, response('1'))
    await world.passMinutes(process, 3)

    const late = await world.deliver(process, response('1', { feedback: 'changed my mind' }))
    const again = await world.deliver(process, response('1', { feedback: 'changed my mind' }))
    await world.passMinutes(process, 3)

    expect([late, again].map(statusOf)).toEqual(['200 late', '200 duplicate'])
    expect(world.cxi.rows()).toEqual(['1790000000,9,answer 1,user-1,1'])
    const [key = ''] = await world.keys('rejected/')
    expect(key).toBe('rejected/nps/late.2026-11-24.csv')
    expect(await world.text(key)).toContain('1790000000,9,changed my mind,user-1,1,,,late,')
    expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  })

  it('sets a response aside whose date or score can’t be read, and sends the others', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, [response('1'), response('2', { feedback_date: 'yesterday' }), response('3')])

    await world.passMinutes(process, 3)

    expect(world.cxi.rows()).toHaveLength(2)
    expect(await world.receipt()).toMatchObject({
      state: 'partial',
      rows: { read: 3, imported: 2, set_aside: 1 },
      problems: [{ row: 3, code: 'feedback_date_invalid' }],
    })
    const [key = ''] = await world.keys('rejected/nps/')
    expect(await world.text(key)).toContain('yesterday,9,answer 2')
  })

  it('takes a set-aside response again that was mended and dropped as a file', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, [response('1'), response('2', { feedback_date: 'yesterday' })])
    await world.passMinutes(process, 3)
    const [key = ''] = await world.keys('rejected/nps/')
    const mended = (await world.text(key)).replace('yesterday', '2026-11-23')

    await world.drop(process, 'inbox/nps/mended.csv', mended)
    await world.passMinutes(process, 3)

    expect(world.cxi.rows()).toHaveLength(2)
  })

  it('rejects a batch of which nothing can be imported, and says so', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, response('1', { feedback_date: 'yesterday' }))

    await world.passMinutes(process, 3)

    expect(world.cxi.imports).toEqual([])
    expect(await world.receipt()).toMatchObject({ state: 'rejected', error: { code: 'all_rows_set_aside' } })
    expect(await world.keys('rejected/nps/')).toHaveLength(1)
  })

  it('sends more than a thousand responses in batches of a thousand', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    for (let first = 0; first < 2500; first += 500) {
      await world.deliver(
        process,
        Array.from({ length: 500 }, (_, at) => response(String(first + at))),
      )
    }

    await world.passMinutes(process, 3)

    expect(world.cxi.imports.map(({ response_count }) => response_count)).toEqual([1000, 1000, 500])
    expect(new Set(world.cxi.rows()).size).toBe(2500)
  })

  it('flushes every quarter of an hour after sixty batches in a day', async () => {
    const world = new WebhookWorld('generic', { webhook: { provider: 'generic', secret: 'hook', settleSeconds: 0 } })
    const process = world.process()
    for (let minute = 0; minute < 90; minute++) {
      await world.deliver(process, response(String(minute)))
      await world.passMinutes(process, 1)
    }
    const batches = world.cxi.imports.length
    await world.passMinutes(process, 16)

    expect(batches).toBeGreaterThanOrEqual(61)
    expect(batches).toBeLessThanOrEqual(64)
    expect(world.cxi.rows()).toHaveLength(90)
  })

  it('deletes a batch from CXI when it is undone', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, response('1'))
    await world.passMinutes(process, 3)

    await startUndo(process.deps, (await world.receipt()).id ?? '')
    await world.passMinutes(process, 3)

    expect(world.cxi.imports).toEqual([])
    expect(await world.receipt()).toMatchObject({ state: 'undone' })
    expect(await world.stored()).toHaveLength(1)
  })
})
