import { describe, expect, it } from 'vitest'
import { completeRelay } from '../../../shared/config/resolve.ts'
import { pick } from '../../../shared/webhooks/pick.ts'
import { propertyNames } from '../../../shared/webhooks/property-names.ts'
import type { Answer } from '../../../shared/webhooks/types.ts'
import { hmac, SECRET, statusOf, WebhookWorld } from '../../support/webhook-world.ts'

const answer = (label: string, value: string, more: Partial<Answer> = {}): Answer => ({
  label,
  names: [],
  value,
  ...more,
})
const picksOf = (answers: Answer[], columns = {}) => pick({ id: '1', order: null, date: null, answers }, columns)

describe('the score', () => {
  it.each([
    [['nps', 'scale', 'rating'], 0],
    [['rating', 'scale'], 1],
    [['rating', undefined], 0],
  ] as const)('of %j is the best kind', (roles, at) => {
    const answers = roles.map((role, n) => answer(`q${n}`, String(n), role ? { role } : {}))

    expect(picksOf(answers).picked.score).toBe(answers[at])
  })

  it('is none of two of the best kind, and that is said', () => {
    const answers = [
      answer('a', '1', { role: 'scale' }),
      answer('b', '2', { role: 'scale' }),
      answer('c', '3', { role: 'rating' }),
    ]

    const { picked, doubts } = picksOf(answers)

    expect(picked.score).toBeUndefined()
    expect(doubts).toMatchObject([{ column: 'score', isConfigured: false, answers: [{ label: 'a' }, { label: 'b' }] }])
  })

  it('is never the other of two scales because one was left blank', async () => {
    const world = new WebhookWorld('typeform')
    const fields = [
      { id: 'a', title: 'Us?', type: 'opinion_scale' },
      { id: 'b', title: 'Food?', type: 'opinion_scale' },
    ]
    const answers = [{ type: 'number', number: 3, field: { id: 'b' } }]
    const body = JSON.stringify({
      event_type: 'form_response',
      form_response: { token: 't', definition: { fields }, answers },
    })
    const headers = { 'typeform-signature': `sha256=${hmac('sha256', SECRET, 'base64', body)}` }

    await world.process().webhooks.door.receive('nps', world.request(body, { headers }))

    expect(await world.stored()).toMatchObject([{ score: '', properties: [['Food?', '3']] }])
  })
})

describe('a configured column', () => {
  const answers = [answer('How likely? - group', '3', { names: ['g'] }), answer('How likely?', '9', { names: ['s'] })]

  it('that fits two answers takes neither', () => {
    const { picked, doubts } = picksOf(answers, { score: /how likely/i })

    expect(picked.score).toBeUndefined()
    expect(doubts).toMatchObject([{ column: 'score', isConfigured: true }])
  })

  it.each(['How likely?', 's', /likely\?$/])('named %s is that one', (score) => {
    expect(picksOf(answers, { score }).picked.score).toBe(answers[1])
  })

  it('is found by its title without tags and what the tool fills in', () => {
    const titled = [answer('<b>Thanks, {{field:1}}</b>! How likely?', '9')]

    expect(picksOf(titled, { score: 'Thanks, ! How likely?' }).picked.score).toBe(titled[0])
  })
})

describe('properties', () => {
  it('are named by their titles, with (2) in the form’s order where one comes twice', () => {
    const labels = ['<p>Why?</p>', '<b>Why</b>?', 'Hi {{name}}, why?', ' Why? ', 'Score', 'a < b > c']

    expect([...propertyNames(labels.map((label) => answer(label, 'x'))).values()]).toEqual([
      'Why?',
      'Why? (2)',
      'Hi , why?',
      'Why? (3)',
      'Score (2)',
      'a < b > c',
    ])
  })

  it('are private by these names too', async () => {
    const world = new WebhookWorld('tally', { privacy: { 'Name (2)': 'drop', 'Your mail': 'mask' } })
    const fields = [
      { key: '1', label: 'Name', type: 'INPUT_TEXT', value: 'shown' },
      { key: '2', label: 'Name', type: 'INPUT_TEXT', value: 'first' },
      { key: '3', label: 'Name', type: 'INPUT_TEXT', value: 'second' },
      { key: '4', label: '<i>Your</i> mail', type: 'INPUT_PHONE_NUMBER', value: 'a@example.org' },
    ]
    const body = JSON.stringify({ eventType: 'FORM_RESPONSE', data: { responseId: 'r', fields } })
    const headers = { 'tally-signature': hmac('sha256', SECRET, 'base64', body) }

    await world.process().webhooks.door.receive('nps', world.request(body, { headers }))

    expect(await world.stored()).toMatchObject([
      {
        feedback: 'shown',
        properties: [
          ['Name', 'first'],
          ['Your mail', expect.stringContaining('***')],
        ],
      },
    ])
  })
})

