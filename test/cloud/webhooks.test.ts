import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { DEMO, Door } from './door.ts'
import { SECRET, Tools } from './webhook-tools.ts'

// The account `shop`.
const outputs = inject('outputs')
const door = new Door('shop')
const tools = new Tools(door)

const typeformEvent = (token: string, text: string, submitted_at = '2026-11-20T10:15:00Z') => ({
  event_type: 'form_response',
  form_response: {
    token,
    submitted_at,
    hidden: { user_id: `tf-${token}` },
    definition: { fields: [{ id: 'q2', title: 'What can we do better?', type: 'long_text' }] },
    answers: [{ type: 'text', text, field: { id: 'q2', type: 'long_text' } }],
  },
})

const event = (user_id: string, more: object = {}) => ({
  id: `response of ${user_id}`,
  feedback_date: '2026-11-20T10:15:00Z',
  score: 9,
  feedback: `said by ${user_id}`,
  user_id,
  ...more,
})

beforeAll(() => door.pasteCredentials(DEMO))

describe('a door that was just deployed', () => {
  test('tells senders to come again until its secrets are pasted', async () => {
    const early = await tools.deliver(event('early'))

    await tools.pasteSecrets()
    await door.kill(outputs.ReceiveWebhook ?? '')

    expect([early.status, early.headers['retry-after']]).toEqual([503, '30'])
    // The emulator answers once for a process that it finds dead.
    await expect.poll(async () => (await tools.deliver(event('early'))).status).toBe(202)
    expect(await tools.untilInCxi('early', 1)).toEqual(['early'])
  })
})

