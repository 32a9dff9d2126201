import { AnswerList } from '../answer-list.ts'
import { STATIC } from '../proof.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, textOf, timeOf } from '../values.ts'

/**
 * Formbricks: Configuration → Integrations → Webhooks → the address, event "Response finished"; the secret is the
 * webhook's `whsec_…`. Older webhooks have none: give any other secret behind `?token=`. An event holds question ids
 * only, no texts and types, so `columns` must say which id is score and feedback. Other events are ignored.
 * https://formbricks.com/docs/xm-and-surveys/core-features/integrations/webhooks
 */
export const formbricks: Provider = {
  name: 'formbricks',
  proofs: [{ kind: 'standard' }, STATIC],
  setup:
    'In Formbricks: Configuration → Integrations → Webhooks → Add, event "Response finished"; name the question ids in the source’s columns.',
  read(event) {
    if (at(event, 'event') !== 'responseFinished') return { responses: [] }
    const data = at(event, 'data')
    const list = new AnswerList()
      .addMembers(at(data, 'data'))
      .addMembers(at(data, 'contactAttributes'), { userId: 'user-id', email: 'email' })
      .addMembers(at(data, 'variables'))
      .add('contact', at(data, 'contact', 'userId') ?? at(data, 'contact', 'id'), { role: 'external-id' })
      .add('survey', at(data, 'survey', 'title'))
      .add('language', at(data, 'language'))
      .add('country', at(data, 'meta', 'country'))
      .add('url', at(data, 'meta', 'url'))
      .add('source', at(data, 'meta', 'source'))
    const date = at(data, 'updatedAt') ?? at(data, 'createdAt')
    const id = idOf(at(data, 'id'), 'data.id')
    return { responses: [{ id, order: timeOf(date), date: textOf(date) || null, answers: list.answers }] }
  },
}
