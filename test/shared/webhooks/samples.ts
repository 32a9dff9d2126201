import { createHmac } from 'node:crypto'
import type { WebhookRequest } from '../../../shared/webhooks/types.ts'
import { hmac, SECRET } from '../../support/webhook-world.ts'

type Headers = Record<string, string>

/** One delivery as a tool makes it, signed, and what must come of it. */
export interface Sample {
  name: string
  provider: string
  body: string
  contentType?: string
  /** Headers by which the sender proves itself; without them the secret stands behind `?token=`. */
  sign?: (body: string, receivedAtMs: number) => Headers
  columns?: Record<string, string | RegExp>
  secret?: string
  expected: Record<string, unknown>
}

export const WHSEC = `whsec_${Buffer.alloc(24, 9).toString('base64')}`

export function standardHeaders(body: string | Uint8Array, receivedAtMs: number, prefix = 'webhook'): Headers {
  const seconds = String(Math.floor(receivedAtMs / 1000))
  const signed = createHmac('sha256', Buffer.alloc(24, 9)).update(`msg_1.${seconds}.`).update(body).digest('base64')
  return { [`${prefix}-id`]: 'msg_1', [`${prefix}-timestamp`]: seconds, [`${prefix}-signature`]: `v1,${signed}` }
}

export const requestOf = (sample: Sample, nowMs: number): Pick<WebhookRequest, 'headers' | 'path' | 'body'> => ({
  headers: { 'content-type': sample.contentType ?? 'application/json', ...sample.sign?.(sample.body, nowMs) },
  path: sample.sign ? '/webhooks/nps' : `/webhooks/nps?token=${encodeURIComponent(SECRET)}`,
  body: Buffer.from(sample.body),
})

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
const seconds = (iso: string) => String(Date.parse(iso) / 1000)

const boundary = '----relayBoundary42'
const multipart = (fields: Record<string, string>) =>
  `${Object.entries(fields)
    .map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')}--${boundary}--\r\n`

const typeformEvent = {
  event_id: 'ev-1',
  event_type: 'form_response',
  form_response: {
    form_id: 'f1',
    token: 'tok-77',
    submitted_at: '2026-11-20T10:15:00Z',
    hidden: { user_id: 'u-5', plan: 'Gold' },
    calculated: { score: 42 },
    definition: {
      fields: [
        { id: 'q1', title: 'How likely are you to recommend us?', type: 'opinion_scale', ref: 'nps' },
        { id: 'q2', title: 'What can we do better?', type: 'long_text', ref: 'why' },
        { id: 'q3', title: 'Which cities?', type: 'multiple_choice', ref: 'cities' },
        { id: 'q4', title: 'How was the food?', type: 'rating', ref: 'food' },
      ],
    },
    answers: [
      { type: 'number', number: 3, field: { id: 'q4', type: 'rating', ref: 'food' } },
      { type: 'number', number: 8, field: { id: 'q1', type: 'opinion_scale', ref: 'nps' } },
      { type: 'text', text: 'Größere Portionen', field: { id: 'q2', type: 'long_text', ref: 'why' } },
      { type: 'choices', choices: { labels: ['Bonn', 'Köln'], other: 'Trier' }, field: { id: 'q3' } },
    ],
  },
}

const wootricResponse = {
  id: 501,
  email: 'kim@example.com',
  external_id: 'x9',
  score: 6,
  text: 'Slow search',
  end_user_id: 31,
  end_user_properties: { plan: 'Pro' },
  created_at: '2026-11-20T02:15:00.250-07:00',
  updated_at: '2026-11-20T02:25:00.250-07:00',
}

