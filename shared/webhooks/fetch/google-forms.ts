import { AnswerList } from '../answer-list.ts'
import { at, idOf, isRecord, itemsOf, textOf, timeOf } from '../values.ts'
import type { Fetcher } from './fetcher.ts'

/** `forms.responses.list` of everything since a little before the notice; answers are by question id. */
export const googleFormsFetcher: Fetcher = {
  baseUrl: 'https://forms.googleapis.com',
  needs: ['access_token'],
  request: ({ form = '', since = '' }, baseUrl, secret) => ({
    url: `${baseUrl}/v1/forms/${encodeURIComponent(form)}/responses?pageSize=5000${since === '' ? '' : `&filter=${encodeURIComponent(`timestamp >= ${since}`)}`}`,
    headers: { authorization: `Bearer ${textOf(secret.access_token)}` },
  }),
  read(answer) {
    return itemsOf(at(answer, 'responses')).map((response) => {
      const list = new AnswerList().add('email', at(response, 'respondentEmail'), { role: 'email' })
      const answers = at(response, 'answers')
      for (const [id, one] of Object.entries(isRecord(answers) ? answers : {})) {
        const texts = itemsOf(at(one, 'textAnswers', 'answers')).map((text) => at(text, 'value'))
        const isText = texts.length === 1 && !/^\d{1,2}$/.test(textOf(texts[0]))
        list.add(id, texts, { role: isText ? 'text' : undefined })
      }
      list.add('totalScore', at(response, 'totalScore'))
      const date = at(response, 'lastSubmittedTime') ?? at(response, 'createTime')
      const id = idOf(at(response, 'responseId'), 'responseId')
      return { id, order: timeOf(date), date: textOf(date) || null, answers: list.answers }
    })
  },
}
