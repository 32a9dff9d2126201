import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { WebhookRequest } from '../../../shared/webhooks/types.ts'
import { misledSources } from '../../../shared/webhooks/visits.ts'
import { hmac, SECRET, statusOf, WebhookWorld } from '../../support/webhook-world.ts'

const TOKEN = `/webhooks/nps?token=${encodeURIComponent(SECRET)}`
const EVENT = { id: '1', feedback_date: 1790000000, score: 9 }

function opened(provider = 'generic', change: ConstructorParameters<typeof WebhookWorld>[1] = {}) {
  const world = new WebhookWorld(provider, change)
  const { webhooks, webhookDeps } = world.process()
  const receive = (body: string | Uint8Array, more: Partial<WebhookRequest> = {}) =>
    webhooks.door.receive('nps', world.request(body, { path: TOKEN, ...more }))
  return { world, receive, deps: webhookDeps }
}

const typeform = (body: string) => ({
  headers: {
    'content-type': 'application/json',
    'typeform-signature': `sha256=${hmac('sha256', SECRET, 'base64', body)}`,
  },
})

describe('FC-09 a redirect that turned POST into GET', () => {
  it('is answered 405, and seen by whoever looks after it', async () => {
    const { world, receive, deps } = opened('tally')

    const got = await receive('', { method: 'GET', headers: { 'user-agent': 'Tally Webhooks' } })
    const head = await receive('', { method: 'HEAD' })

    expect([got.status, got.headers.allow, head.status]).toEqual([405, 'HEAD, POST', 200])
    expect(world.logger.events()).toContain('webhook.get')
    expect(await misledSources(deps)).toMatchObject([
      {
        source: 'nps',
        gets: 1,
        message: expect.stringMatching(/^GETs but no POSTs on nps: the address is redirected/),
      },
    ])
  })

  it('counts every GET, and writes that down once a minute at most', async () => {
    const { world, receive, deps } = opened()
    for (let n = 0; n < 5; n++) await receive('', { method: 'GET' })
    const soon = await misledSources(deps)
    await world.clock.advance(60_000)
    await receive('', { method: 'GET' })

    expect([soon, await misledSources(deps)].map(([found]) => found?.gets)).toEqual([1, 6])
  })

  it('is no matter where deliveries arrive too, until they do no longer', async () => {
    const { world, receive, deps } = opened()
    const process = world.process()
    await receive(JSON.stringify(EVENT))
    await receive('', { method: 'GET' })
    const waiting = await misledSources(deps)
    await world.passMinutes(process, 3)
    const sent = await misledSources(deps)
    await world.clock.advance(2 * 3_600_000)
    await receive('', { method: 'GET' })

    expect([waiting, sent]).toEqual([[], []])
    expect(await misledSources(deps)).toHaveLength(1)
  })

  it.each(['qualtrics', 'surveymonkey'])('is the way in which %s sets it up', async (provider) => {
    const { receive } = opened(provider)

    expect((await receive('', { method: 'GET' })).status).toBe(200)
  })
})

describe('FC-11 a secret behind ?token=', () => {
  it.each([
    ['token=ab+cd/ef==', 202],
    ['token=ab%2Bcd%2Fef%3D%3D', 202],
    ['x=1&token=ab+cd/ef==&y=2', 202],
    ['token=ab%20cd/ef==', 401],
    ['token=', 401],
    ['token', 401],
    ['token=x&token=ab%2Bcd%2Fef%3D%3D', 401],
    ['token=ab+cd/ef==&token=', 401],
    ['', 401],
  ])('written %s is answered %i', async (query, status) => {
    const { world, receive } = opened()
    world.secrets.set('hook', { secret: 'ab+cd/ef==' })

    expect((await receive(JSON.stringify(EVENT), { path: `/webhooks/nps?${query}` })).status).toBe(status)
  })

  it('may hold a per cent sign that begins no code', async () => {
    const { world, receive } = opened()
    world.secrets.set('hook', { secret: '100%sure' })

    expect((await receive(JSON.stringify(EVENT), { path: '/webhooks/nps?token=100%sure' })).status).toBe(202)
  })
})

