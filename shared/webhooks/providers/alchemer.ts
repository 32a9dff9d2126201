import { AnswerList } from '../answer-list.ts'
import { STATIC } from '../proof.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, isRecord, textOf, unreadable } from '../values.ts'

/** Names that a response's own fields may bear; the help pages show no sample. */
const IDS = ['response_id', 'responseID', 'responseId', 'id', 'sessionid', 'session_id']
const DATES = ['date_submitted', 'datesubmitted', 'submitted_at', 'date']

/**
 * Alchemer: a Webhook action on the survey's last page → the address with `?token=`, POST, "send whole response" or chosen
 * fields, among them the response id. It is sent once and never again. Fields are called as the action calls them, so
 * `columns` says which is what. https://help.alchemer.com/help/http-connect
 */
export const alchemer: Provider = {
  name: 'alchemer',
  proofs: [STATIC],
  setup:
    'In the survey: a Webhook action on the Thank You page, method POST; paste the address with its ?token=, send the response id as response_id.',
  read(event) {
    const response = at(event, 'response') ?? at(event, 'data') ?? event
    const fields = isRecord(response) ? response : undefined
    if (!fields) throw unreadable('The event has no fields.')
    const ids = [...IDS.map((key) => at(fields, key)), ...IDS.slice(0, 3).map((key) => at(event, key))]
    const dated = DATES.find((key) => textOf(fields[key]) !== '')
    const list = new AnswerList()
    for (const [key, value] of Object.entries(fields)) {
      if (isRecord(value) && value.question !== undefined) {
        const names = [key, value.id, value.sku]
        const text = value.answer ?? value.value
        list.add(textOf(value.question), text, { names, role: typeof text === 'string' ? 'text' : undefined })
      } else if (isRecord(value)) list.addMembers(value, {}, key === 'survey_data' ? '' : key)
      else list.add(key, value, { role: /^e-?mail$/i.test(key) ? 'email' : undefined })
    }
    return {
      responses: [
        {
          id: idOf(
            ids.find((id) => textOf(id) !== ''),
            'response_id',
          ),
          order: null,
          date: dated === undefined ? null : textOf(fields[dated]),
          answers: list.answers,
        },
      ],
    }
  },
}
