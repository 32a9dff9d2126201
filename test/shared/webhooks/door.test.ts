import { inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { RelayError } from '../../../shared/errors.ts'
import { sweepQuarantine } from '../../../shared/webhooks/quarantine.ts'
import { retrySource } from '../../../shared/webhooks/retry-source.ts'
import { hmac, SECRET, statusOf, WebhookWorld } from '../../support/webhook-world.ts'
import { standardHeaders, WHSEC } from './samples.ts'

const EVENT = JSON.stringify({ id: '1', feedback_date: 1790000000, score: 9 })

function standardWorld() {
  const world = new WebhookWorld()
  world.secrets.set('hook', { secret: WHSEC })
  const { door } = world.process().webhooks
  const deliver = (atMs: number, change: Record<string, string> = {}) =>
    door.receive('nps', world.request(EVENT, { headers: { ...standardHeaders(EVENT, atMs), ...change } }))
  return { world, deliver, now: world.clock.now() }
}

describe('a signature with a time', () => {
  it.each([
    [-299, 202],
    [299, 202],
    [-301, 401],
    [301, 401],
  ])('made %i seconds from now is answered %i', async (seconds, status) => {
    const { deliver, now } = standardWorld()

    const answer = await deliver(now + seconds * 1000)

    expect(answer.status).toBe(status)
  })

  it('is looked for among several, and in no other version', async () => {
    const { deliver, now } = standardWorld()
    const [good = ''] = [standardHeaders(EVENT, now)['webhook-signature']]

    const several = await deliver(now, { 'webhook-signature': `v1a,abc v1,${'A'.repeat(43)}= ${good}` })
    const other = await deliver(now, { 'webhook-signature': good.replace('v1,', 'v1a,') })
    const noTime = await deliver(now, { 'webhook-timestamp': 'soon' })

    expect([several, other, noTime].map(({ status }) => status)).toEqual([202, 401, 401])
  })

  it('verifies the published vector of Standard Webhooks', async () => {
    const world = new WebhookWorld()
    world.secrets.set('hook', { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    }
    const request = world.request('{"test": 2432232314}', { headers, receivedAtMs: 1_614_265_330_000 })

    const answer = await world.process().webhooks.door.receive('nps', request)

    expect(answer.status).toBe(202)
    expect(await world.stored()).toMatchObject([{ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek' }])
  })
})

describe('a secret', () => {
  it('may be rotated: the old and the new one are both good for a while', async () => {
    const world = new WebhookWorld('typeform')
    world.secrets.set('hook', { secrets: ['new', 'old'] })
    const { door } = world.process().webhooks
    const body = JSON.stringify({ event_type: 'form_response_partial' })
    const deliver = (secret: string) =>
      door.receive(
        'nps',
        world.request(body, { headers: { 'typeform-signature': `sha256=${hmac('sha256', secret, 'base64', body)}` } }),
      )

    const answers = await Promise.all(['new', 'old', 'older'].map(deliver))

    expect(answers.map(statusOf)).toEqual(['200 ignored', '200 ignored', '401 error'])
  })

  it('that was changed is noticed at the first delivery that fits no known one, at most once a minute', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, { id: '0', score: 1 })
    const { door } = process.webhooks
    const deliver = (token: string) =>
      door.receive('nps', world.request(EVENT, { path: `/webhooks/nps?token=${token}` }))
    world.secrets.set('hook', { secret: 'second' })
    const second = await deliver('second')
    world.secrets.set('hook', { secret: 'third' })
    const tooSoon = await deliver('third')
    await world.clock.advance(60_000)
    const third = await deliver('third')

    expect([second, tooSoon, third].map(({ status }) => status)).toEqual([202, 401, 200])
  })

  it.each([[{ secret: '' }], [{ secrets: [] }], [{ secrets: ['good', ''] }], [{ secret: 'whsec_' }], [undefined]])(
    'such as %j lets the sender try again later, and nobody in',
    async (secret) => {
      const world = new WebhookWorld()
      world.secrets.set('hook', secret)
      const { door } = world.process().webhooks

      const answer = await door.receive('nps', world.request(EVENT, { path: '/webhooks/nps?token=' }))

      expect(answer.status).toBe(503)
      expect(answer.headers['retry-after']).toBe('30')
      expect(world.logger.events()).toContain('webhook.unavailable')
    },
  )
})

describe('the door', () => {
  it('answers 503 and nothing is lost while the store is out of reach', async () => {
    const world = new WebhookWorld()
    const process = world.process(undefined, {
      buffer: {
        put: () => Promise.reject(new RelayError('store_unavailable', 'The disk is away.', { retryable: true })),
      } as never,
    })

    const answer = await world.deliver(process, { id: '1', score: 9 })

    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('30')
  })

  it('keeps an authentic delivery that it can’t read, without its token, and reads it when asked again', async () => {
    const world = new WebhookWorld()
    const process = world.process()

    const answer = await world.deliver(process, { number: 1, score: 9 })

    expect(statusOf(answer)).toBe('202 accepted')
    const [key = ''] = await world.keys('quarantine/webhooks/nps/')
    expect(await world.text(key)).not.toContain('only the tool')
    expect(world.logger.lines.filter(({ level }) => level === 'alarm')).toHaveLength(1)
    const still = await retrySource(process.webhookDeps, process.webhooks.door, 'nps', 0)
    expect(still).toEqual({ remapped: 0, replayed: 0, unreadable: 1 })
    const kept = JSON.parse(await world.text(key))
    kept.body_base64 = Buffer.from(EVENT).toString('base64')
    await world.objects.put(key, Buffer.from(JSON.stringify(kept)))
    const now = await retrySource(process.webhookDeps, process.webhooks.door, 'nps', 0)
    expect(now).toMatchObject({ replayed: 1, unreadable: 0 })
    expect(await world.keys('quarantine/')).toEqual([])
    expect(await world.stored()).toMatchObject([{ id: '1', score: '9' }])
  })

  it('forgets what is in quarantine after fourteen days', async () => {
    const world = new WebhookWorld()
    const process = world.process()
    await world.deliver(process, { number: 1 })
    await world.clock.advance(13 * 86_400_000)
    await sweepQuarantine(process.webhookDeps)
    const before = await world.keys('quarantine/')
    await world.clock.advance(2 * 86_400_000)
    await sweepQuarantine(process.webhookDeps)

    expect(before).toHaveLength(1)
    expect(await world.keys('quarantine/')).toEqual([])
  })

  it('applies a changed mapping to what has not been sent', async () => {
    const world = new WebhookWorld('generic', { privacy: { mail: 'hash' } })
    const process = world.process()
    await world.deliver(process, { id: '1', feedback_date: 1790000000, rating: 4, mail: 'a@example.com' })
    const before = await world.stored()
    const source = world.relay.sources.nps
    if (source) source.columns = { score: 'rating', user_id: 'mail' }
    const later = world.process()

    const found = await retrySource(later.webhookDeps, later.webhooks.door, 'nps', 0)

    expect(found?.remapped).toBe(1)
    expect(before[0]?.score).toBe('')
    const [after] = await world.stored()
    expect(after?.score).toBe('4')
    expect(after?.user_id).toMatch(/^[0-9a-f]{64}$/)
    expect(after?.user_id).toBe(new Map(before[0]?.properties).get('mail'))
  })

  it('merges the answers of a tool that sends one event for each', async () => {
    const world = new WebhookWorld('survicate')
    const { door } = world.process().webhooks
    const deliver = (question: object, answer: object, second: number) => {
      const timestamp = `2026-11-20T10:15:0${second}+00:00`
      const body = JSON.stringify({
        event: { questionAnswered: { responseUuid: 'u', timestamp, question, ...answer, respondent: { uuid: 'r' } } },
      })
      const headers = { hmac: hmac('sha256', SECRET, 'hex', body) }
      return door.receive('nps', world.request(body, { headers }))
    }

    const answers = [
      await deliver({ id: 2, body: 'Why?' }, { answer: 'Because' }, 5),
      await deliver({ id: 1, body: 'NPS', type: 'nps' }, { rating: 9 }, 1),
      await deliver({ id: 2, body: 'Why?' }, { answer: 'Because' }, 5),
    ]

    expect(answers.map(statusOf)).toEqual(['202 accepted', '200 updated', '200 duplicate'])
    expect(await world.stored()).toMatchObject([{ id: 'u', score: '9', feedback: 'Because', user_id: 'r' }])
  })

  it('waits half an hour for the comment where a tool sends the score first', async () => {
    const world = new WebhookWorld('asknicely')
    const process = world.process()
    const question = { id: '5', score: '9', responded: '1790000000' }
    await world.deliver(process, { count: 1, person: {}, question })
    await world.passMinutes(process, 20)
    const updated = await world.deliver(process, { count: 2, person: {}, question: { ...question, comment: 'Good' } })
    const old = await world.deliver(process, { count: 1, person: {}, question })

    await world.passMinutes(process, 32)

    expect([updated, old].map(statusOf)).toEqual(['200 updated', '200 duplicate'])
    expect(world.cxi.rows()).toEqual(['1790000000,9,Good,,5'])
  })

  it('drops, hashes and masks before anything is stored', async () => {
    const world = new WebhookWorld('generic', { privacy: { ip: 'drop', user_id: 'hash', phone: 'mask' } })
    const process = world.process()
    await world.deliver(process, {
      id: '1',
      score: 9,
      user_id: 'anna@example.com',
      properties: { ip: '10.0.0.1', Phone: '12345' },
    })

    const [stored] = await world.stored()

    expect(stored?.user_id).toMatch(/^[0-9a-f]{64}$/)
    expect(stored?.properties).toEqual([['Phone', '1***']])
    for (const { content } of await world.buffer.read(world.scope, ['1'])) {
      expect(inflateRawSync(content ?? new Uint8Array()).toString()).not.toMatch(/anna|10\.0\.0\.1|12345/)
    }
  })

  it.each([
    ['{"id":"1","score":9,"properties":{"__proto__":{"a":"1"},"constructor":"c","ok":"yes"}}'],
    ['{"id":"1","score":9,"properties":{"\\u005f_proto__":{"a":"1"},"\\u0063onstructor":"c","ok":"yes"}}'],
  ])('leaves out names that could reach a prototype: %s', async (body) => {
    const world = new WebhookWorld()
    const { door } = world.process().webhooks
    const path = `/webhooks/nps?token=${encodeURIComponent(SECRET)}`

    await door.receive('nps', world.request(body, { path }))

    expect((await world.stored())[0]?.properties).toEqual([['ok', 'yes']])
  })
})
