import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hmac, SECRET, statusOf, type WebhookProcess, WebhookWorld } from '../../support/webhook-world.ts'

/** A stand-in of a survey tool's API: answers what `answers` says, in turn, the last one again and again. */
class Tool {
  readonly calls: { url: string; headers: IncomingMessage['headers'] }[] = []
  answers: { status: number; headers?: Record<string, string>; body?: unknown; isCut?: true }[] = []
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.calls.push({ url: request.url ?? '', headers: request.headers })
    const { status, headers, body, isCut } = (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) ?? {
      status: 500,
    }
    if (isCut) return void request.destroy()
    response.writeHead(status, headers)
    response.end(body === undefined ? '' : JSON.stringify(body))
  }
}

const details = {
  id: '5007',
  response_status: 'completed',
  date_modified: '2026-11-20T10:15:00+00:00',
  custom_variables: { user_id: 'u9' },
  pages: [
    {
      questions: [
        {
          id: '1',
          heading: 'How likely are you to recommend us?',
          answers: [{ choice_id: '9', simple_text: '9' }],
        },
        { id: '2', heading: 'Why?', answers: [{ text: 'Honest prices', simple_text: 'Honest prices' }] },
      ],
    },
  ],
}

describe('answers that a delivery does not carry', () => {
  let tool: Tool
  let url: string
  let dispatcher: Agent

  beforeEach(async () => {
    tool = new Tool()
    url = await tool.listen()
    dispatcher = new Agent({ keepAliveTimeout: 1 })
  })

  afterEach(async () => {
    await dispatcher.close()
    await tool.close()
  })

  function open(provider: string, secret: Record<string, unknown> = { access_token: 'tok', client_id: 'cid' }) {
    const world = new WebhookWorld(provider, {
      webhook: { provider, secret: 'hook', settleSeconds: 0, baseUrl: url },
    })
    world.secrets.set('hook', { secret: SECRET, ...secret })
    return { world, process: world.process(undefined, { dispatcher }) }
  }

  const announce = (world: WebhookWorld, { webhooks }: WebhookProcess, id = '5007') => {
    const body = JSON.stringify({
      event_type: 'response_completed',
      object_id: id,
      resources: { survey_id: '77', respondent_id: id },
    })
    const headers = {
      'content-type': 'application/vnd.surveymonkey.response.v1+json',
      'sm-signature': hmac('sha1', `cid&${SECRET}`, 'base64', body),
    }
    return webhooks.door.receive('nps', world.request(body, { headers }))
  }

  it('are fetched from SurveyMonkey after the delivery was answered', async () => {
    const { world, process } = open('surveymonkey')
    tool.answers = [{ status: 200, body: details }]

    const answers = [await announce(world, process), await announce(world, process)]
    const before = tool.calls.length
    await world.passMinutes(process, 2)

    expect(answers.map(statusOf)).toEqual(['202 accepted', '200 duplicate'])
    expect(before).toBe(0)
    expect(tool.calls).toHaveLength(1)
    expect(tool.calls[0]?.url).toBe('/v3/surveys/77/responses/5007/details?simple=true')
    expect(tool.calls[0]?.headers.authorization).toBe('Bearer tok')
    expect(world.cxi.rows()).toEqual([`${Date.UTC(2026, 10, 20, 10, 15) / 1000},9,Honest prices,u9,5007`])
    expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  })

  it('wait, all of them, as long as the tool’s rate limit says', async () => {
    const { world, process } = open('surveymonkey')
    tool.answers = [
      { status: 429, headers: { 'retry-after': '3600' } },
      { status: 200, body: details },
    ]
    for (const id of ['5007', '5008', '5009']) await announce(world, process, id)

    await world.passMinutes(process, 30)
    const limited = tool.calls.length
    await world.passMinutes(process, 40)

    expect(limited).toBe(1)
    expect(tool.calls).toHaveLength(4)
    expect(world.logger.events()).toContain('tool.limited')
  })

  it('are tried again after errors and broken connections', async () => {
    const { world, process } = open('surveymonkey')
    tool.answers = [{ status: 500 }, { status: 200, isCut: true }, { status: 404 }, { status: 200, body: details }]
    await announce(world, process)

    await world.passMinutes(process, 5)

    expect(tool.calls).toHaveLength(4)
    expect(world.cxi.rows()).toHaveLength(1)
  })

  it('wait for a token that the tool accepts, with an alarm that holds nothing secret', async () => {
    const { world, process } = open('surveymonkey')
    tool.answers = [{ status: 401 }, { status: 200, body: details }]
    await announce(world, process)

    await world.passMinutes(process, 8)

    const alarm = world.logger.lines.find(({ event }) => event === 'tool.refused')
    expect(alarm?.level).toBe('alarm')
    expect(JSON.stringify(world.logger.lines)).not.toMatch(/tok\b|only the tool knows/)
    expect(world.cxi.rows()).toHaveLength(1)
  })

  it('are given up with an alarm when the tool never has them', async () => {
    const { world, process } = open('surveymonkey')
    tool.answers = [{ status: 404 }]
    await announce(world, process)

    await world.passMinutes(process, 60)

    expect(world.logger.events().filter((event) => event === 'response.not_found')).toHaveLength(1)
    expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  })

  it('are fetched from Qualtrics for a delivery that is signed inside its form', async () => {
    const { world, process } = open('qualtrics', { api_token: 'qtok' })
    tool.answers = [
      {
        status: 200,
        body: {
          result: {
            responseId: 'R_1',
            values: { recordedDate: '2026-11-20T10:15:00Z', finished: 1, QID1_NPS: 8, QID2_TEXT: 'Neat', userId: 'u1' },
            labels: {},
          },
        },
      },
    ]
    const message = JSON.stringify({ Status: 'Complete', SurveyID: 'SV_1', ResponseID: 'R_1' })
    const deliver = (mac: string) =>
      process.webhooks.door.receive(
        'nps',
        world.request(new URLSearchParams({ HMAC: mac, MSG: message, Topic: 't' }).toString(), {
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      )
    const mac = hmac('sha512', SECRET, 'hex', message)

    const refused = await deliver(`${mac.slice(0, -1)}${mac.endsWith('0') ? '1' : '0'}`)
    const accepted = await deliver(mac)
    await world.passMinutes(process, 2)

    expect([refused, accepted].map(statusOf)).toEqual(['401 error', '202 accepted'])
    expect(tool.calls[0]).toMatchObject({
      url: '/API/v3/surveys/SV_1/responses/R_1',
      headers: { 'x-api-token': 'qtok' },
    })
    expect(world.cxi.rows()[0]).toMatch(/^\d{10},8,Neat,u1,R_1/)
  })

  it('are read from HubSpot’s CRM for a delivery that is signed with its address', async () => {
    const { world, process } = open('hubspot')
    world.relay.publicUrl = 'https://hooks.example.com'
    tool.answers = [
      {
        status: 200,
        body: {
          id: '12',
          properties: {
            hs_value: '7',
            hs_content: 'Hm',
            hs_submission_timestamp: '2026-11-20T10:15:00Z',
            hs_contact_id: '4',
          },
        },
      },
    ]
    const body = JSON.stringify([
      { eventId: 1, subscriptionType: 'object.creation', objectId: 12 },
      { eventId: 2, subscriptionType: 'object.propertyChange', objectId: 12 },
      { eventId: 3, subscriptionType: 'object.creation' },
    ])
    const time = String(world.clock.now())
    const sign = (origin: string) => hmac('sha256', SECRET, 'base64', 'POST', `${origin}/webhooks/nps`, body, time)
    const deliver = (signature: string) =>
      process.webhooks.door.receive(
        'nps',
        world.request(body, {
          headers: { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': time },
        }),
      )

    const refused = await deliver(sign('https://other.example.com'))
    const accepted = await deliver(sign('https://hooks.example.com'))
    await world.passMinutes(process, 2)

    expect([refused, accepted].map(statusOf)).toEqual(['401 error', '202 accepted'])
    expect(world.cxi.rows()[0]).toMatch(/^\d{10},7,Hm,4,12/)
    const [kept = ''] = await world.keys('quarantine/')
    const { body_base64 } = JSON.parse(await world.text(kept))
    expect(JSON.parse(Buffer.from(body_base64, 'base64').toString())).toMatchObject([{ eventId: 3 }])
  })

  it.each([
    ['as it was called', '/webhooks/nps?by=a%40b%2Cc%20d', 'https://hooks.example.com/webhooks/nps?by=a%40b%2Cc%20d'],
    [
      'with what HubSpot decodes',
      '/webhooks/nps?by=a%40b%2Cc%20d',
      'https://hooks.example.com/webhooks/nps?by=a@b,c%20d',
    ],
  ])('are believed of HubSpot where the address is signed %s', async (_, path, signedUrl) => {
    const { world, process } = open('hubspot')
    world.relay.publicUrl = 'https://hooks.example.com'
    const body = JSON.stringify([{ eventId: 1, subscriptionType: 'object.creation', objectId: 12 }])
    const time = String(world.clock.now())
    const signature = hmac('sha256', SECRET, 'base64', 'POST', signedUrl, body, time)
    const headers = { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': time }

    const answer = await process.webhooks.door.receive('nps', { ...world.request(body, { headers }), path })

    expect(statusOf(answer)).toBe('202 accepted')
  })

  it('are listed from Google Forms for a notice that tells only that there are some', async () => {
    const { world, process } = open('google-forms')
    const answered = (id: string) => ({
      responseId: id,
      lastSubmittedTime: '2026-11-20T10:15:00Z',
      answers: { q1: { textAnswers: { answers: [{ value: `because ${id}` }] } } },
    })
    tool.answers = [{ status: 200, body: { responses: [answered('a'), answered('b')] } }]
    const notice = {
      message: {
        attributes: { eventType: 'RESPONSES', formId: 'form1' },
        messageId: '7',
        publishTime: '2026-11-20T10:15:30Z',
      },
    }

    await world.deliver(process, notice)
    await world.passMinutes(process, 2)

    expect(tool.calls[0]?.url).toContain('/v1/forms/form1/responses')
    expect(world.cxi.rows()).toHaveLength(2)
  })
})
