import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { receiveWebhook } from '../../functions/receive-webhook/receive-webhook.ts'
import { recordsOf } from '../../functions/record-message.ts'
import { CxiError } from '../../shared/cxi/errors.ts'
import { RelayError } from '../../shared/errors.ts'
import { hmac, SECRET, WebhookWorld } from '../support/webhook-world.ts'
import { delivery } from './events.ts'
import { httpEvent, TOKEN, WebhookHome } from './webhook-home.ts'

const EVENT = { id: '1', feedback_date: '2026-09-20', score: 9, feedback: 'Größe', user_id: 'kim' }
const textOf = ({ statusCode, body }: { statusCode?: number; body?: string }) => `${statusCode} ${body}`
const recordsIn = (queue: string[] = []) => queue.map((body) => recordsOf(JSON.parse(body)) ?? [])

describe('receive-webhook', () => {
  it.each([false, true])(
    'verifies the exact bytes of a body (base64: %s) and stores what it says',
    async (isBase64) => {
      const home = new WebhookHome(new WebhookWorld('typeform'))
      const text = JSON.stringify({
        event_type: 'form_response',
        form_response: { token: 't', hidden: { a: 'Größe' } },
      })
      const headers = { 'typeform-signature': `sha256=${hmac('sha256', SECRET, 'base64', text)}` }
      const event = (body: string) =>
        httpEvent({
          headers,
          body: isBase64 ? Buffer.from(body).toString('base64') : body,
          isBase64Encoded: isBase64,
        })

      const answer = await home.receive(event(text))
      const forged = await home.receive(event(text.replace('Größe', 'Grösse')))

      expect(textOf(answer)).toBe('202 {"status":"accepted"}')
      expect(answer.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8' })
      expect(textOf(forged)).toBe('401 {"error":"The delivery does not prove where it comes from."}')
      expect(await home.world.stored()).toMatchObject([{ properties: [['a', 'Größe']] }])
    },
  )

  it('verifies a signature over the address as its sender called it', async () => {
    const home = new WebhookHome(new WebhookWorld('hubspot'))
    const body = '[]'
    const timestamp = String(home.world.clock.now())
    const url = 'https://abc.execute-api.eu-central-1.amazonaws.com/webhooks/nps?form=a%2Fb+c'
    const signature = hmac('sha256', SECRET, 'base64', 'POST', url, body, timestamp)
    const event = (rawQueryString: string) => {
      const signed = { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': timestamp }
      const headers = { ...httpEvent().headers, 'x-forwarded-proto': 'https', ...signed }
      return httpEvent({ headers, body, rawQueryString })
    }

    const answer = await home.receive(event('form=a%2Fb+c'))
    const other = await home.receive(event('form=a/b c'))

    expect([answer.statusCode, other.statusCode]).toEqual([200, 401])
  })

  it.each([
    ['GET', '/webhooks/nps', '405 {"error":"Deliveries are made with POST."}'],
    ['HEAD', '/webhooks/nps', '200 '],
    ['PUT', '/webhooks/nps', '405 {"error":"Deliveries are made with POST."}'],
    ['POST', '/webhooks/nobody', '404 {"error":"There is no webhook at this address."}'],
    ['POST', '/webhooks/nps/more', '404 {"error":"There is no webhook at this address."}'],
    ['POST', '/', '404 {"error":"There is no webhook at this address."}'],
  ])('answers %s %s with %s', async (method, rawPath, expected) => {
    const home = new WebhookHome()

    const answer = await home.receive(httpEvent({ method, rawPath }))

    expect(textOf(answer)).toBe(expected)
  })

  it.each([
    ['/prod/webhooks/nps', 'prod', 202],
    ['/$default/webhooks/nps', '$default', 202],
    ['/$default/webhooks/nps', undefined, 202],
    ['/webhooks/nps', 'webhooks', 404],
    ['/other/webhooks/nps', 'prod', 404],
    ['//webhooks/nps', '$default', 404],
    ['/Webhooks/nps', '$default', 404],
  ])('R-08 finds its source below the stage: %s of %s is answered %i', async (rawPath, stage, status) => {
    const home = new WebhookHome()
    const event = httpEvent({ rawPath, rawQueryString: TOKEN, body: JSON.stringify(EVENT) })

    const answer = await home.receive({
      ...event,
      requestContext: { http: { method: 'POST' }, ...(stage ? { stage } : {}) },
    })

    expect(answer.statusCode).toBe(status)
  })

  it.each([
    ['application/vnd.surveymonkey.v1+json', JSON.stringify(EVENT)],
    ['application/x-www-form-urlencoded', 'id=1&score=9&feedback_date=1790000000'],
    ['multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="id"\r\n\r\n1\r\n--b--\r\n'],
  ])('R-08 reads a body of %s in base64 and as text alike', async (contentType, text) => {
    for (const isBase64Encoded of [true, false]) {
      const home = new WebhookHome()
      const body = isBase64Encoded ? Buffer.from(text).toString('base64') : text
      const headers = { 'content-type': contentType }

      const answer = await home.receive(httpEvent({ headers, rawQueryString: TOKEN, body, isBase64Encoded }))

      expect(textOf(answer)).toBe('202 {"status":"accepted"}')
      expect(await home.world.stored()).toMatchObject([{ id: '1' }])
    }
  })

  it('R-08 takes events without body, query and headers', async () => {
    const home = new WebhookHome()
    const bare = { rawPath: '/webhooks/nps', isBase64Encoded: false, requestContext: { http: { method: 'HEAD' } } }

    expect((await home.receive(bare as never)).statusCode).toBe(200)
    expect(
      (await home.receive({ ...bare, body: null, requestContext: { http: { method: 'POST' } } } as never)).statusCode,
    ).toBe(401)
  })

  it('FC-11 takes a plus in ?token= as it stands in the raw query', async () => {
    const home = new WebhookHome()
    home.world.secrets.set('hook', { secret: 'ab+cd/ef==' })
    const event = (rawQueryString: string) => home.receive(httpEvent({ rawQueryString, body: JSON.stringify(EVENT) }))

    const answers = [await event('token=ab+cd/ef=='), await event('token=ab%20cd/ef=='), await event('token=')]

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 401, 401])
  })

  it('R-10 refuses gzip that the gateway took for text, and unpacks what came in base64', async () => {
    const home = new WebhookHome()
    const packed = gzipSync(JSON.stringify(EVENT))
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const asText = httpEvent({ headers, rawQueryString: TOKEN, body: packed.toString('utf8') })
    const asBase64 = httpEvent({
      headers,
      rawQueryString: TOKEN,
      body: packed.toString('base64'),
      isBase64Encoded: true,
    })

    const answers = [await home.receive(asText), await home.receive(asBase64)]

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 202])
  })

  it('refuses a body that is too large, by its bytes and not by their encoding', async () => {
    const home = new WebhookHome()
    const event = (bytes: number) =>
      httpEvent({
        rawQueryString: TOKEN,
        body: Buffer.alloc(bytes, 'a=b&').toString('base64'),
        isBase64Encoded: true,
      })

    const [fits, isTooLarge] = [await home.receive(event(262_144)), await home.receive(event(262_145))]

    expect([fits.statusCode, isTooLarge.statusCode]).toEqual([202, 413])
  })

  it('takes a request without a body, and with cookies', async () => {
    const home = new WebhookHome()

    const answer = await home.receive(httpEvent({ cookies: ['a=1', 'b=2'] }))

    expect(answer.statusCode).toBe(401)
  })

  it('asks its sender to come again while the store is out of reach', async () => {
    const home = new WebhookHome()
    const { buffer } = home.world
    const put = buffer.put.bind(buffer)
    buffer.put = async () => {
      throw new RelayError('store_unavailable', 'The table does not answer.', { retryable: true })
    }

    const unstored = await home.post(EVENT)
    buffer.put = put
    const stored = await home.post(EVENT)

    expect([unstored.statusCode, unstored.headers?.['retry-after']]).toEqual([503, '30'])
    expect(textOf(stored)).toBe('202 {"status":"accepted"}')
  })

  it('asks its sender to come again while it can’t be opened, and opens when it can', async () => {
    const home = new WebhookHome()
    const { clock, logger } = home.world
    const door = home.world.process().webhooks.door
    let isReachable = false
    const receive = receiveWebhook({
      clock,
      logger,
      door: async () => {
        if (!isReachable) throw new RelayError('privacy_key_missing', 'Restore the key.', { retryable: true })
        return door
      },
    })
    const event = httpEvent({ rawQueryString: TOKEN, body: JSON.stringify(EVENT) })

    const closed = await receive(event)
    isReachable = true
    const open = await receive(event)

    expect([closed.statusCode, closed.headers?.['retry-after'], open.statusCode]).toEqual([503, '30', 202])
    expect(logger.lines[0]).toMatchObject({ level: 'alarm', fields: { code: 'privacy_key_missing' } })
  })
})

