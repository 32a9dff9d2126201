import { describe, expect, it } from 'vitest'
import { CxiError } from '../../../shared/cxi/errors.ts'
import { RelayError } from '../../../shared/errors.ts'
import { flushSources } from '../../../shared/webhooks/flush.ts'
import { alarmForgotten } from '../../../shared/webhooks/forgotten-sources.ts'
import { statusOf, WebhookWorld } from '../../support/webhook-world.ts'

const response = (id: string | number, change: object = {}) => ({
  id: String(id),
  feedback_date: 1790000000,
  score: 9,
  ...change,
})
const notSent = (message = 'No.') => new CxiError('cxi_server_error', message, { outcome: 'not_sent', retryable: true })

describe('a batch', () => {
  it('is mapped when it is sent: a changed mapping applies to what has not been', async () => {
    const world = new WebhookWorld()
    await world.deliver(world.process(), response(1, { score: undefined, answers: { nps: 4, why: 'Slow' } }))
    const { nps } = world.relay.sources
    if (nps) nps.columns = { score: 'answers.nps', feedback: 'answers.why' }

    await world.passMinutes(world.process(), 3)

    expect(world.cxi.rows()).toEqual(['1790000000,4,Slow,,1'])
  })

  it('is a duplicate by what was said, whatever the mapping is by then', async () => {
    const world = new WebhookWorld()
    await world.deliver(world.process(), response(1, { rating: 4 }))
    const { nps } = world.relay.sources
    if (nps) nps.columns = { score: 'rating' }

    expect(statusOf(await world.deliver(world.process(), response(1, { rating: 4 })))).toBe('200 duplicate')
  })

  it('has a receipt and a drop by its own name', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, response(1))
    await world.passMinutes(process, 3)

    const { drop, id, import: sent } = await world.receipt()
    const [key = ''] = await world.keys('receipts/')

    expect(drop).toBe(`webhook/nps/${id}`)
    expect(key).toMatch(new RegExp(`^receipts/nps/${id}\\.\\d{8}T\\d{9}Z.*\\.json$`))
    expect(sent?.name).toMatch(/^nps 2026-11-24 06:\d\d$/)
  })

  it('sets a response aside that has neither score nor feedback, behind the others, and takes it when it is mended', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, [
      response(1, { score: '', plan: 'Pro' }),
      response(2, { city: 'Bonn' }),
      response(3, { feedback_date: 'never' }),
    ])
    await world.passMinutes(process, 3)

    const receipt = await world.receipt()
    expect(receipt).toMatchObject({ state: 'partial', rows: { read: 3, imported: 1, set_aside: 2 } })
    expect(receipt.problems.map(({ row, column, code }) => [row, column, code])).toEqual([
      [3, 'feedback_date', 'feedback_date_invalid'],
      [4, 'score', 'no_answer'],
    ])
    const [key = ''] = await world.keys('rejected/nps/')
    const [header = '', ...rows] = (await world.text(key)).split('\n')
    expect(header).toBe(
      '\ufefffeedback_date,score,feedback,user_id,response_id,city,plan,relay_row,relay_column,relay_code,relay_reason',
    )
    expect(rows[1]).toMatch(/^1790000000,,,,1,,Pro,4,score,no_answer,/)
    await world.drop(
      process,
      'inbox/nps/mended.csv',
      (await world.text(key)).replace('1790000000,,,,1', '1790000000,3,,,1').replace('never', '1790000000'),
    )
    await world.passMinutes(process, 3)
    expect(world.cxi.rows()).toHaveLength(3)
  })

  it('is rejected where no response says anything, and nothing is sent', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, response(1, { score: null, feedback: ' ' }))
    await world.passMinutes(process, 3)

    expect(world.cxi.imports).toEqual([])
    expect(await world.receipt()).toMatchObject({
      state: 'rejected',
      rows: { read: 1, set_aside: 1 },
      error: { code: 'all_rows_set_aside' },
    })
    expect(await world.keys('rejected/nps/')).toHaveLength(1)
  })

  it('says where a pattern fits two answers, and sends neither as the score', async () => {
    const world = new WebhookWorld('generic', { columns: { score: /likely/ } })
    const process = world.process()
    await world.deliver(process, [response(1, { likely: 9, unlikely: 1 }), response(2, { likely: 8 })])
    await world.passMinutes(process, 3)

    expect(world.cxi.rows()).toEqual([expect.stringMatching(/^1790000000,8,/)])
    expect((await world.receipt()).problems).toMatchObject([
      { row: 3, column: 'score', code: 'duplicate_column', message: expect.stringMatching(/"likely".*"unlikely"/) },
    ])
  })

  it('says once where two scores are equally good, which are properties then', async () => {
    const world = new WebhookWorld('posthog')
    const process = world.process()
    const event = (uuid: string) => ({
      event: {
        uuid,
        event: 'survey sent',
        timestamp: '2026-11-20T10:15:00Z',
        properties: { $survey_response_a: 9, $survey_response_b: 2, $survey_response_c: 'Works' },
      },
    })
    for (const uuid of ['1', '2']) await world.deliver(process, event(uuid))
    await world.passMinutes(process, 3)

    expect(world.cxi.rows()).toHaveLength(2)
    expect(world.cxi.rows()[0]).toMatch(/,,Works,,1,9,2$/)
    const receipt = await world.receipt()
    expect(receipt.state).toBe('imported')
    expect(receipt.problems).toMatchObject([{ column: 'score', message: expect.stringContaining('columns.score') }])
  })
})

