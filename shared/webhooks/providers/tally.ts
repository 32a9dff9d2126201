import { AnswerList } from '../answer-list.ts'
import type { Provider } from '../provider.ts'
import type { Role } from '../types.ts'
import { at, idOf, itemsOf, textOf, timeOf } from '../values.ts'

const ROLES: Record<string, Role> = {
  LINEAR_SCALE: 'scale',
  RATING: 'rating',
  TEXTAREA: 'long-text',
  INPUT_TEXT: 'text',
  INPUT_EMAIL: 'email',
}

/**
 * Tally: the form's Integrations → Webhooks → the address, with a signing secret. Choices arrive as ids of options and
 * are turned into the options' texts. Hidden fields are matched by their names. https://tally.so/help/webhooks
 */
export const tally: Provider = {
  name: 'tally',
  proofs: [{ kind: 'hmac', header: 'tally-signature', algorithm: 'sha256', encoding: 'base64' }],
  setup: 'In the form: Integrations → Webhooks → Connect; under "Add signing secret" the same as in the secret here.',
  read(event) {
    if (at(event, 'eventType') !== 'FORM_RESPONSE') return { responses: [] }
    const data = at(event, 'data')
    const list = new AnswerList()
    for (const field of itemsOf(at(data, 'fields'))) {
      const type = textOf(at(field, 'type'))
      const label = textOf(at(field, 'label'))
      // Checkboxes come once with all that were chosen, and once more for each option, as true or false.
      if (type === 'CHECKBOXES' && typeof at(field, 'value') === 'boolean') continue
      const isUser = type === 'HIDDEN_FIELDS' && /^user_?id$/i.test(label)
      const role = isUser ? 'user-id' : roleOf(type)
      list.add(label, answerOf(field), { names: [at(field, 'key')], role })
    }
    list.add('respondentId', at(data, 'respondentId'), { role: 'respondent' }).add('formName', at(data, 'formName'))
    const created = at(data, 'createdAt')
    return {
      responses: [
        {
          id: idOf(at(data, 'responseId'), 'data.responseId'),
          order: timeOf(at(event, 'createdAt')) ?? timeOf(created),
          date: textOf(created) || null,
          answers: list.answers,
        },
      ],
    }
  },
}

function roleOf(type: string): Role | undefined {
  if (Object.hasOwn(ROLES, type)) return ROLES[type]
  if (type.includes('NPS')) return 'nps'
  return type.includes('SCALE') ? 'scale' : type.includes('RATING') ? 'rating' : undefined
}

function answerOf(field: unknown): unknown {
  const value = at(field, 'value')
  const texts = new Map(itemsOf(at(field, 'options')).map((option) => [at(option, 'id'), at(option, 'text')]))
  if (texts.size === 0) return Array.isArray(value) ? value.map((one) => at(one, 'url') ?? one) : value
  return Array.isArray(value) ? value.map((id) => texts.get(id) ?? id) : (texts.get(value) ?? value)
}