describe('flush-responses', () => {
  it('brings what was delivered into CXI, once, with a receipt', async () => {
    const home = new WebhookHome()

    const answers = [await home.post(EVENT), await home.post(EVENT)]
    await home.pass(3)
    const afterwards = await home.post(EVENT)
    await home.pass(3)

    expect([...answers, afterwards].map(textOf)).toEqual([
      '202 {"status":"accepted"}',
      '200 {"status":"duplicate"}',
      '200 {"status":"duplicate"}',
    ])
    expect(home.world.cxi.rows()).toHaveLength(1)
    expect(await home.world.receipts()).toMatchObject([{ state: 'imported', rows: { imported: 1 } }])
  })

  it('hands a batch to its own queue and what comes of it to the one that sends', async () => {
    const home = new WebhookHome()
    await home.post(EVENT)
    await home.world.clock.advance(61_000)

    await home.flush({ source: 'aws.scheduler' })
    const begun = home.queues.responses?.splice(0) ?? []
    await home.flush(delivery(begun))

    expect(recordsIn(begun)).toMatchObject([[{ group: expect.stringMatching(/^batch#/) }]])
    expect(home.queues.responses).toEqual([])
    expect(recordsIn(home.queues.parts)).toMatchObject([[{ group: expect.stringMatching(/^drop#/) }]])
  })

  it('finds a batch whose message was lost by the sweep', async () => {
    const home = new WebhookHome()
    await home.post(EVENT)
    await home.world.clock.advance(61_000)
    await home.flush({})
    home.queues.responses = []

    await home.pass(1)

    expect(home.world.cxi.rows()).toHaveLength(1)
  })

  it('changes nothing when a message comes twice, and fails what it can’t read alone', async () => {
    const home = new WebhookHome()
    await home.post(EVENT)
    await home.world.clock.advance(61_000)
    await home.flush({})
    const [message = ''] = home.queues.responses?.splice(0) ?? []
    const event = delivery([message, 'not ours', message])

    const answer = await home.flush(event)
    await home.pass(2)

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: event.Records[1]?.messageId }] })
    expect(home.world.cxi.rows()).toHaveLength(1)
  })

  it('sends on what it has begun where the look at another source fails', async () => {
    const home = new WebhookHome()
    await home.post(EVENT)
    await home.world.clock.advance(61_000)
    const { ledger } = home.world
    const update = ledger.create.bind(ledger)
    ledger.create = async (write) => {
      if (write.id === 'flushes') throw new RelayError('store_unavailable', 'No table.', { retryable: true })
      return update(write)
    }

    await expect(home.flush({})).rejects.toMatchObject({ code: 'store_unavailable' })
    ledger.create = update
    await home.pass(2)

    expect(home.world.cxi.rows()).toHaveLength(1)
  })

  it('writes what came too late to a file', async () => {
    const home = new WebhookHome()
    await home.post(EVENT)
    await home.pass(2)

    const late = await home.post({ ...EVENT, feedback: 'on second thoughts' })
    await home.pass(1)

    expect(textOf(late)).toBe('200 {"status":"late"}')
    const [key = ''] = await home.world.keys('rejected/nps/late.')
    expect(await home.world.text(key)).toContain('on second thoughts')
  })

  it('gathers what is delivered in an outage of CXI, and sends it when that is over', async () => {
    const home = new WebhookHome()
    const { cxi } = home.world
    cxi.trouble = new CxiError('cxi_unreachable', 'No connection.', { outcome: 'not_sent', retryable: true })
    for (let at = 0; at < 30; at++) {
      await home.post({ ...EVENT, id: `response ${at}` })
      await home.pass(2)
    }

    cxi.trouble = undefined
    await home.pass(90)

    expect(cxi.rows()).toHaveLength(30)
    expect(cxi.imports.length).toBeLessThan(10)
  })
})
