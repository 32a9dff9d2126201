import { AnswerList, PERSON } from '../answer-list.ts'
import type { Provider } from '../provider.ts'
import type { Reading } from '../types.ts'
import { at, idOf, isRecord, itemsOf, textOf, timeOf } from '../values.ts'

/**
 * Survicate: Settings → Webhooks → the address; the secret is the signing secret. "Question answered" comes once for each
 * answer, and the answers of one response are put together; "survey completed" comes once with all of them. Choose one.
 * https://developers.survicate.com/webhooks/events
 */
export const survicate: Provider = {
  name: 'survicate',
  proofs: [{ kind: 'hmac', header: 'hmac', algorithm: 'sha256', encoding: 'hex' }],
  setup: 'In Survicate: Settings → Webhooks → Add, event "Question answered"; the secret here is the signing secret.',
  read(event) {
    const [kind = '', body] = Object.entries((at(event, 'event') as object | undefined) ?? {})[0] ?? []
    if (!isRecord(body) || !/answered|completed/i.test(kind)) return { responses: [] }
    return readBody(body, kind === 'questionAnswered')
  },
}

function readBody(body: Record<string, unknown>, isPart: boolean): Reading {
  const list = new AnswerList()
  const answers = itemsOf(body.answers)
  for (const one of answers.length > 0 ? answers : [body]) addAnswer(list, one)
  const attributes = at(body, 'respondent', 'attributes')
  for (const one of itemsOf(attributes)) list.add(textOf(at(one, 'name')), at(one, 'value'))
  list
    .addMembers(attributes, PERSON)
    .add('survey', at(body, 'survey', 'name'))
    .add('url', body.url)
    .add('respondent', at(body, 'respondent', 'uuid'), { role: 'respondent' })
  const date = body.timestamp
  const id = idOf(body.responseUuid, 'responseUuid')
  const response = { id, order: timeOf(date), date: textOf(date) || null, answers: list.answers }
  return { responses: [isPart ? { ...response, isPart: true } : response] }
}

/** A choice has a text, a rating a number, an open question an answer of its own. */
function addAnswer(list: AnswerList, body: unknown): void {
  const question = at(body, 'question')
  const label = textOf(at(question, 'body')) || textOf(at(question, 'introduction'))
  const names = [at(question, 'id')]
  const choice = at(body, 'choice')
  const number = at(body, 'rating') ?? at(body, 'answer', 'rating') ?? at(choice, 'value')
  const isNps = /nps/i.test(textOf(at(question, 'type')))
  const text = at(body, 'answer', 'text') ?? at(body, 'text') ?? at(body, 'answer')
  if (number !== undefined) list.add(label, number, { names, role: isNps ? 'nps' : 'scale' })
  else if (typeof text === 'string') list.add(label, text, { names, role: 'text' })
  else list.add(label, at(choice, 'body') ?? itemsOf(at(body, 'choices')).map((one) => at(one, 'body')), { names })
  list.add(`${label} comment`, at(choice, 'comment'), { role: 'text' })
}
