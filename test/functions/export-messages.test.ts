import { describe, expect, test } from 'vitest'
import { mailsIn } from '../../functions/collect-export/mails.ts'
import { recordMessage } from '../../functions/record-message.ts'
import { firingsIn } from '../../functions/request-export/firings.ts'
import { delivery, TEST_EVENT } from './events.ts'
import { BUCKET, sesMessage, snsMessage, type Verdicts } from './export-home.ts'

describe('what a message tells', () => {
  const firing = (body: string, SentTimestamp = '1790000054321') => {
    const [message] = delivery([body]).Records
    if (!message) throw new Error('There is no message.')
    return firingsIn({ ...message, attributes: { ...message.attributes, SentTimestamp } })
  }

  test.each([
    [{ schedule: 'k', time: '2026-11-24T06:00:00Z' }, Date.UTC(2026, 10, 24, 6)],
    [{ schedule: 'k', time: '2026-11-24T06:00:59.999Z' }, Date.UTC(2026, 10, 24, 6)],
    [{ schedule: 'k', time: '<aws.scheduler.scheduled-time>' }, 1790000040000],
    [{ schedule: 'k' }, 1790000040000],
  ])('a firing %j is for the minute %i', (body, atMs) => {
    expect(firing(JSON.stringify(body))).toEqual({ firing: { schedule: 'k', atMs }, records: [] })
  })

  test('records of the sweep, for either function', () => {
    const records = [{ group: 'export#1', id: 'self' }]

    expect(firing(recordMessage(records))).toEqual({ records })
    expect(mailsIn(recordMessage(records), BUCKET)).toEqual({ mails: [], records })
  })

  const verdicts: [Verdicts, 'fail' | null][] = [
    [{}, null],
    [{ virus: 'FAIL' }, 'fail'],
    [{ virus: 'PROCESSING_FAILED' }, null],
    [{ dkim: 'FAIL' }, null],
    [{ dmarc: 'FAIL', dmarcPolicy: 'reject' }, null],
  ]
  test.each(verdicts)('a mail with %j is %s by its virus check alone; the others are told', (said, verdict) => {
    const checks = { spf: 'GRAY', dkim: said.dkim ?? 'PASS', dmarc: said.dmarc ?? 'PASS', virus: said.virus ?? 'PASS' }

    for (const body of [sesMessage('mail/x', said), snsMessage(sesMessage('mail/x', said))]) {
      expect(mailsIn(body, BUCKET).mails).toEqual([{ key: 'mail/x', verdict, checks }])
    }
  })

  test.each([
    ['the event of a set-up', TEST_EVENT],
    [
      'what SES says when it is set up',
      snsMessage('Successfully validated SNS topic for Amazon SES event publishing.'),
    ],
    ['the same, delivered raw', 'Successfully validated SNS topic for Amazon SES event publishing.'],
    ['another notification of SES, delivered raw', '{"notificationType":"AmazonSnsSubscriptionSucceeded"}'],
    ['another notification of SES', snsMessage('{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"…"}')],
  ])('%s is no mail', (_, body) => {
    expect(mailsIn(body, BUCKET)).toEqual({ mails: [], records: [] })
  })

  test.each([
    ['text', 'hello'],
    ['an empty object', '{}'],
    ['null', 'null'],
    ['a mail in another bucket', sesMessage('mail/x', {}, 'other')],
    ['a firing', '{"schedule":"k"}'],
  ])('%s is refused by what collects', (_, body) => {
    expect(() => mailsIn(body, BUCKET)).toThrow(expect.objectContaining({ code: 'message_unreadable' }))
  })

  test.each(['hello', '{}', 'null', '{"schedule":7}', TEST_EVENT])('%j is refused by what asks', (body) => {
    expect(() => firing(body)).toThrow(expect.objectContaining({ code: 'message_unreadable' }))
  })
})