describe('R-02 a byte order mark', () => {
  it.each(['\ufeff', '\ufeff\ufeff'])('before JSON is signed, and left out of what it says', async (mark) => {
    const { world, receive } = opened('typeform')
    const body = `${mark}${JSON.stringify({ event_type: 'form_response', form_response: { token: 't', hidden: { a: 'b' } } })}`

    const answer = await receive(body, typeform(body))

    expect(statusOf(answer)).toBe('202 accepted')
    expect(await world.stored()).toMatchObject([{ id: 't', properties: [['a', 'b']] }])
  })

  it.each(['\ufeff', '\ufeff\ufeff', '%EF%BB%BF'])('before a form is no part of its first field', async (mark) => {
    const { world, receive } = opened()

    await receive(`${mark}id=7&score=3`, { headers: { 'content-type': 'application/x-www-form-urlencoded' } })

    expect(await world.stored()).toMatchObject([{ id: '7', score: '3' }])
  })
})

describe('R-06 half a pair of surrogates', () => {
  it('becomes U+FFFD, and the same delivery again is a duplicate', async () => {
    const { world, receive } = opened('typeform')
    const text = JSON.stringify({
      event_type: 'form_response',
      form_response: {
        token: 't',
        answers: [{ type: 'text', text: 'Super HALF', field: { id: 'q', type: 'long_text' } }],
      },
    })
    const body = text.replace('HALF', '\\ud83d')

    const answers = [await receive(body, typeform(body)), await receive(body, typeform(body))]

    expect(answers.map(statusOf)).toEqual(['202 accepted', '200 duplicate'])
    expect(await world.stored()).toMatchObject([{ feedback: 'Super \ufffd' }])
  })

  it('in names and ids too, and in JSON inside a form', async () => {
    const { world, receive } = opened('jotform', { columns: { score: 'nps' } })
    const rawRequest = '{"q1_a\\udc00":"x\\ud800","q2_nps":"4"}'

    await receive(new URLSearchParams({ submissionID: 's', rawRequest }).toString())

    expect(await world.stored()).toMatchObject([{ score: '4', feedback: 'x\ufffd' }])
  })
})

describe('R-10 a gzip body', () => {
  const body = JSON.stringify({ event_type: 'form_response', form_response: { token: 't', hidden: { a: 'b' } } })
  const packed = (bytes: Uint8Array, signed: Uint8Array | string = bytes) => ({
    'content-encoding': 'gzip',
    'typeform-signature': `sha256=${hmac('sha256', SECRET, 'base64', signed)}`,
  })

  it('is verified as it came and unpacked then', async () => {
    const { world, receive } = opened('typeform')
    const bytes = gzipSync(body)

    const answer = await receive(bytes, { headers: packed(bytes) })
    const signedInside = await receive(bytes, { headers: packed(bytes, body) })

    expect([answer.status, signedInside.status]).toEqual([202, 401])
    expect(await world.stored()).toHaveLength(1)
    expect(await world.keys('quarantine/')).toEqual([])
  })

  it('that opens to more than a body may have is too large', async () => {
    const { world, receive } = opened('typeform')
    const bytes = gzipSync(Buffer.alloc(20_000_000))

    const answer = await receive(bytes, { headers: packed(bytes) })

    expect(bytes.length).toBeLessThan(262_144)
    expect(answer.status).toBe(413)
    expect(await world.keys('quarantine/')).toEqual([])
  })

  it('that is none is kept aside', async () => {
    const { world, receive } = opened('typeform')
    const bytes = Buffer.from(body)

    const answer = await receive(bytes, { headers: packed(bytes) })

    expect(answer.status).toBe(202)
    expect(await world.keys('quarantine/')).toHaveLength(1)
  })

  it('that a gateway handed over as text is refused, and counted apart', async () => {
    const { world, receive } = opened()
    const text = Buffer.from(gzipSync(JSON.stringify(EVENT)).toString('utf8'))

    const answer = await receive(text, { headers: { 'content-encoding': 'gzip' }, isText: true })

    expect(answer.status).toBe(401)
    expect(world.logger.events()).toContain('webhook.mangled')
    expect(await world.keys('quarantine/')).toEqual([])
  })
})

