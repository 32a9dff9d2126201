import { AnswerList } from '../answer-list.ts'
import type { Role } from '../types.ts'
import { at, idOf, textOf, timeOf } from '../values.ts'
import type { Fetcher } from './fetcher.ts'

const PROPERTIES = [
  'hs_survey_type',
  'hs_survey_name',
  'hs_value',
  'hs_response_group',
  'hs_content',
  'hs_submission_timestamp',
  'hs_contact_email_rollup',
  'hs_contact_id',
]

const ROLES: Record<string, Role> = {
  hs_value: 'nps',
  hs_content: 'comment',
  hs_contact_email_rollup: 'email',
  hs_contact_id: 'respondent',
}

/** Reads the submission from the CRM: `GET /crm/v3/objects/feedback_submissions/:id`. */
export const hubspotFetcher: Fetcher = {
  baseUrl: 'https://api.hubapi.com',
  needs: ['access_token'],
  request: ({ object = '' }, baseUrl, secret) => ({
    url: `${baseUrl}/crm/v3/objects/feedback_submissions/${encodeURIComponent(object)}?properties=${PROPERTIES.join(',')}`,
    headers: { authorization: `Bearer ${textOf(secret.access_token)}` },
  }),
  read(answer) {
    const properties = at(answer, 'properties')
    const date = at(properties, 'hs_submission_timestamp') ?? at(properties, 'hs_createdate') ?? at(answer, 'createdAt')
    const updated = at(answer, 'updatedAt')
    const id = idOf(at(answer, 'id'), 'id')
    const answers = new AnswerList().addMembers(properties, ROLES).answers
    return [{ id, order: timeOf(updated) ?? timeOf(date), date: textOf(date) || null, answers }]
  },
}