describe('a delivery', () => {
  test('that is signed is accepted, once, and stands in CXI with a receipt', async () => {
    const delivered = typeformEvent('signed', 'Größere Portionen')

    const first = await tools.deliverSigned(delivered)
    const again = await tools.deliverSigned(delivered)
    await tools.untilInCxi('tf-signed', 1)
    const afterwards = await tools.deliverSigned(delivered)

    expect([first.status, first.body]).toEqual([202, { status: 'accepted' }])
    for (const { status, body } of [again, afterwards]) expect([status, body]).toEqual([200, { status: 'duplicate' }])
    const [found, ...others] = (await door.responses()).filter(({ user_id }) => user_id === 'tf-signed')
    expect(others).toEqual([])
    expect(found).toMatchObject({ feedback: 'Größere Portionen', feedback_date: 1795169700 })
    const receipts = async () => {
      const texts = await Promise.all((await door.keys('receipts/typeform/')).map((key) => door.text(key)))
      return texts.map((text) => JSON.parse(text))
    }
    const isThere = ([receipt]: { state: string }[]) => receipt?.state === 'imported'
    const written = await tools.passedUntil(receipts, isThere, 'the receipt of a batch')
    expect(written).toMatchObject([{ state: 'imported', rows: { imported: 1 } }])
  })

  test('that is forged, changed on its way or unsigned is refused, and nothing of it is stored', async () => {
    const signed = await tools.deliverSigned(typeformEvent('forged', 'mine'), (body) => body.replace('mine', 'ours'))
    const unsigned = await tools.send(tools.address('WebhookTypeform'), { body: '{}' })
    const token = tools.address('WebhookHooks').replace(encodeURIComponent(SECRET), 'guessed')
    const guessed = await tools.send(token, { body: JSON.stringify(event('forged')) })
    const genuine = await tools.deliverSigned(typeformEvent('forged', 'theirs'))

    for (const { status, body } of [signed, unsigned, guessed]) {
      expect([status, body]).toEqual([401, { error: 'The delivery does not prove where it comes from.' }])
    }
    expect(genuine.body).toEqual({ status: 'accepted' })
  })

  test('that changes a response before it is sent replaces it', async () => {
    const first = await tools.deliver(event('changed'))
    const changed = await tools.deliver(event('changed', { feedback: 'better after all' }))
    await tools.untilInCxi('changed', 1)

    expect([first.body, changed.body]).toEqual([{ status: 'accepted' }, { status: 'updated' }])
    const found = (await door.responses()).filter(({ user_id }) => user_id === 'changed')
    expect(found.map(({ feedback }) => feedback)).toEqual(['better after all'])
  })

  test('that changes a response which was sent is late, and written to a file', async () => {
    await tools.deliver(event('toolate'))
    await tools.untilInCxi('toolate', 1)

    const late = await tools.deliver(event('toolate', { feedback: 'changed my mind' }))

    expect([late.status, late.body]).toEqual([200, { status: 'late' }])
    const files = () => door.keys('rejected/hooks/late.')
    const [file = '', ...others] = await tools.passedUntil(
      files,
      ({ length }) => length > 0,
      'the file of what is late',
    )
    expect([await door.text(file), others]).toEqual([expect.stringContaining('changed my mind'), []])
    expect(await tools.usersInCxi('toolate')).toHaveLength(1)
  })

  test('whose content is larger than an item arrives whole', async () => {
    const text = randomBytes(90_000).toString('base64')

    const { status } = await tools.deliver(event('oversized', { properties: { log: text } }))

    expect(status).toBe(202)
    expect(await door.keys('responses/large/')).toHaveLength(1)
    expect(await tools.untilInCxi('oversized', 1)).toEqual(['oversized'])
    expect(await door.keys('responses/large/')).toEqual([])
  })

  test('whose sender is known but that can’t be read is kept', async () => {
    const unreadable = await tools.send(tools.address('WebhookHooks'), { body: '{"id":' })

    expect([unreadable.status, unreadable.body]).toEqual([202, { status: 'accepted' }])
    const [key = ''] = await door.keys('quarantine/webhooks/hooks/')
    expect(Buffer.from(JSON.parse(await door.text(key)).body_base64, 'base64').toString()).toBe('{"id":')
  })

  test('of several responses at once, a form, and in another encoding', async () => {
    const many = await tools.deliver([event('mixed-1'), event('mixed-2')])
    const form = await tools.send(tools.address('WebhookHooks'), {
      body: `${new URLSearchParams({ id: 'form', feedback_date: '2026-11-20', feedback: 'a & b', user_id: 'mixed-form' })}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    const latin = await tools.send(tools.address('WebhookHooks'), {
      body: Buffer.from('id=latin&feedback_date=2026-11-20&user_id=mixed-latin&feedback=Gr\xfc\xdfe', 'latin1'),
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=iso-8859-1' },
    })

    expect([many.status, form.status, latin.status]).toEqual([202, 202, 202])
    await tools.untilInCxi('mixed-', 4)
    const said = (await door.responses()).filter(({ user_id }) => user_id.startsWith('mixed-'))
    expect(said.map(({ feedback }) => feedback).sort()).toEqual([
      'Grüße',
      'a & b',
      'said by mixed-1',
      'said by mixed-2',
    ])
  })

  test('that is no delivery is answered as what it is', async () => {
    const address = tools.address('WebhookHooks')

    const alive = await tools.send(address, { method: 'GET' })
    const head = await tools.send(address, { method: 'HEAD' })
    const put = await tools.send(address, { method: 'PUT', body: '{}' })
    const elsewhere = await tools.send(address.replace('/webhooks/hooks', '/webhooks/nps'), { body: '{}' })
    const tooLarge = await tools.send(address, { body: 'x'.repeat(500_001) })

    expect([alive.status, head.status, put.status, elsewhere.status, tooLarge.status]).toEqual([
      405, 200, 405, 404, 413,
    ])
    expect(head.body).toBe(null)
  })
})

describe('two hundred at once', () => {
  test('are in CXI once each, with an outage of CXI between', async () => {
    const users = Array.from({ length: 200 }, (_, at) => `crowd-${at}`)
    await door.control('PUT', 'faults', { rules: [{ match: 'POST /v1/imports', do: 'status', status: 503, times: 1 }] })

    const answers = await Promise.all(users.map((user) => tools.deliverUntilTaken(event(user))))
    const again = await Promise.all(users.slice(0, 50).map((user) => tools.deliverUntilTaken(event(user))))
    const found = await tools.untilInCxi('crowd-', users.length)
    await tools.pass()

    for (const { status } of answers) expect([200, 202]).toContain(status)
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([200]))
    expect(found).toHaveLength(users.length)
    expect(new Set(found).size).toBe(users.length)
    expect(await tools.usersInCxi('crowd-')).toHaveLength(users.length)
  })
})

describe('the other door', () => {
  test('does not send a row again that came by webhook', async () => {
    await tools.deliver(event('both'))
    await tools.untilInCxi('both', 1)
    const rows = [
      'response_id,feedback_date,feedback,user_id,email',
      'response of both,1795169700,again,both,',
      'of the file,1795169700,new,both-new,',
    ]

    const dropped = await door.drop('hooks/export.csv', `${rows.join('\n')}\n`)

    expect(await door.sweptUntilReceipt(dropped.key)).toMatchObject({
      state: 'imported',
      rows: { imported: 1, duplicate: 1 },
    })
    expect((await tools.usersInCxi('both')).sort()).toEqual(['both', 'both-new'])
  })
})
