import { AnswerList } from '../answer-list.ts'
import { STATIC } from '../proof.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, itemsOf, textOf, timeOf } from '../values.ts'

/** Answers under these ids are about the device, not by the respondent. */
const TECHNICAL = /^(?:startTime|submittedTime|totalScore)$/

/**
 * SurveySparrow: the survey's Integrate → Webhooks → the address with `?token=`; where it sends its secret token in a header,
 * `webhook.header` names that. The score is the answer on eleven steps that asks how likely one is to recommend,
 * else the last on eleven steps. Unfinished responses are ignored. https://sdk.surveysparrow.dev/docs/global-webhook/
 */
export const surveysparrow: Provider = {
  name: 'surveysparrow',
  proofs: [STATIC],
  setup: 'In the survey: Integrate → Webhooks → New webhook; paste the address with its ?token=.',
  read(event) {
    if (at(event, 'state') !== undefined && at(event, 'state') !== 'COMPLETED') return { responses: [] }
    const answers = itemsOf(at(event, 'answers')).filter(
      (answer) => at(answer, 'answer') !== 'null' && !TECHNICAL.test(textOf(at(answer, 'question_id'))),
    )
    const steps = answers.filter((answer) => at(answer, 'step') === 10)
    const nps = steps.find((answer) => /recommend/i.test(textOf(at(answer, 'question')))) ?? steps.at(-1)
    const list = new AnswerList()
    for (const answer of answers) {
      const value = at(answer, 'answer')
      const isText = 'answer_sentiment' in (answer as object)
      const role = answer === nps ? 'nps' : isText ? 'text' : undefined
      const id = at(answer, 'question_id')
      list.add(textOf(at(answer, 'question')) || textOf(id), value, { names: [id], role })
    }
    list
      .addMembers(at(event, 'contact'), { email: 'email', id: 'respondent' }, 'contact')
      .add('channel', at(event, 'channel', 'name'))
    for (const variable of itemsOf(at(event, 'variables'))) {
      list.add(textOf(at(variable, 'name')), at(variable, 'value'))
    }
    const date = at(event, 'completed_time')
    const id = idOf(at(event, 'id'), 'id')
    return { responses: [{ id, order: timeOf(date), date: textOf(date) || null, answers: list.answers }] }
  },
}
