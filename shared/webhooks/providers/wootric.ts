import { AnswerList } from '../answer-list.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, orderOf, textOf, timeOf } from '../values.ts'

/**
 * Wootric / InMoment NPS: Settings → API → Webhooks → the address, "response created" and "response updated", JSON or
 * URL-encoded. The text comes with an update, minutes after the score, so a response waits half an hour for it.
 * Declines are ignored. https://docs.wootric.com/webhooks/
 */
export const wootric: Provider = {
  name: 'wootric',
  proofs: [{ kind: 'hmac', header: 'x-wootric-signature', algorithm: 'sha1', encoding: 'hex', prefix: 'sha1=' }],
  setup:
    'In Wootric: Settings → API → Webhooks, for responses created and updated; the secret here is the webhook’s own.',
  settleSeconds: 1800,
  read(event) {
    const response = at(event, 'response')
    if (response === undefined) return { responses: [] }
    const list = new AnswerList()
      .add('score', at(response, 'score'), { role: 'nps' })
      .add('text', at(response, 'text'), { role: 'comment' })
      .add('email', at(response, 'email'), { role: 'email' })
      .add('external_id', at(response, 'external_id'), { role: 'external-id' })
      .add('end_user_id', at(response, 'end_user_id'), { role: 'respondent' })
      .addMembers(at(response, 'end_user_properties'))
    for (const key of ['ip_address', 'origin_url', 'survey_id', 'excluded_from_calculations']) {
      list.add(key, at(response, key))
    }
    list.add('survey_mode', at(event, 'survey_mode'))
    const created = at(response, 'created_at')
    return {
      responses: [
        {
          id: idOf(at(response, 'id'), 'response.id'),
          order: orderOf(timeOf(at(response, 'updated_at')) ?? timeOf(created), at(event, 'event_name') === 'updated'),
          date: textOf(created) || null,
          answers: list.answers,
        },
      ],
    }
  },
}