describe('a flush', () => {
  it('does not begin while the batch before is not in CXI: what comes meanwhile joins the next', async () => {
    const world = new WebhookWorld('generic', { webhook: { provider: 'generic', secret: 'hook', settleSeconds: 0 } })
    const process = world.process()
    const batches = async () =>
      (await world.ledger.due(Number.MAX_SAFE_INTEGER, 100)).filter(({ group }) => group.startsWith('batch#'))
    await world.deliver(process, response(1))
    await flushSources(process.webhookDeps)
    await world.deliver(process, response(2))
    await flushSources(process.webhookDeps)
    const begun = await batches()
    const updated = await world.deliver(process, response(2, { feedback: 'and why' }))
    await world.drain(process)
    await flushSources(process.webhookDeps)
    await world.passMinutes(process, 2)

    expect(begun).toHaveLength(1)
    expect(statusOf(updated)).toBe('200 updated')
    expect(world.cxi.rows().sort()).toEqual(['1790000000,9,,,1', '1790000000,9,and why,,2'])
  })

  it('is held up by no batch that had its three tries', async () => {
    const world = new WebhookWorld('generic', { webhook: { provider: 'generic', secret: 'hook', settleSeconds: 0 } })
    const process = world.process()
    await world.deliver(process, response(1))
    const { create } = world.objects
    let fails = 0
    world.objects.create = async (key, body) => {
      if (key.startsWith('parts/') && ++fails < 4)
        throw new RelayError('store_unavailable', 'Full.', { retryable: true })
      return create.call(world.objects, key, body)
    }
    await flushSources(process.webhookDeps)
    for (let second = 0; second < 30 && fails < 3; second++) await world.pass(process, 1)
    await world.deliver(process, response(2))
    await flushSources(process.webhookDeps)
    await world.passMinutes(process, 3)

    expect(fails).toBeGreaterThanOrEqual(3)
    expect(world.cxi.rows()).toHaveLength(2)
  })

  it('does not begin while the account’s last call failed', async () => {
    const world = new WebhookWorld('generic', { webhook: { provider: 'generic', secret: 'hook', settleSeconds: 0 } })
    const process = world.process()
    world.cxi.trouble = notSent()
    await world.deliver(process, response(1))
    await flushSources(process.webhookDeps)
    await world.pass(process, 10)
    await world.deliver(process, response(2))
    await flushSources(process.webhookDeps)

    const due = await world.ledger.due(Number.MAX_SAFE_INTEGER, 100)
    expect(due.filter(({ group }) => group.startsWith('batch#'))).toEqual([])
    world.cxi.trouble = undefined
    await world.passMinutes(process, 30)
    expect(world.cxi.rows()).toHaveLength(2)
  })
})

describe('responses of a source that is no longer configured', () => {
  it('wait, and alarm once a day', async () => {
    const world = new WebhookWorld()
    const first = world.process()
    world.cxi.trouble = notSent()
    await world.deliver(first, response(1))
    await world.deliver(first, response(2))
    await world.passMinutes(first, 2)
    await world.deliver(first, response(3))
    world.cxi.trouble = undefined
    const { sources } = world.relay
    world.relay = { ...world.relay, sources: {} }
    const without = world.process().webhookDeps
    const alarms = () => world.logger.events().filter((event) => event === 'work.source_missing').length

    await alarmForgotten(without)
    await alarmForgotten(without)
    const firstDay = alarms()
    await world.clock.advance(86_400_000)
    await alarmForgotten(without)
    world.relay = { ...world.relay, sources }
    const again = world.process()
    await world.passMinutes(again, 90)
    await world.clock.advance(86_400_000)
    await alarmForgotten(again.webhookDeps)

    expect([firstDay, alarms()]).toEqual([1, 2])
    expect(world.cxi.rows()).toHaveLength(3)
  })
})

