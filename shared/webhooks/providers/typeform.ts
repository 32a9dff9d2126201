import { AnswerList, PERSON } from '../answer-list.ts'
import type { Provider } from '../provider.ts'
import type { Role } from '../types.ts'
import { at, idOf, isRecord, itemsOf, textOf, timeOf } from '../values.ts'

const ROLES: Record<string, Role> = {
  nps: 'nps',
  opinion_scale: 'scale',
  rating: 'rating',
  long_text: 'long-text',
  short_text: 'text',
  email: 'email',
}

/**
 * Typeform: Connect → Webhooks → the address, then "Edit" → a secret. The score is the number of the NPS or opinion scale
 * question; `calculated.score`, the form's own points, is a property. Partial responses are ignored. The same
 * response always bears the same `token`, which is the "#" of the CSV export.
 * https://www.typeform.com/developers/webhooks/example-payload/
 */
export const typeform: Provider = {
  name: 'typeform',
  proofs: [{ kind: 'hmac', header: 'typeform-signature', algorithm: 'sha256', encoding: 'base64', prefix: 'sha256=' }],
  setup: 'In the form: Connect → Webhooks → Add a webhook; then Edit → Secret: the same as in the secret here.',
  read(event) {
    if (at(event, 'event_type') !== 'form_response') return { responses: [] }
    const form = at(event, 'form_response')
    const fields = new Map(itemsOf(at(form, 'definition', 'fields')).map((field) => [at(field, 'id'), field]))
    const list = new AnswerList()
    for (const answer of itemsOf(at(form, 'answers'))) {
      const id = at(answer, 'field', 'id')
      addAnswer(list, answer, fields.get(id))
      fields.delete(id)
    }
    // What was left unanswered: that one of two scales was does not make the other the score.
    for (const field of fields.values()) addAnswer(list, { field, type: 'number', number: null }, field)
    list.addMembers(at(form, 'hidden'), PERSON)
    for (const variable of itemsOf(at(form, 'variables'))) {
      list.add(textOf(at(variable, 'key')), at(variable, 'number') ?? at(variable, 'text'))
    }
    list.add('calculated score', at(form, 'calculated', 'score'))
    const submitted = at(form, 'submitted_at')
    const id = idOf(at(form, 'token'), 'form_response.token')
    return { responses: [{ id, order: timeOf(submitted), date: textOf(submitted) || null, answers: list.answers }] }
  },
}

function addAnswer(list: AnswerList, answer: unknown, field: unknown): void {
  const type = textOf(at(answer, 'type'))
  const kind = textOf(at(answer, 'field', 'type') ?? at(field, 'type'))
  const ref = at(answer, 'field', 'ref') ?? at(field, 'ref')
  const title = textOf(at(field, 'title')) || textOf(ref)
  const role = Object.hasOwn(ROLES, kind) ? ROLES[kind] : undefined
  list.add(title, answerOf(at(answer, type)), { names: [at(answer, 'field', 'id'), ref], role })
}

function answerOf(value: unknown): unknown {
  if (!isRecord(value)) return value
  const labels = at(value, 'labels') ?? at(value, 'label')
  const other = at(value, 'other')
  if (labels === undefined && other === undefined) return value
  return [...(Array.isArray(labels) ? labels : [labels]), other].filter((one) => textOf(one) !== '')
}