describe('what the tools leave open', () => {
  it('Tally repeats checkboxes as one field for each option, which are left out', async () => {
    const world = new WebhookWorld('tally')
    const options = [
      { id: 'o1', text: 'Red' },
      { id: 'o2', text: 'Blue' },
    ]
    const fields = [
      { key: 'c', label: 'Colours', type: 'CHECKBOXES', value: ['o1', 'o2'], options },
      { key: 'c_o1', label: 'Colours (Red)', type: 'CHECKBOXES', value: true },
      { key: 'c_o2', label: 'Colours (Blue)', type: 'CHECKBOXES', value: true },
    ]
    const body = JSON.stringify({ eventType: 'FORM_RESPONSE', data: { responseId: 'r', fields } })

    await world
      .process()
      .webhooks.door.receive(
        'nps',
        world.request(body, { headers: { 'tally-signature': hmac('sha256', SECRET, 'base64', body) } }),
      )

    expect(await world.stored()).toMatchObject([{ properties: [['Colours', 'Red, Blue']] }])
  })

  it('Jotform states no time: a response was given when its first event came, whatever is edited later', async () => {
    const world = new WebhookWorld('jotform', { columns: { score: 'nps' } })
    const { door } = world.process().webhooks
    const deliver = (nps: string) => {
      const webhookURL = `https://h.example/webhooks/nps?token=${SECRET}`
      const form = { submissionID: 's', ip: '10.1.2.3', webhookURL, rawRequest: JSON.stringify({ q1_nps: nps }) }
      const path = `/webhooks/nps?token=${encodeURIComponent(SECRET)}`
      return door.receive('nps', world.request(new URLSearchParams(form).toString(), { path }))
    }
    const firstMs = world.clock.now()
    await deliver('4')
    await world.clock.advance(30_000)

    const edited = await deliver('5')

    expect(statusOf(edited)).toBe('200 updated')
    const [stored] = await world.stored()
    expect(stored).toMatchObject({ score: '5', feedback_date: String(Math.floor(firstMs / 1000)), properties: [] })
  })

  it.each(['reverse', 'in order'])(
    'Delighted and Wootric: of two events with one time the update counts (%s)',
    async (order) => {
      const world = new WebhookWorld('wootric')
      const { door } = world.process().webhooks
      const deliver = (event_name: string, text: string | null) => {
        const response = {
          id: 1,
          score: 7,
          text,
          created_at: '2026-11-20T10:15:00Z',
          updated_at: '2026-11-20T10:15:00Z',
        }
        const body = JSON.stringify({ event_name, response, account_token: 'NPS-x' })
        return door.receive(
          'nps',
          world.request(body, { headers: { 'x-wootric-signature': `sha1=${hmac('sha1', SECRET, 'hex', body)}` } }),
        )
      }
      const events = [
        ['created', null],
        ['updated', 'Slow'],
      ] as [string, string | null][]

      for (const [name, text] of order === 'reverse' ? events.reverse() : events) await deliver(name, text)

      expect(await world.stored()).toMatchObject([{ feedback: 'Slow', properties: [] }])
    },
  )
})

describe('the configuration of a webhook', () => {
  const resolved = (webhook: object, columns?: object) =>
    completeRelay({
      accounts: { main: { secret: 'x' } },
      sources: { nps: { webhook: { provider: 'tally', secret: 'hook', ...webhook }, ...(columns ? { columns } : {}) } },
    } as never)

  it('says at the start that jotform needs to know the score or the feedback', () => {
    expect(() => resolved({ provider: 'jotform' })).toThrow(/sources\.nps\.columns.*must name score or feedback/s)
    expect(() => resolved({ provider: 'jotform' }, { user_id: 'q1' })).toThrow(/sources\.nps\.columns/)
    expect(resolved({ provider: 'jotform' }, { feedback: 'q1' }).sources.nps?.columns).toEqual({ feedback: 'q1' })
  })

  it.each([0, 0.5, 90])('may settle after %d seconds', (settleSeconds) => {
    expect(resolved({ settleSeconds }).sources.nps?.webhook?.settleSeconds).toBe(settleSeconds)
  })

  it.each([-1, 'soon', Number.NaN])('refuses to settle after %s', (settleSeconds) => {
    expect(() => resolved({ settleSeconds })).toThrow(/settleSeconds/)
  })
})
