import { parsedBody, type RecordKey, recordsOf, unreadable } from '../record-message.ts'
import { objectsIn } from '../s3-event.ts'

/** A mail that lies in the bucket. `fail`: it holds a virus. */
export interface ArrivedMail {
  key: string
  verdict: 'fail' | null
  /** What Amazon SES found, to be recorded: `PASS`, `FAIL`, `GRAY` or `PROCESSING_FAILED`. */
  checks?: Record<string, string>
}

/**
 * What a message of the collects' queue tells: mails that Amazon SES put into `bucket`, with its verdicts; mails that
 * somebody put there, from S3; or records from the sweep. Throws RelayError `message_unreadable`.
 */
export function mailsIn(body: string, bucket: string): { mails: ArrivedMail[]; records: RecordKey[] } {
  if (SET_UP.test(body)) return { mails: [], records: [] }
  const message = parsedBody(body)
  const records = recordsOf(message)
  if (records) return { mails: [], records }
  const objects = objectsIn(message)
  if (objects) return { mails: objects.map(({ key }) => ({ key, verdict: null })), records: [] }
  return { mails: receivedIn(message, bucket), records: [] }
}

/** https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html */
interface SesNotification {
  notificationType?: unknown
  receipt?: Receipt
}

interface Receipt {
  action?: { type?: unknown; bucketName?: unknown; objectKey?: unknown }
  spfVerdict?: Verdict
  dkimVerdict?: Verdict
  dmarcVerdict?: Verdict
  virusVerdict?: Verdict
}

interface Verdict {
  status?: unknown
}

function receivedIn(message: unknown, bucket: string): ArrivedMail[] {
  const notification = unwrapped(message)
  if (notification === 'no mail') return []
  const { action } = notification.receipt ?? {}
  if (notification.notificationType !== 'Received' || notification.receipt === undefined) throw unreadable()
  if (action?.type !== 'S3' || action.bucketName !== bucket || typeof action.objectKey !== 'string') throw unreadable()
  const { spfVerdict, dkimVerdict, dmarcVerdict, virusVerdict } = notification.receipt
  const checks = {
    spf: said(spfVerdict),
    dkim: said(dkimVerdict),
    dmarc: said(dmarcVerdict),
    virus: said(virusVerdict),
  }
  // Mails that were forwarded fail the checks of their senders; what protects is where their links may lead.
  return [{ key: action.objectKey, verdict: checks.virus === 'FAIL' ? 'fail' : null, checks }]
}

const said = (verdict: Verdict | undefined) => (typeof verdict?.status === 'string' ? verdict.status : 'absent')

/** What comes when SES is set up, as it is or in SNS's envelope: a plain text, or a notification without a receipt. */
const SET_UP = /^\s*Successfully validated SNS topic/
const SET_UP_TYPE = 'AmazonSnsSubscriptionSucceeded'

/** A notification comes bare, or in SNS's envelope. */
function unwrapped(message: unknown): SesNotification | 'no mail' {
  const { Type, Message } = (message ?? {}) as { Type?: unknown; Message?: unknown }
  if (Type !== 'Notification' || typeof Message !== 'string') {
    const bare = (message ?? {}) as SesNotification
    return bare.notificationType === SET_UP_TYPE ? 'no mail' : bare
  }
  if (!Message.trimStart().startsWith('{')) return 'no mail'
  const notification = parsedBody(Message) as SesNotification
  return notification.receipt === undefined ? 'no mail' : notification
}
