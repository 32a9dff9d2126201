import { AnswerList } from '../answer-list.ts'
import { STATIC } from '../proof.ts'
import type { Provider } from '../provider.ts'
import type { Role } from '../types.ts'
import { at, idOf, itemsOf, textOf } from '../values.ts'

const ROLES: Record<string, Role> = { scale: 'scale', rating: 'rating', text: 'text', email: 'email' }

/**
 * Paperform: the form's After Submission → Integrations & Webhooks → the address with `?token=`, trigger "new submission".
 * Its time has no zone: set the source's `dates.zone` to the form's. Partial submissions are ignored.
 * https://paperform.co/help/articles/webhooks
 */
export const paperform: Provider = {
  name: 'paperform',
  proofs: [STATIC],
  setup: 'In the form: After Submission → Integrations & Webhooks → Webhooks; paste the address with its ?token=.',
  read(event) {
    const trigger = at(event, 'trigger')
    if (trigger !== undefined && trigger !== 'submission') return { responses: [] }
    const list = new AnswerList()
    for (const field of itemsOf(at(event, 'data'))) {
      const type = textOf(at(field, 'type'))
      const title = textOf(at(field, 'title'))
      const custom = at(field, 'custom_key')
      const isUser = /^user_?id$/i.test(textOf(custom))
      const role = isUser ? 'user-id' : Object.hasOwn(ROLES, type) ? ROLES[type] : undefined
      list.add(title, at(field, 'value'), { names: [at(field, 'key'), custom], role })
    }
    list.addMembers(at(event, 'device'), {}, 'device').add('ip_address', at(event, 'ip_address'))
    const id = idOf(at(event, 'submission_id'), 'submission_id')
    return { responses: [{ id, order: null, date: textOf(at(event, 'created_at')) || null, answers: list.answers }] }
  },
}
