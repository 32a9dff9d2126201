import { AnswerList } from '../answer-list.ts'
import type { Provider } from '../provider.ts'
import { at, idOf, isRecord, textOf } from '../values.ts'

/** What the plugin sends for surveys without date stamps. */
const NO_DATE = '1980-01-01 00:00:00'

/**
 * LimeSurvey with the plugin LimeSurveyWebhook: its settings → the address, and as API token the secret, which it sends in
 * the body. Its time has no zone: set the source's `dates.zone` to the server's. It is sent once and never again,
 * within the respondent's own request. https://github.com/triat/LimeSurveyWebhook
 */
export const limesurvey: Provider = {
  name: 'limesurvey',
  proofs: [{ kind: 'static', field: 'api_token' }],
  setup: 'In LimeSurvey: the plugin LimeSurveyWebhook → Settings; its "API token" is the secret here.',
  read(event) {
    if (at(event, 'event') !== undefined && at(event, 'event') !== 'afterSurveyComplete') return { responses: [] }
    const pretty = at(event, 'response_pretty')
    const plain = at(event, 'response')
    const list = new AnswerList()
    if (isRecord(pretty) && Object.keys(pretty).length > 0) list.addMembers(pretty)
    else list.addMembers(plain)
    list
      .add('participant email', at(event, 'participant', 'email'), { names: ['email'], role: 'email' })
      .add('participant firstname', at(event, 'participant', 'firstname'))
      .add('participant lastname', at(event, 'participant', 'lastname'))
      .add('token', at(event, 'token'), { role: 'respondent' })
      .add('survey', at(event, 'survey'))
    const date = textOf(at(event, 'submitDate'))
    const id = idOf(at(event, 'respondId'), 'respondId')
    const survey = textOf(at(event, 'survey'))
    return {
      responses: [
        {
          id: survey === '' ? id : `${survey}-${id}`,
          order: null,
          date: date === '' || date === NO_DATE ? null : date,
          answers: list.answers,
        },
      ],
    }
  },
}
