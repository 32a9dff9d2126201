import { AnswerList, PERSON } from '../answer-list.ts'
import type { Provider } from '../provider.ts'
import type { Role } from '../types.ts'
import { at, idOf, isRecord, itemsOf, recordOf, textOf, timeOf } from '../values.ts'

const ROLES = new Map<string, Role>([
  ['nps', 'nps'],
  ['opinion_scale', 'scale'],
  ['rating', 'rating'],
  ['long_text', 'long-text'],
  ['short_text', 'text'],
  ['email', 'email'],
])

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
  read(given) {
    const event = recordOf(given)
    if (event.event_type !== 'form_response') return { responses: [] }
    const form = recordOf(event.form_response)
    const fields = new Map<unknown, Record<string, unknown>>()
    for (const one of itemsOf(recordOf(form.definition).fields)) {
      const field = recordOf(one)
      fields.set(field.id, field)
    }
    const list = new AnswerList()
    for (const one of itemsOf(form.answers)) {
      const answer = recordOf(one)
      const field = recordOf(answer.field)
      const type = textOf(answer.type)
      addAnswer(list, field, fields.get(field.id), at(answer, type))
      fields.delete(field.id)
    }
    // What was left unanswered: that one of two scales was does not make the other the score.
    for (const field of fields.values()) addAnswer(list, field, field, null)
    list.addMembers(form.hidden, PERSON)
    for (const variable of itemsOf(form.variables)) {
      const { key, number, text } = recordOf(variable)
      list.add(textOf(key), number ?? text)
    }
    list.add('calculated score', recordOf(form.calculated).score)
    const submitted = form.submitted_at
    const id = idOf(form.token, 'form_response.token')
    return { responses: [{ id, order: timeOf(submitted), date: textOf(submitted) || null, answers: list.answers }] }
  },
}

/** `asked` is how the answer names its question, `field` that question in the form, where it is still there. */
function addAnswer(
  list: AnswerList,
  asked: Record<string, unknown>,
  field: Record<string, unknown> | undefined,
  value: unknown,
): void {
  const kind = textOf(asked.type ?? field?.type)
  const ref = asked.ref ?? field?.ref
  const title = textOf(field?.title) || textOf(ref)
  list.add(title, answerOf(value), { names: [asked.id, ref], role: ROLES.get(kind) })
}

function answerOf(value: unknown): unknown {
  if (!isRecord(value)) return value
  const labels = at(value, 'labels') ?? at(value, 'label')
  const other = at(value, 'other')
  if (labels === undefined && other === undefined) return value
  return [...(Array.isArray(labels) ? labels : [labels]), other].filter((one) => textOf(one) !== '')
}
