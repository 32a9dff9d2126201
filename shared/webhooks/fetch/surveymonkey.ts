import { AnswerList, PERSON } from '../answer-list.ts'
import type { Role } from '../types.ts'
import { at, idOf, itemsOf, textOf, timeOf } from '../values.ts'
import type { Fetcher } from './fetcher.ts'

/** `GET /v3/surveys/:id/responses/:id/details?simple=true`, which adds the texts of questions and answers. */
export const surveymonkeyFetcher: Fetcher = {
  baseUrl: 'https://api.surveymonkey.com',
  needs: ['access_token'],
  request: ({ survey = '', response = '' }, baseUrl, secret) => ({
    url: `${baseUrl}/v3/surveys/${encodeURIComponent(survey)}/responses/${encodeURIComponent(response)}/details?simple=true`,
    headers: { authorization: `Bearer ${textOf(secret.access_token)}` },
  }),
  read(answer) {
    const status = at(answer, 'response_status')
    if (status !== undefined && status !== 'completed') return []
    const list = new AnswerList()
    for (const page of itemsOf(at(answer, 'pages'))) {
      for (const question of itemsOf(at(page, 'questions'))) addQuestion(list, question)
    }
    list
      .addMembers(at(answer, 'custom_variables'), PERSON)
      .add('custom_value', at(answer, 'custom_value'), { role: 'external-id' })
      .add('recipient_id', at(answer, 'recipient_id'), { role: 'respondent' })
      .add('ip_address', at(answer, 'ip_address'))
      .add('collector_id', at(answer, 'collector_id'))
    const modified = at(answer, 'date_modified')
    const id = idOf(at(answer, 'id'), 'id')
    return [{ id, order: timeOf(modified), date: textOf(modified) || null, answers: list.answers }]
  },
}

function addQuestion(list: AnswerList, question: unknown): void {
  const answers = itemsOf(at(question, 'answers'))
  const texts = answers.map((answer) => {
    const text = textOf(at(answer, 'simple_text')) || textOf(at(answer, 'text'))
    const weight = at(answer, 'choice_metadata', 'weight')
    return text === '' ? textOf(weight) || textOf(at(answer, 'choice_id')) : text
  })
  const value = texts.length === 1 ? texts[0] : texts
  list.add(textOf(at(question, 'heading')), value, { names: [at(question, 'id')], role: roleOf(question, answers) })
}

function roleOf(question: unknown, answers: unknown[]): Role | undefined {
  const heading = textOf(at(question, 'heading'))
  const isChoice = answers.some((answer) => at(answer, 'choice_id') !== undefined)
  if (isChoice) return /how likely|recommend/i.test(heading) ? 'nps' : undefined
  return answers.length === 1 && typeof at(answers[0], 'text') === 'string' ? 'text' : undefined
}
