import { surveymonkeyFetcher } from '../fetch/surveymonkey.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, textOf } from '../values.ts'

const EVENTS = new Set(['response_completed', 'response_updated'])

/**
 * SurveyMonkey: a webhook made through its API (`POST /v3/webhooks`, event `response_completed`), which first sends a HEAD to
 * the address. It sends ids only, so the answers are fetched; the secret holds `client_id`, `secret` (the client secret)
 * and `access_token`. Apps that are not public may fetch 500 responses a day: more of them arrive the days after.
 * https://github.com/SurveyMonkey/public_api_docs
 */
export const surveymonkey: Provider = {
  name: 'surveymonkey',
  proofs: [{ kind: 'hmac', header: 'sm-signature', algorithm: 'sha1', encoding: 'base64', isKeyedByClient: true }],
  setup:
    'POST https://api.surveymonkey.com/v3/webhooks with event_type response_completed and this address as subscription_url.',
  pingsByGet: true,
  fetcher: surveymonkeyFetcher,
  read(event) {
    if (!EVENTS.has(textOf(at(event, 'event_type')))) return { responses: [] }
    const response = idOf(at(event, 'object_id') ?? at(event, 'resources', 'respondent_id'), 'object_id')
    const survey = idOf(at(event, 'resources', 'survey_id'), 'resources.survey_id')
    return { responses: [], unfetched: [{ id: response, at: { survey, response } }] }
  },
}
