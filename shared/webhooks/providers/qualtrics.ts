import { qualtricsFetcher } from '../fetch/qualtrics.ts'
import { parseInner } from '../json.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, textOf } from '../values.ts'
import { responseOf } from './generic.ts'

/**
 * Qualtrics, in two ways. A workflow's "Web service" task (the simpler one): POST, JSON, body `{id, feedback_date, score,
 * feedback, user_id, properties}` from piped text, the address with `?token=`. Or an event subscription (by a brand
 * administrator, `completedResponse`, with this secret as `sharedKey`), which sends ids only: the answers are fetched
 * with `api_token` of the secret from the data center that `webhook.baseUrl` names.
 * https://www.qualtrics.com/support/survey-platform/actions-module/web-service-task/
 */
export const qualtrics: Provider = {
  name: 'qualtrics',
  proofs: [
    { kind: 'form', field: 'HMAC', over: 'MSG', algorithm: 'sha512', encoding: 'hex' },
    { kind: 'static', header: 'authorization' },
  ],
  setup:
    'In the survey: Workflows → a Web service task, POST, JSON {id, feedback_date, score, feedback, user_id}; paste the address with its ?token=.',
  pingsByGet: true,
  fetcher: qualtricsFetcher,
  read(event) {
    const message = at(event, 'MSG')
    // Without a shared key the fields stand in the form itself. Topic is not signed and therefore not looked at.
    const fields = typeof message === 'string' ? parseInner(message, 'The event’s MSG') : event
    const response = at(fields, 'ResponseID')
    if (response === undefined) return { responses: [responseOf(event)] }
    const id = idOf(response, 'ResponseID')
    if (/preview|test/i.test(textOf(at(fields, 'Status')))) return { responses: [] }
    const survey = idOf(at(fields, 'SurveyID'), 'SurveyID')
    return { responses: [], unfetched: [{ id, at: { survey, response: id } }] }
  },
}
