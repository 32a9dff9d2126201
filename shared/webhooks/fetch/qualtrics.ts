import { AnswerList } from '../answer-list.ts'
import type { Role } from '../types.ts'
import { at, isRecord, textOf, timeOf } from '../values.ts'
import type { Fetcher } from './fetcher.ts'

const ROLES: Record<string, Role> = {
  email: 'email',
  recipientEmail: 'email',
  externalDataReference: 'external-id',
  recipientID: 'respondent',
  userId: 'user-id',
  user_id: 'user-id',
}

/** `GET /API/v3/surveys/:id/responses/:id`: `result.values` holds answers and embedded data by question id or name. */
export const qualtricsFetcher: Fetcher = {
  baseUrl: null,
  needs: ['api_token'],
  request: ({ survey = '', response = '' }, baseUrl, secret) => ({
    url: `${baseUrl}/API/v3/surveys/${encodeURIComponent(survey)}/responses/${encodeURIComponent(response)}`,
    headers: { 'x-api-token': textOf(secret.api_token) },
  }),
  read(answer, asked) {
    const values = at(answer, 'result', 'values')
    if (isRecord(values) && (values.finished === 0 || values.finished === false)) return []
    const labels = at(answer, 'result', 'labels')
    const list = new AnswerList()
    for (const [key, value] of Object.entries(isRecord(values) ? values : {})) {
      if (isRecord(value)) continue
      const text = /^QID.*TEXT$/.test(key)
      const isScore = /NPS_?(?:score)?$/i.test(key) && !/GROUP/i.test(key)
      const role = Object.hasOwn(ROLES, key) ? ROLES[key] : text ? 'text' : isScore ? 'nps' : undefined
      const label = typeof value === 'number' && !isScore ? (at(labels, key) ?? value) : value
      list.add(key, typeof label === 'object' ? value : label, { role })
    }
    const date = at(values, 'recordedDate') ?? at(values, 'endDate')
    return [{ id: asked.id, order: timeOf(date), date: textOf(date) || null, answers: list.answers }]
  },
}
