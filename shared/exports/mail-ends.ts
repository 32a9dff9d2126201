import { RelayError } from '../errors.ts'
import type { MailEnd } from './records.ts'

/** How a mail ended, and what its owner should know. */
export interface MailVerdict {
  end: MailEnd
  message: string
}

/** Ends after which nobody needs the mail any more. */
export const isSettled = (end: MailEnd) => end === 'collected' || end === 'duplicate'

const AGAIN = 'To have it looked at again, move it back into mail/, under a name that ends in .eml.'

export const UNTRUSTED: MailVerdict = {
  end: 'untrusted',
  message: `Its sender is not one of those that are trusted (mail.from of relay.config.ts, or the check of its signature); its links were not followed. ${AGAIN}`,
}

export const NO_LINK: MailVerdict = { end: 'no_link', message: 'It holds no web address.' }

export const UNMATCHED: MailVerdict = {
  end: 'unmatched',
  message: `No export that cxi-relay has asked for waits for it, so its link was not kept; somebody may have asked in CXI's own pages. ${AGAIN}`,
}

export const DUPLICATE: MailVerdict = { end: 'duplicate', message: 'The same mail came before.' }

export const COLLECTED: MailVerdict = { end: 'collected', message: '' }

export const foreign = (hosts: string[]): MailVerdict => ({
  end: 'foreign',
  message: `Its links lead to ${hosts.join(', ')}, which relay.config.ts does not allow; they were not followed. If CXI's exports lie there, add that origin to the export's "hosts", move the mail back into mail/, and start again.`,
})

/** Codes of links that cannot be used, and what the mail's end is then. */
const ENDS: Record<string, MailEnd> = {
  link_foreign: 'foreign',
  link_not_public: 'foreign',
  link_redirects: 'foreign',
  link_not_csv: 'not_csv',
  link_expired: 'expired',
  link_refused: 'expired',
  link_too_large: 'not_csv',
}

/** What an error of following a link means for its mail; undefined where it may pass. */
export function verdictOf(error: unknown): MailVerdict | undefined {
  if (!(error instanceof RelayError) || error.retryable) return undefined
  const end = ENDS[error.code]
  if (error.code === 'mail_unreadable') return { end: 'unreadable', message: error.message }
  return end && { end, message: `${error.message} ${AGAIN}` }
}
