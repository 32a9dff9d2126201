import { AnswerList } from '../answer-list.ts'
import { STATIC } from '../proof.ts'
import type { Provider } from '../provider.ts'
import type { Role } from '../types.ts'
import { at, idOf, itemsOf, textOf, timeOf } from '../values.ts'

const ROLES: Record<string, Role> = {
  OpinionScale: 'scale',
  StarRating: 'rating',
  LongAnswer: 'long-text',
  ShortAnswer: 'text',
  EmailInput: 'email',
}

/**
 * Fillout: the form's Integrate → Webhook → the address with `?token=` (or a header in the advanced view, named by
 * `webhook.header` here). Hidden fields arrive as URL parameters. https://www.fillout.com/help/webhook
 */
export const fillout: Provider = {
  name: 'fillout',
  proofs: [STATIC],
  setup: 'In the form: Integrate → Webhook; paste the address with its ?token=.',
  read(event) {
    const submission = at(event, 'submission') ?? event
    const list = new AnswerList()
    for (const question of itemsOf(at(submission, 'questions'))) {
      const type = textOf(at(question, 'type'))
      const role = Object.hasOwn(ROLES, type) ? ROLES[type] : undefined
      list.add(textOf(at(question, 'name')), at(question, 'value'), { names: [at(question, 'id')], role })
    }
    for (const group of ['calculations', 'urlParameters']) {
      for (const one of itemsOf(at(submission, group))) {
        const name = textOf(at(one, 'name'))
        const role = group === 'urlParameters' && /^user_?id$/i.test(name) ? 'user-id' : undefined
        list.add(name, at(one, 'value'), { names: [at(one, 'id')], role })
      }
    }
    list.add('form', at(event, 'formName'))
    const submitted = at(submission, 'submissionTime')
    return {
      responses: [
        {
          id: idOf(at(submission, 'submissionId'), 'submission.submissionId'),
          order: timeOf(at(submission, 'lastUpdatedAt')) ?? timeOf(submitted),
          date: textOf(submitted) || null,
          answers: list.answers,
        },
      ],
    }
  },
}
