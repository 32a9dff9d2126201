import { AnswerList } from '../answer-list.ts'
import type { Provider } from '../provider.ts'
import type { Reading, ToolResponse } from '../types.ts'
import { idOf, isRecord, textOf, timeOf, unreadable } from '../values.ts'

/**
 * Zapier, Make, n8n, Power Automate, one's own code: JSON or a form, `{id, feedback_date, score, feedback, user_id, properties}`
 * or a list of such. A secret `whsec_…` means Standard Webhooks, any other is a static one (`?token=` or the header
 * that `webhook.header` names). Other shapes are read by `columns`: `columns: { score: 'answers.nps' }` is a path.
 * `updated_at` says which of two events of an id is the later.
 */
export const generic: Provider = {
  name: 'generic',
  proofs: [{ kind: 'standard' }, { kind: 'static', header: 'authorization' }],
  setup:
    'Send a POST with JSON {id, feedback_date, score, feedback, user_id, properties} to it, the secret behind ?token= or in a header.',
  read(event, deliveryId) {
    if (!Array.isArray(event)) return { responses: [responseOf(event, deliveryId)] }
    const responses: ToolResponse[] = []
    const strays: NonNullable<Reading['strays']> = []
    for (const [at, element] of event.entries()) {
      try {
        responses.push(responseOf(element, deliveryId && `${deliveryId}-${at + 1}`))
      } catch (error) {
        strays.push({ element, error })
      }
    }
    return { responses, strays }
  },
}

/** Throws RelayError `webhook_unreadable` for what is no response, or has no id of its own or of its delivery. */
export function responseOf(given: unknown, deliveryId?: string): ToolResponse {
  // Many senders wrap what they send.
  const item = isRecord(given) && given.id === undefined && isRecord(given.data) ? given.data : given
  if (!isRecord(item)) throw unreadable('The event is no object with id, feedback_date, score, feedback and user_id.')
  const { id, feedback_date, score, feedback, user_id, properties, updated_at, ...rest } = item
  const list = new AnswerList()
    .add('score', score, { role: 'nps' })
    .add('feedback', feedback, { role: 'comment' })
    .add('user_id', user_id, { role: 'user-id' })
    .addMembers(properties)
  addPaths(list, rest, '')
  const date = textOf(feedback_date)
  return {
    id: idOf(textOf(id) === '' ? deliveryId : id, 'id'),
    order: timeOf(updated_at),
    date: date === '' ? null : date,
    answers: list.answers,
  }
}

/** What is not one of the known members, each by its path. */
function addPaths(list: AnswerList, value: Record<string, unknown>, prefix: string): void {
  for (const [key, member] of Object.entries(value)) {
    const path = prefix === '' ? key : `${prefix}.${key}`
    if (isRecord(member)) addPaths(list, member, path)
    else list.add(path, member, { names: [key] })
  }
}
