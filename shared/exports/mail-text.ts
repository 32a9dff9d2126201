import PostalMime, { type Email } from 'postal-mime'
import { RelayError } from '../errors.ts'
import { linksOf, type MailLinks } from './mail-links.ts'

/** What of a mail matters here. */
export interface MailText extends MailLinks {
  messageId: string | null
  /** When it was sent, as it says; null where it does not. */
  sentMs: number | null
  /** Address of the sender, in lower case; '' where there is none. */
  from: string
}

/** A mail with an export's link has a few kilobytes. */
export const MAX_MAIL_BYTES = 5_000_000

/** Reads a MIME message. Throws RelayError `mail_unreadable`. */
export async function readMail(bytes: Uint8Array): Promise<MailText> {
  const email = await parsed(bytes)
  const sentMs = email.date ? Date.parse(email.date) : Number.NaN
  return {
    messageId: email.messageId?.trim() || null,
    sentMs: Number.isNaN(sentMs) ? null : sentMs,
    from: (email.from && 'address' in email.from ? (email.from.address ?? '') : '').toLowerCase(),
    ...linksOf(email),
  }
}

async function parsed(bytes: Uint8Array): Promise<Email> {
  let email: Email
  try {
    email = await PostalMime.parse(bytes, { maxNestingDepth: 20 })
  } catch (cause) {
    throw unreadable(cause)
  }
  if (email.headers.length === 0) throw unreadable(undefined)
  return email
}

const unreadable = (cause: unknown) =>
  new RelayError('mail_unreadable', 'The mail is no MIME message (.eml) that can be read.', { cause })
