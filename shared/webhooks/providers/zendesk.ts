import { AnswerList } from '../answer-list.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, textOf, timeOf } from '../values.ts'

/** CXI takes numbers; a rating in words is a CSAT of one or five. */
const SCORES: Record<string, string> = { GOOD: '5', BAD: '1' }

/**
 * Zendesk: Admin Center → Apps and integrations → Webhooks → the address, subscribed to "Satisfaction rating received"
 * (`zen:event-type:ticket.csat_received`); then "Reveal secret". Or a webhook of a trigger whose JSON is the generic
 * one. A rating is a word: GOOD counts as 5, BAD as 1; the word is kept as property `rating`.
 * https://developer.zendesk.com/documentation/webhooks/verifying/
 */
export const zendesk: Provider = {
  name: 'zendesk',
  proofs: [
    {
      kind: 'hmac',
      header: 'x-zendesk-webhook-signature',
      algorithm: 'sha256',
      encoding: 'base64',
      signed: ['timestamp', 'body'],
      timestamp: { header: 'x-zendesk-webhook-signature-timestamp', unit: 'iso' },
    },
  ],
  setup:
    'In Admin Center: Webhooks → Create, event "Satisfaction rating received"; the secret here is "Reveal secret".',
  read(event) {
    if (at(event, 'type') !== 'zen:event-type:ticket.csat_received') return { responses: [] }
    const rating = at(event, 'event', 'satisfaction_score')
    const word = textOf(at(rating, 'score'))
    const score = Object.hasOwn(SCORES, word.toUpperCase()) ? SCORES[word.toUpperCase()] : word
    const list = new AnswerList()
      .add('score', score, { role: 'scale' })
      .add('rating', word)
      .add('comment', at(rating, 'comment'), { role: 'comment' })
      .add('reason', at(rating, 'reason'))
      .add('requester_id', at(event, 'detail', 'requester_id'), { role: 'respondent' })
    for (const key of ['id', 'subject', 'status', 'assignee_id', 'organization_id', 'brand_id']) {
      list.add(key === 'id' ? 'ticket_id' : key, at(event, 'detail', key))
    }
    const date = at(event, 'time')
    const id = idOf(at(event, 'detail', 'id'), 'detail.id')
    return { responses: [{ id, order: timeOf(date), date: textOf(date) || null, answers: list.answers }] }
  },
}
