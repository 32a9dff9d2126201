import { AnswerList } from '../answer-list.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, secondsOf } from '../values.ts'

const TOPICS = new Set(['conversation.rating.added', 'ticket.rating.provided'])

/**
 * Intercom: Developer Hub → your app → Webhooks → the address, topics `conversation.rating.added` and
 * `ticket.rating.provided`; the secret is the app's client secret. A conversation has one rating, known by the
 * conversation's id as in the CSV export. Pings and other topics are ignored.
 * https://developers.intercom.com/docs/webhooks/webhook-notifications
 */
export const intercom: Provider = {
  name: 'intercom',
  proofs: [{ kind: 'hmac', header: 'x-hub-signature', algorithm: 'sha1', encoding: 'hex', prefix: 'sha1=' }],
  setup:
    'In the Developer Hub: your app → Webhooks, topics conversation.rating.added and ticket.rating.provided; the secret here is the client secret.',
  read(event) {
    const topic = at(event, 'topic')
    if (typeof topic !== 'string' || !TOPICS.has(topic)) return { responses: [] }
    const item = at(event, 'data', 'item')
    const rating = at(item, 'conversation_rating') ?? at(item, 'ticket_rating') ?? at(item, 'rating')
    const contact = at(rating, 'contact') ?? at(item, 'contact')
    const list = new AnswerList()
      .add('rating', at(rating, 'rating'), { role: 'scale' })
      .add('remark', at(rating, 'remark'), { role: 'comment' })
      .add('contact email', at(contact, 'email'), { names: ['email'], role: 'email' })
      .add('contact external_id', at(contact, 'external_id'), { names: ['external_id'], role: 'external-id' })
      .add('contact id', at(contact, 'id'), { role: 'respondent' })
      .add('teammate', at(rating, 'teammate', 'id'))
    const created = secondsOf(at(rating, 'created_at')) ?? secondsOf(at(event, 'created_at'))
    return {
      responses: [
        {
          id: idOf(at(item, 'id'), 'data.item.id'),
          order: secondsOf(at(event, 'created_at')),
          date: created === null ? null : String(created / 1000),
          answers: list.answers,
        },
      ],
    }
  },
}
