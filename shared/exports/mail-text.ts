import PostalMime, { type Email } from 'postal-mime'
import { RelayError } from '../errors.ts'

/** What of a mail matters here. */
export interface MailText {
  messageId: string | null
  /** When it was sent, as it says; null where it does not. */
  sentMs: number | null
  /** Address of the sender, in lower case; '' where there is none. */
  from: string
  /** Every web address in it, in its order, the likeliest to be a file first. */
  links: URL[]
}

/** A mail with an export's link has a few kilobytes. */
export const MAX_MAIL_BYTES = 5_000_000
const MAX_LINKS = 500
const MAX_MATCHES = 5000

/** Reads a MIME message. Throws RelayError `mail_unreadable`. */
export async function readMail(bytes: Uint8Array): Promise<MailText> {
  const email = await parsed(bytes)
  const sentMs = email.date ? Date.parse(email.date) : Number.NaN
  return {
    messageId: email.messageId?.trim() || null,
    sentMs: Number.isNaN(sentMs) ? null : sentMs,
    from: (email.from && 'address' in email.from ? (email.from.address ?? '') : '').toLowerCase(),
    links: linksOf(email),
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

/** Never followed: they do something. */
const DOES_SOMETHING = /unsubscribe|opt-?out|preferences/i

function linksOf({ text = '', html = '' }: Email): URL[] {
  const found = new Map<string, URL>()
  const add = (address: string) => {
    const url = URL.parse(address)
    if (!url || !/^https?:$/.test(url.protocol) || DOES_SOMETHING.test(url.pathname)) return
    url.hash = ''
    if (found.size < MAX_LINKS) found.set(url.href, url)
  }
  // Bounded in every direction: a mail may be written to keep its reader busy.
  for (const [, , address = ''] of first(html.matchAll(/\bhref\s{0,9}=\s{0,9}(["'])(.{1,4000}?)\1/gis)))
    add(plain(address))
  for (const [address] of first(text.matchAll(/https?:\/\/[^\s<>"'\])}]{1,4000}/gi))) add(withoutPunctuation(address))
  return [...found.values()].sort((a, b) => rank(b) - rank(a))
}

function* first<T>(matches: Iterable<T>): Generator<T> {
  let count = 0
  for (const match of matches) {
    if (count++ === MAX_MATCHES) return
    yield match
  }
}

/** What ends a sentence is no part of an address in it. */
function withoutPunctuation(address: string): string {
  let end = address.length
  while (end > 0 && '.,;:!?'.includes(address[end - 1] ?? '')) end -= 1
  return address.slice(0, end)
}

function rank({ pathname }: URL): number {
  if (/\.csv$/i.test(pathname)) return 3
  if (/export|download/i.test(pathname)) return 2
  return pathname === '/' ? 0 : 1
}

/** An attribute's text: CXI's links may hold several parameters. */
function plain(attribute: string): string {
  return attribute
    .trim()
    .replace(/&#(x[0-9a-f]+|\d+);/gi, (_, code: string) =>
      String.fromCodePoint(Math.min(0x10ffff, Number(code.replace(/^x/i, '0x')))),
    )
    .replaceAll('&amp;', '&')
}
