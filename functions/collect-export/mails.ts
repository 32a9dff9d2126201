import { parsedBody, type RecordKey, recordsOf, unreadable } from '../record-message.ts'
import { objectsIn } from '../s3-event.ts'

/** A mail that lies in the bucket, and what is known of its sender. */
export interface ArrivedMail {
  key: string
  verdict: 'pass' | 'fail' | null
}

/**
 * What a message of the collects' queue tells: mails that Amazon SES put into `bucket`, with its verdicts; mails that
 * somebody put there, from S3; or records from the sweep. Throws RelayError `message_unreadable`.
 */
export function mailsIn(body: string, bucket: string): { mails: ArrivedMail[]; records: RecordKey[] } {
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
  dkimVerdict?: Verdict
  dmarcVerdict?: Verdict
  virusVerdict?: Verdict
  /** Only where that check failed. */
  dmarcPolicy?: unknown
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
  return [{ key: action.objectKey, verdict: verdictOf(notification.receipt) }]
}

/** A notification comes in SNS's envelope, or bare; what SES sends when it is set up is a plain text. */
function unwrapped(message: unknown): SesNotification | 'no mail' {
  const { Type, Message } = (message ?? {}) as { Type?: unknown; Message?: unknown }
  if (Type !== 'Notification' || typeof Message !== 'string') return (message ?? {}) as SesNotification
  if (!Message.trimStart().startsWith('{')) return 'no mail'
  const notification = parsedBody(Message) as SesNotification
  return notification.receipt === undefined ? 'no mail' : notification
}

/**
 * A mail is forged, or worse, where its signature is wrong, it holds a virus, or its sender's domain wants such mails
 * refused. One that was forwarded often fails other checks; it is taken as one of which nothing is known.
 */
function verdictOf({ dkimVerdict, dmarcVerdict, dmarcPolicy, virusVerdict }: Receipt): ArrivedMail['verdict'] {
  const isUnwanted = failed(dmarcVerdict) && /^(quarantine|reject)$/i.test(String(dmarcPolicy))
  if (failed(dkimVerdict) || failed(virusVerdict) || isUnwanted) return 'fail'
  return dkimVerdict?.status === 'PASS' ? 'pass' : null
}

const failed = (verdict: Verdict | undefined) => verdict?.status === 'FAIL'
