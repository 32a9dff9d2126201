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
  message: `Its sender is not one of those that are trusted (mail.from of relay.config.ts), or it holds a virus; its links were not followed. ${AGAIN}`,
}

export const NO_LINK: MailVerdict = { end: 'no_link', message: 'It holds no web address.' }

export const BROKEN_LINK: MailVerdict = {
  end: 'broken_link',
  message: `Its link is broken off at the end of a line, as mail servers do with long lines of text, so it was not followed. Open the mail where it came in and copy the link there, or let such mails come here with their HTML part. ${AGAIN}`,
}

export const UNMATCHED: MailVerdict = {
  end: 'unmatched',
  message: `No export that cxi-relay has asked for waits for it, so its link was not kept; somebody may have asked in CXI's own pages. ${AGAIN}`,
}

export const AMBIGUOUS: MailVerdict = {
  end: 'unmatched',
  message:
    'Several accounts wait for an export of its type, and it does not tell whose it is. Move it into mail/<account>/, under a name that ends in .eml, and let the mails of each account arrive there.',
}

export const DUPLICATE: MailVerdict = { end: 'duplicate', message: 'The same mail came before.' }

export const COLLECTED: MailVerdict = { end: 'collected', message: '' }

export const foreign = (links: URL[]): MailVerdict => ({
  end: 'foreign',
  message: `Its links lead to ${list(links.map(({ host }) => host))}, which relay.config.ts does not allow; they were not followed. ${hostsAdvice(links)}`,
})

/** The line that would allow where links lead. */
export function hostsAdvice(links: URL[]): string {
  const origins = links.filter(({ protocol }) => protocol === 'https:').map(({ origin }) => `'${origin}'`)
  if (origins.length === 0) return 'CXI’s exports lie at https addresses; this mail is not one of CXI’s.'
  const which = new Set(origins).size > 1 ? ' (only the one where they lie)' : ''
  return `If CXI's exports lie there, add this to the export's entry in relay.config.ts${which}: hosts: [${list(origins)}] Then move the mail back into mail/, under a name that ends in .eml, and start again.`
}

const list = (items: string[]) => [...new Set(items)].slice(0, 5).join(', ')

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