export const SAMPLES: Sample[] = [
  {
    name: 'typeform',
    provider: 'typeform',
    body: JSON.stringify(typeformEvent),
    sign: (body) => ({ 'typeform-signature': `sha256=${hmac('sha256', SECRET, 'base64', body)}` }),
    expected: {
      id: 'tok-77',
      feedback_date: seconds('2026-11-20T10:15:00Z'),
      score: '8',
      feedback: 'Größere Portionen',
      user_id: 'u-5',
      properties: [
        ['How was the food?', '3'],
        ['Which cities?', 'Bonn, Köln, Trier'],
        ['plan', 'Gold'],
        ['calculated score', '42'],
      ],
    },
  },
  {
    name: 'typeform with columns by ref and pattern',
    provider: 'typeform',
    body: JSON.stringify(typeformEvent),
    columns: { score: 'food', feedback: /cities/i, user_id: 'plan' },
    sign: (body) => ({ 'typeform-signature': `sha256=${hmac('sha256', SECRET, 'base64', body)}` }),
    expected: { score: '3', feedback: 'Bonn, Köln, Trier', user_id: 'Gold' },
  },
  {
    name: 'delighted, whose JSON comes as a form',
    provider: 'delighted',
    contentType: 'application/x-www-form-urlencoded',
    body: JSON.stringify({
      event_type: 'survey_response.updated',
      event_id: 'e1',
      event_data: {
        id: '9001',
        person: { id: '3', email: 'lee@example.com', name: 'Lee' },
        score: 10,
        comment: 'Fast & friendly = good',
        created_at: 1790000000,
        updated_at: 1790000600,
        person_properties: { plan: 'Pro' },
        additional_answers: [
          { value: { select_one: { id: 'a', text: 'Price' } }, question: { id: 'k', text: 'Why?' } },
        ],
        tags: [],
      },
    }),
    sign: (body) => ({ 'x-delighted-webhook-signature': `sha256=${hmac('sha256', SECRET, 'hex', body)}` }),
    expected: {
      id: '9001',
      feedback_date: '1790000000',
      score: '10',
      feedback: 'Fast & friendly = good',
      user_id: 'lee@example.com',
      properties: [
        ['person id', '3'],
        ['person name', 'Lee'],
        ['plan', 'Pro'],
        ['Why?', 'Price'],
      ],
    },
  },
  {
    name: 'wootric as JSON',
    provider: 'wootric',
    body: JSON.stringify({ response: wootricResponse, event_name: 'updated', survey_mode: 'NPS' }),
    sign: (body) => ({ 'x-wootric-signature': `sha1=${hmac('sha1', SECRET, 'hex', body)}` }),
    expected: {
      id: '501',
      feedback_date: String(Math.floor(Date.parse('2026-11-20T09:15:00Z') / 1000)),
      score: '6',
      feedback: 'Slow search',
      user_id: 'kim@example.com',
    },
  },
  {
    name: 'wootric as a form',
    provider: 'wootric',
    contentType: 'application/x-www-form-urlencoded',
    body: form({
      'response[id]': '501',
      'response[email]': 'kim@example.com',
      'response[score]': '6',
      'response[text]': '',
      'response[end_user_properties][plan]': 'Web App',
      'response[created_at]': '2026-11-20 02:15:00 -0700',
      'response[updated_at]': '2026-11-20 02:15:00 -0700',
      event_name: 'created',
    }),
    sign: (body) => ({ 'x-wootric-signature': `sha1=${hmac('sha1', SECRET, 'hex', body)}` }),
    expected: {
      id: '501',
      feedback_date: seconds('2026-11-20T09:15:00Z'),
      score: '6',
      feedback: '',
      user_id: 'kim@example.com',
      properties: [['plan', 'Web App']],
    },
  },
  {
    name: 'asknicely',
    provider: 'asknicely',
    body: JSON.stringify({
      count: 2,
      person: { id: '7', name: 'Ann Lee', email: 'ann@example.com' },
      question: {
        id: '345',
        score: '9',
        comment: 'Great gym',
        sent: '1790000000',
        responded: '1790000125',
        theme: null,
      },
    }),
    expected: { id: '345', feedback_date: '1790000125', score: '9', feedback: 'Great gym', user_id: 'ann@example.com' },
  },
  {
    name: 'tally',
    provider: 'tally',
    body: JSON.stringify({
      eventId: 'e',
      eventType: 'FORM_RESPONSE',
      createdAt: '2026-11-20T10:15:01.854Z',
      data: {
        responseId: 'jy1',
        respondentId: 'resp-1',
        createdAt: '2026-11-20T10:15:00.000Z',
        fields: [
          { key: 'q_a', label: 'Recommend?', type: 'LINEAR_SCALE', value: 7 },
          { key: 'q_b', label: 'Why?', type: 'TEXTAREA', value: 'Nice' },
          {
            key: 'q_c',
            label: 'Colour',
            type: 'MULTIPLE_CHOICE',
            value: ['o2'],
            options: [
              { id: 'o1', text: 'Red' },
              { id: 'o2', text: 'Blue' },
            ],
          },
        ],
      },
    }),
    sign: (body) => ({ 'tally-signature': hmac('sha256', SECRET, 'base64', body) }),
    expected: {
      id: 'jy1',
      feedback_date: seconds('2026-11-20T10:15:00Z'),
      score: '7',
      feedback: 'Nice',
      user_id: 'resp-1',
      properties: [['Colour', 'Blue']],
    },
  },
  {
    name: 'formbricks',
    provider: 'formbricks',
    secret: WHSEC,
    columns: { score: 'q_nps', feedback: 'q_why' },
    body: JSON.stringify({
      event: 'responseFinished',
      webhookId: 'w',
      data: {
        id: 'resp9',
        createdAt: '2026-11-20T10:14:00.000Z',
        updatedAt: '2026-11-20T10:15:00.000Z',
        finished: true,
        data: { q_nps: 8, q_why: 'Docs' },
        contactAttributes: { email: 'max@example.com' },
        variables: {},
        survey: { title: 'Docs survey' },
      },
    }),
    sign: (body, now) => standardHeaders(body, now),
    expected: {
      id: 'resp9',
      feedback_date: seconds('2026-11-20T10:15:00Z'),
      score: '8',
      feedback: 'Docs',
      user_id: 'max@example.com',
      properties: [['survey', 'Docs survey']],
    },
  },
  {
    name: 'jotform',
    provider: 'jotform',
    contentType: `multipart/form-data; boundary=${boundary}`,
    columns: { score: 'recommend' },
    body: multipart({
      action: '',
      formTitle: 'Lessons',
      submissionID: '608425',
      rawRequest: JSON.stringify({
        slug: 'submit/1',
        q3_name: { first: 'Sam', last: 'Poe' },
        q4_recommend: '9',
        q5_comment: 'Clear: yes, very',
        q6_email: 'sam@example.com',
      }),
    }),
    expected: {
      id: '608425',
      score: '9',
      feedback: 'Clear: yes, very',
      user_id: 'sam@example.com',
      properties: [
        ['name', 'Sam Poe'],
        ['form', 'Lessons'],
      ],
    },
  },
  {
    name: 'google-forms by Apps Script, without a content type',
    provider: 'google-forms',
    contentType: 'application/x-www-form-urlencoded',
    body: JSON.stringify({
      id: 'g-1',
      timestamp: '2026-11-20T10:15:00.000Z',
      email: 'g@example.com',
      answers: [
        { id: '1', title: 'Recommend?', type: 'SCALE', value: '9' },
        { id: '2', title: 'Why?', type: 'PARAGRAPH_TEXT', value: 'Easy' },
      ],
    }),
    expected: {
      id: 'g-1',
      feedback_date: seconds('2026-11-20T10:15:00Z'),
      score: '9',
      feedback: 'Easy',
      user_id: 'g@example.com',
    },
  },
  {
    name: 'zendesk',
    provider: 'zendesk',
    body: JSON.stringify({
      id: 'evt',
      type: 'zen:event-type:ticket.csat_received',
      time: '2026-11-20T10:15:00Z',
      detail: { id: '35436', subject: 'Help', requester_id: '8' },
      event: { satisfaction_score: { score: 'GOOD' } },
    }),
    sign: (body, now) => {
      const time = new Date(now).toISOString()
      return {
        'x-zendesk-webhook-signature': hmac('sha256', SECRET, 'base64', time, body),
        'x-zendesk-webhook-signature-timestamp': time,
      }
    },
    expected: { id: '35436', feedback_date: seconds('2026-11-20T10:15:00Z'), score: '5', feedback: '', user_id: '8' },
  },
  {
    name: 'intercom',
    provider: 'intercom',
    body: JSON.stringify({
      type: 'notification_event',
      id: 'notif_1',
      topic: 'conversation.rating.added',
      created_at: 1790000100,
      data: {
        item: {
          id: '991',
          conversation_rating: { rating: 4, remark: 'Quick', created_at: 1790000000, contact: { id: 'c1' } },
        },
      },
    }),
    sign: (body) => ({ 'x-hub-signature': `sha1=${hmac('sha1', SECRET, 'hex', body)}` }),
    expected: { id: '991', feedback_date: '1790000000', score: '4', feedback: 'Quick', user_id: 'c1' },
  },
  {
    name: 'survicate',
    provider: 'survicate',
    body: JSON.stringify({
      messageId: 'm',
      deliveryTries: 0,
      event: {
        questionAnswered: {
          responseUuid: 'uuid-1',
          survey: { id: 's', name: 'Sat' },
          timestamp: '2026-11-20T10:15:00+00:00',
          respondent: { uuid: 'r-1', attributes: [] },
          question: { id: 12, body: 'Service?' },
          choice: { id: 2, body: 'Great', comment: 'really' },
        },
      },
    }),
    sign: (body) => ({ hmac: hmac('sha256', SECRET, 'hex', body) }),
    expected: {
      id: 'uuid-1',
      feedback_date: seconds('2026-11-20T10:15:00Z'),
      score: '',
      feedback: 'really',
      user_id: 'r-1',
      properties: [
        ['Service?', 'Great'],
        ['survey', 'Sat'],
      ],
    },
  },
  {
    name: 'surveysparrow',
    provider: 'surveysparrow',
    body: JSON.stringify({
      id: 123,
      completed_time: '2026-11-20T10:15:00.000Z',
      state: 'COMPLETED',
      contact: { id: 5, email: 'sp@example.com' },
      answers: [
        { answer: 8, step: 10, question: 'How satisfied are you?', question_id: 1 },
        { answer: 0, step: 10, question: 'How likely to recommend us?', question_id: 2 },
        { answer: 'Too slow', answer_sentiment: null, question: 'Why?', question_id: 3 },
        { answer: 'null', question_id: 'ip' },
        { question_id: 'totalScore' },
      ],
    }),
    expected: {
      id: '123',
      feedback_date: seconds('2026-11-20T10:15:00Z'),
      score: '0',
      feedback: 'Too slow',
      user_id: 'sp@example.com',
      properties: [
        ['How satisfied are you?', '8'],
        ['contact id', '5'],
      ],
    },
  },
  {
    name: 'fillout',
    provider: 'fillout',
    body: JSON.stringify({
      formId: 'f',
      formName: 'NPS',
      submission: {
        submissionId: 'sub-1',
        submissionTime: '2026-11-20T10:15:00.000Z',
        questions: [
          { id: 'a', name: 'Recommend?', type: 'OpinionScale', value: 9 },
          { id: 'b', name: 'Why?', type: 'LongAnswer', value: 'Good' },
        ],
        urlParameters: [{ id: 'user_id', name: 'user_id', value: 'u1' }],
      },
    }),
    expected: { id: 'sub-1', score: '9', feedback: 'Good', user_id: 'u1', properties: [['form', 'NPS']] },
  },
  {
    name: 'paperform',
    provider: 'paperform',
    body: JSON.stringify({
      submission_id: 'p-1',
      trigger: 'submission',
      created_at: '2026-11-20 10:15:00',
      data: [
        { title: 'Recommend?', type: 'scale', key: 'k1', custom_key: null, value: 6 },
        { title: 'Why?', type: 'text', key: 'k2', custom_key: 'why', value: 'Okay' },
        { title: 'E-mail', type: 'email', key: 'k3', value: 'p@example.com' },
      ],
    }),
    expected: {
      id: 'p-1',
      feedback_date: seconds('2026-11-20T10:15:00Z'),
      score: '6',
      feedback: 'Okay',
      user_id: 'p@example.com',
    },
  },
  {
    name: 'limesurvey',
    provider: 'limesurvey',
    columns: { score: 'Q1', feedback: 'Q2' },
    body: JSON.stringify({
      api_token: SECRET,
      survey: 123456,
      event: 'afterSurveyComplete',
      respondId: 42,
      response: { Q1: '8', Q2: 'Fine' },
      response_pretty: null,
      submitDate: '2026-11-20 10:15:00',
      participant: { email: 'l@example.com' },
    }),
    sign: () => ({}),
    expected: {
      id: '123456-42',
      feedback_date: seconds('2026-11-20T10:15:00Z'),
      score: '8',
      feedback: 'Fine',
      user_id: 'l@example.com',
    },
  },
  {
    name: 'sprig',
    provider: 'sprig',
    body: JSON.stringify({
      id: 1,
      eventType: 'Study Submitted',
      surveyName: 'S',
      responseGroupUid: 'grp-1',
      timestamp: '2026-11-20T10:15:00Z',
      visitorId: 'v1',
      userId: 'u7',
      questions: [
        { questionId: 1, question: 'NPS?', questionType: 'nps', response: 9 },
        { questionId: 2, question: 'Why?', questionType: 'open', response: 'Love it' },
      ],
    }),
    sign: () => ({ authorization: `Bearer ${SECRET}` }),
    expected: { id: 'grp-1', score: '9', feedback: 'Love it', user_id: 'u7' },
  },
  {
    name: 'posthog',
    provider: 'posthog',
    body: JSON.stringify({
      event: {
        uuid: 'ph-1',
        event: 'survey sent',
        distinct_id: 'd1',
        timestamp: '2026-11-20T10:15:00Z',
        properties: { $survey_name: 'NPS', $survey_response: 9, $survey_response_q2: 'Works', $survey_completed: true },
      },
      person: { properties: { email: 'ph@example.com' } },
    }),
    expected: { id: 'ph-1', score: '9', feedback: 'Works', user_id: 'ph@example.com' },
  },
  {
    name: 'alchemer as a form',
    provider: 'alchemer',
    contentType: 'application/x-www-form-urlencoded',
    columns: { score: 'nps', feedback: 'why' },
    body: form({
      'response[response_id]': '77',
      'response[nps]': '4',
      'response[why]': 'Hm',
      'response[email]': 'al@example.com',
    }),
    expected: { id: '77', score: '4', feedback: 'Hm', user_id: 'al@example.com' },
  },
  {
    name: 'qualtrics by a workflow',
    provider: 'qualtrics',
    body: JSON.stringify({
      id: 'R_1',
      feedback_date: '2026-11-20 10:15:00',
      score: '9',
      feedback: 'Ok',
      user_id: 'q1',
    }),
    expected: { id: 'R_1', feedback_date: seconds('2026-11-20T10:15:00Z'), score: '9', feedback: 'Ok', user_id: 'q1' },
  },
  {
    name: 'generic with a static secret in a header',
    provider: 'generic',
    body: JSON.stringify({ id: 5, feedback_date: '1790000000', score: 1, answers: { why: 'deep' } }),
    columns: { feedback: 'answers.why' },
    sign: () => ({ authorization: `Bearer ${SECRET}` }),
    expected: { id: '5', feedback_date: '1790000000', score: '1', feedback: 'deep' },
  },
  {
    name: 'generic by Standard Webhooks with the names of Svix',
    provider: 'generic',
    secret: WHSEC,
    body: JSON.stringify({ id: 'sw', feedback_date: 1790000000, score: 5 }),
    sign: (body, now) => standardHeaders(body, now, 'svix'),
    expected: { id: 'sw', score: '5' },
  },
]