describe('a late change', () => {
  async function sentWorld() {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, response(1))
    await world.passMinutes(process, 3)
    return { world, process }
  }

  it('is an object of its own before it is answered', async () => {
    const { world, process } = await sentWorld()

    const answer = await world.deliver(process, response(1, { feedback: 'changed' }))

    expect(statusOf(answer)).toBe('200 late')
    const [key = ''] = await world.keys('late/')
    expect(key).toMatch(/^late\/nps\/2026-11-24\/[0-9a-f]{64}\.json$/)
    expect(JSON.parse(await world.text(key))).toMatchObject({ id: '1', owner: expect.stringMatching(/^[0-9a-f]{32}$/) })
  })

  it('gets into its file too when its note was lost, by the delivery that comes again', async () => {
    const { world, process } = await sentWorld()
    const { create } = world.ledger
    world.ledger.create = async () => {
      throw new RelayError('store_unavailable', 'No table.', { retryable: true })
    }
    const failed = await world.deliver(process, response(1, { feedback: 'changed' }))
    world.ledger.create = create
    const again = await world.deliver(process, response(1, { feedback: 'changed' }))
    await world.deliver(process, response(1, { feedback: 'changed again' }))
    await world.passMinutes(process, 1)

    expect([failed.status, again.status]).toEqual([503, 200])
    const file = await world.text('rejected/nps/late.2026-11-24.csv')
    expect(file.split('\n').filter((line) => line.includes('changed'))).toHaveLength(2)
  })
})

describe('a store that fails once, at any call', () => {
  const COUNT = 3

  /** Every call to the stores counts; the `failsAt`-th fails, before or after it has had its effect. */
  async function live(failsAt: number, isAfter: boolean) {
    const world = new WebhookWorld()
    const state = { calls: 0 }
    const failing = <T extends object>(target: T): T =>
      new Proxy(target, {
        get(object, name) {
          const member: unknown = Reflect.get(object, name, object)
          if (typeof member !== 'function' || ['read', 'list', 'readDrop', 'unsent'].includes(String(name))) {
            return typeof member === 'function' ? member.bind(object) : member
          }
          return async (...args: unknown[]) => {
            const isFailing = ++state.calls === failsAt
            if (isFailing && !isAfter) throw new RelayError('store_unavailable', 'Away.', { retryable: true })
            const result: unknown = await member.apply(object, args)
            if (isFailing) throw new RelayError('store_unavailable', 'Away.', { retryable: true })
            return result
          }
        },
      })
    const buffer = failing(world.buffer)
    const process = world.process(undefined, { buffer, ledger: failing(world.ledger), objects: failing(world.objects) })
    for (let id = 1; id <= COUNT; id++) {
      const answer = await world.deliver(process, response(id))
      // As a tool does: it comes again until it is answered by 2xx.
      if (answer.status === 503) await world.deliver(process, response(id))
    }
    for (let minute = 0; minute < 9; minute++) {
      await world.pass(process, 60).catch(onlyAway)
      await flushSources(process.webhookDeps).catch(onlyAway)
    }
    return { world, calls: state.calls }
  }

  /** A home logs it and goes on. */
  function onlyAway(error: unknown): void {
    if (!(error instanceof RelayError && ['store_unavailable', 'lease_lost'].includes(error.code))) throw error
  }

  it.each([false, true])('loses and doubles nothing (after its effect: %s)', { timeout: 120_000 }, async (isAfter) => {
    const { calls } = await live(0, isAfter)
    expect(calls).toBeGreaterThan(20)

    for (let failsAt = 1; failsAt <= calls; failsAt++) {
      const { world } = await live(failsAt, isAfter)

      expect(world.cxi.rows().sort(), `call ${failsAt}`).toEqual([
        '1790000000,9,,,1',
        '1790000000,9,,,2',
        '1790000000,9,,,3',
      ])
    }
  })
})
