import { AnswerList, PERSON } from '../answer-list.ts'
import { STATIC } from '../proof.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, isRecord, itemsOf, textOf, timeOf } from '../values.ts'

/**
 * PostHog surveys: Data pipelines → Destinations → HTTP Webhook, template "on survey response" → the address with `?token=`
 * or a header, the default body `{event, person}`. Answers are known by question id, or by their text where the event
 * lists the questions. Partial responses (`$survey_completed` false) are ignored.
 * https://posthog.com/docs/surveys
 */
export const posthog: Provider = {
  name: 'posthog',
  proofs: [STATIC],
  setup:
    'In PostHog: Data pipelines → Destinations → HTTP Webhook on survey responses; paste the address with its ?token=.',
  read(event) {
    const sent = at(event, 'event')
    const properties = at(sent, 'properties')
    const name = at(sent, 'event') ?? at(sent, 'name')
    if (!isRecord(properties) || name !== 'survey sent' || properties.$survey_completed === false) {
      return { responses: [] }
    }
    const texts = new Map(
      itemsOf(properties.$survey_questions).map((one) => [textOf(at(one, 'id')), textOf(at(one, 'question'))]),
    )
    const list = new AnswerList()
    for (const [key, value] of Object.entries(properties)) {
      const match = /^\$survey_response(?:_(.+))?$/.exec(key)
      if (!match) continue
      const id = match[1] ?? 'response'
      const isNumber = typeof value === 'number' || /^\d{1,2}$/.test(textOf(value))
      list.add(texts.get(id) ?? id, value, { names: [id, key], role: isNumber ? 'scale' : 'text' })
    }
    list
      .addMembers(at(event, 'person', 'properties'), PERSON)
      .add('distinct_id', at(sent, 'distinct_id'), { role: 'external-id' })
      .add('survey', properties.$survey_name)
      .add('url', properties.$current_url)
    const date = at(sent, 'timestamp')
    const id = idOf(properties.$survey_submission_id ?? at(sent, 'uuid'), 'event.uuid')
    return { responses: [{ id, order: timeOf(date), date: textOf(date) || null, answers: list.answers }] }
  },
}
