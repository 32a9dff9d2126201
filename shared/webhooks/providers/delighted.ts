import { AnswerList } from '../answer-list.ts'
import type { Provider } from '../provider.ts'
import type { Role } from '../types.ts'
import { at, idOf, isRecord, itemsOf, orderOf, secondsOf, textOf } from '../values.ts'

const ROLES: Record<string, Role> = { email: 'email', id: 'respondent' }

/**
 * Delighted: Integrations → Webhooks → the address; the secret is the private API key. It sends the score at once and the
 * comment minutes later, as an update of the same response, so a response waits half an hour for it. Unsubscribes
 * are ignored. https://app.delighted.com/docs/api/webhooks
 */
export const delighted: Provider = {
  name: 'delighted',
  proofs: [
    {
      kind: 'hmac',
      header: 'x-delighted-webhook-signature',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: 'sha256=',
    },
  ],
  setup:
    'In Delighted: Integrations → Webhooks → Add webhook, for new and updated responses; the secret here is the API key.',
  settleSeconds: 1800,
  read(event) {
    const type = textOf(at(event, 'event_type'))
    if (!type.startsWith('survey_response.')) return { responses: [] }
    const data = at(event, 'event_data')
    const list = new AnswerList()
      .add('score', at(data, 'score'), { role: 'nps' })
      .add('comment', at(data, 'comment'), { role: 'comment' })
    const person = at(data, 'person')
    if (isRecord(person)) {
      for (const [key, value] of Object.entries(person)) {
        list.add(`person ${key}`, value, { names: [key], role: Object.hasOwn(ROLES, key) ? ROLES[key] : undefined })
      }
    }
    list.addMembers(at(data, 'person_properties'))
    for (const answer of itemsOf(at(data, 'additional_answers'))) {
      const question = at(answer, 'question')
      list.add(textOf(at(question, 'text')), additional(at(answer, 'value')), { names: [at(question, 'id')] })
    }
    list.add('survey_type', at(data, 'survey_type')).add('permalink', at(data, 'permalink'))
    list.add('delighted_tags', at(data, 'tags'))
    const created = secondsOf(at(data, 'created_at'))
    return {
      responses: [
        {
          id: idOf(at(data, 'id'), 'event_data.id'),
          order: orderOf(secondsOf(at(data, 'updated_at')) ?? created, type.endsWith('.updated')),
          date: created === null ? null : String(created / 1000),
          answers: list.answers,
        },
      ],
    }
  },
}

/** `{ free_response }`, `{ scale }`, `{ select_one: { text } }` or `{ select_many: [{ text }] }`. */
function additional(value: unknown): unknown {
  if (!isRecord(value)) return value
  const found = Object.values(value).find((one) => one !== null)
  const texts = (Array.isArray(found) ? found : [found]).map((one) => (isRecord(one) ? at(one, 'text') : one))
  return texts.length === 1 ? texts[0] : texts
}