describe('R-11 a score of 0', () => {
  it.each([
    [0, '0'],
    ['0', '0'],
    [null, ''],
    ['', ''],
    [' ', ''],
  ])('of %j is %j', async (score, expected) => {
    const { world, receive } = opened()

    await receive(JSON.stringify({ ...EVENT, score }))

    expect(await world.stored()).toMatchObject([{ score: expected }])
  })
})

describe('a number', () => {
  it('with more digits than JavaScript keeps stays what it is', async () => {
    const { world, receive } = opened()

    await receive(
      '{"id":12345678901234567890,"score":9,"properties":{"a":0.12345678901234567,"b":1e400,"c":1.5,"d":1e3}}',
    )

    expect(await world.stored()).toMatchObject([
      {
        id: '12345678901234567890',
        score: '9',
        properties: [
          ['a', '0.12345678901234567'],
          ['b', '1e400'],
          ['c', '1.5'],
          ['d', '1000'],
        ],
      },
    ])
  })
})

describe('a delivery that can’t be read', () => {
  it('is kept with the secret blanked wherever it stands', async () => {
    const { world, receive } = opened('jotform')
    world.secrets.set('hook', { secret: 'pa+ss/wo rd' })
    const webhookURL = 'https://h.example/webhooks/nps?token=pa+ss/wo rd'
    const body = `${new URLSearchParams({ webhookURL, pretty: 'pa+ss/wo rd' })}&x=pa%2Bss%2Fwo%20rd`

    const answer = await receive(body, { path: '/webhooks/nps?token=pa%2Bss%2Fwo%20rd' })

    expect(answer.status).toBe(202)
    const [key = ''] = await world.keys('quarantine/webhooks/nps/')
    const kept = Buffer.from(JSON.parse(await world.text(key)).body_base64, 'base64').toString()
    expect(kept).toContain('pretty=***&x=***')
    expect(kept).not.toMatch(/pa(\+|%2B)ss/)
  })

  it('of a list is only what is no response; the others are on their way', async () => {
    const { world, receive } = opened()

    const answer = await receive(JSON.stringify([EVENT, 'stray', { ...EVENT, id: '2' }, { score: 1 }]))

    expect(statusOf(answer)).toBe('202 accepted')
    expect((await world.stored()).map(({ id }) => id)).toEqual(['1', '2'])
    const [key = ''] = await world.keys('quarantine/')
    expect(JSON.parse(Buffer.from(JSON.parse(await world.text(key)).body_base64, 'base64').toString())).toEqual([
      'stray',
      { score: 1 },
    ])
  })
})

describe('a response without an id of its own', () => {
  it('is known by the delivery and its place, or stands in data', async () => {
    const { world, receive } = opened()
    const headers = { 'webhook-id': 'msg' }

    const answers = [
      await receive('[{"score":1},{"score":2}]', { headers }),
      await receive('[{"score":1},{"score":2}]', { headers }),
      await receive('{"score":3}', { headers }),
      await receive('{"type":"new","data":{"id":"d","score":4}}'),
    ]

    expect(answers.map(statusOf)).toEqual(['202 accepted', '200 duplicate', '202 accepted', '202 accepted'])
    expect((await world.stored()).map(({ id, score }) => `${id} ${score}`)).toEqual([
      'd 4',
      'msg 3',
      'msg-1 1',
      'msg-2 2',
    ])
  })
})
