import { AnswerList, PERSON } from '../answer-list.ts'
import type { Provider } from '../provider.ts'
import type { Role } from '../types.ts'
import { at, idOf, isRecord, itemsOf, textOf, timeOf } from '../values.ts'

/**
 * Sprig: Integrations → Webhooks → the address; it sends `Authorization: Bearer <secret>`. "Answer Submitted" comes for each
 * answer, and those of one response are put together by `responseGroupUid`; "Study Submitted" holds all of them.
 * https://docs.sprig.com/docs/integrations/data-destinations/webhooks
 */
export const sprig: Provider = {
  name: 'sprig',
  proofs: [{ kind: 'static', header: 'authorization' }],
  setup: 'In Sprig: Integrations → Webhooks; the API secret there is the secret here.',
  read(event) {
    const type = textOf(at(event, 'eventType'))
    if (type !== 'Answer Submitted' && type !== 'Study Submitted') return { responses: [] }
    const isPart = type === 'Answer Submitted'
    const list = new AnswerList()
    for (const one of isPart ? [event] : itemsOf(at(event, 'questions'))) {
      const question = textOf(at(one, 'question'))
      const kind = textOf(at(one, 'questionType'))
      list.add(question, at(one, 'response'), { names: [at(one, 'questionId')], role: roleOf(kind) })
    }
    list
      .add('userId', at(event, 'userId'), { role: 'user-id' })
      .add('email', at(event, 'email'), { role: 'email' })
      .add('visitorId', at(event, 'visitorId'), { role: 'respondent' })
      .add('survey', at(event, 'surveyName'))
    const attributes = at(event, 'attributes')
    if (isRecord(attributes)) list.addMembers(attributes, PERSON)
    const when = at(event, 'timestamp')
    const order = typeof when === 'number' ? when : timeOf(when)
    const id = idOf(at(event, 'responseGroupUid') ?? at(event, 'id'), 'responseGroupUid')
    const date = typeof when === 'number' ? String(when) : textOf(when) || null
    const response = { id, order, date, answers: list.answers }
    return { responses: [isPart ? { ...response, isPart: true } : response] }
  },
}

function roleOf(kind: string): Role | undefined {
  if (/nps/i.test(kind)) return 'nps'
  if (/likert|rating|scale/i.test(kind)) return 'scale'
  return /open|text/i.test(kind) ? 'text' : undefined
}
