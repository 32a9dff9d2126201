import { AnswerList } from '../answer-list.ts'
import { STATIC } from '../proof.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, isRecord, secondsOf, textOf } from '../values.ts'

const KNOWN = new Set(['id', 'score', 'comment', 'sent', 'opened', 'responded'])

/**
 * AskNicely: Integrations → Webhooks → the address, with a custom header (its name is `webhook.header` here) or `?token=`.
 * Every change of a response is sent again with `count` grown by one; a comment may follow the score, so a response
 * waits half an hour. Triggering Webhooks in AskNicely, help article 47782734299540.
 */
export const asknicely: Provider = {
  name: 'asknicely',
  proofs: [STATIC],
  setup: 'In AskNicely: Settings → Integrations → Webhooks; put the secret into a custom header or behind ?token=.',
  settleSeconds: 1800,
  read(event) {
    const question = at(event, 'question')
    if (!isRecord(question)) return { responses: [] }
    const list = new AnswerList()
      .add('score', question.score, { role: 'nps' })
      .add('comment', question.comment, { role: 'comment' })
    const person = at(event, 'person')
    if (isRecord(person)) {
      for (const [key, value] of Object.entries(person)) {
        const role = key === 'email' ? 'email' : key === 'id' ? 'respondent' : undefined
        list.add(`person ${key}`, value, { names: [key], role })
      }
    }
    for (const [key, value] of Object.entries(question)) if (!KNOWN.has(key)) list.add(key, value)
    const responded = secondsOf(question.responded) ?? secondsOf(question.sent)
    return {
      responses: [
        {
          id: idOf(question.id, 'question.id'),
          order: Number(textOf(at(event, 'count'))) || null,
          date: responded === null ? null : String(responded / 1000),
          answers: list.answers,
        },
      ],
    }
  },
}
