import { innerAddress } from './redirectors.ts'

/** The web addresses of a mail. */
export interface MailLinks {
  /** Those of its HTML before those of its text, each the likeliest to be a file first. */
  links: URL[]
  /** Whether its text holds a beginning of an address whose end a mail server has cut off. */
  isBroken: boolean
}

const MAX_LINKS = 500
const MAX_MATCHES = 5000
/** Mail servers break lines of text at 998 characters, some a little earlier. */
const CUT_LINE = 900
/** So do mail programs at some 76, where the rest of an address shows that it is one. */
const WRAPPED_LINE = 60
/** How far before an address its words are looked for. */
const WORDS_BEFORE = 200
/** Never followed: they do something. */
const DOES_SOMETHING = /unsubscribe|opt-?out|preferences|abmelden|abbestellen/i
const PICTURE = /\.(gif|png|jpe?g|svg|webp|ico|css|js)$/i

/** Everything is bounded in every direction: a mail may be written to keep its reader busy. */
export function linksOf({ text = '', html = '' }: { text?: string; html?: string }): MailLinks {
  const found = new Map<string, URL>()
  const { links, refused } = hrefsOf(html)
  for (const link of ranked(links)) add(found, link)
  const fromHtml = [...found.keys()]
  // Of a mail without a text part, what its HTML says counts as its text.
  const { whole, broken } = textAddresses(text === '' ? plain(html.replace(/<[^<>]{0,5000}>/g, ' ')) : text)
  const isStump = (address: string) => fromHtml.some((known) => known !== address && known.startsWith(address))
  for (const link of ranked(whole)) if (!isStump(link.href) && !refused.has(link.href)) add(found, link)
  return { links: [...found.values()], isBroken: broken.some((link) => !isStump(link)) }
}

function add(found: Map<string, URL>, link: URL): void {
  if (found.size < MAX_LINKS) found.set(link.href, link)
}

/** An anchor's address and what it says; one that unsubscribes often shows it in its words only. */
const ANCHOR =
  /<a\s[^<>]{0,1000}?\bhref\s{0,9}=\s{0,9}(?:"([^"]{1,8000})"|'([^']{1,8000})'|([^\s"'<>]{1,8000}))[^<>]{0,1000}>((?:[^<]|<(?!\/?a\b)){0,300})/gi

function hrefsOf(html: string): { links: URL[]; refused: Set<string> } {
  const links: URL[] = []
  const refused = new Set<string>()
  for (const [, double, single, bare, words = ''] of first(html.matchAll(ANCHOR))) {
    const link = linkOf(plain(double ?? single ?? bare ?? ''))
    if (link && DOES_SOMETHING.test(words.replace(/<[^<>]*>/g, ' '))) refused.add(link.href)
    else if (link) links.push(link)
  }
  return { links, refused }
}

function textAddresses(text: string): { whole: URL[]; broken: string[] } {
  const whole: URL[] = []
  const broken: string[] = []
  const lines = text.split(/\r?\n/)
  for (const [index, line] of lines.entries()) {
    if (index > MAX_MATCHES) break
    for (const match of first(line.matchAll(/https?:\/\/[^\s<>"'\])}]{1,8000}/gi))) {
      const [address] = match
      const isAtEnd = match.index + address.length === line.length
      const link = linkOf(withoutPunctuation(address))
      if (
        !link ||
        (rank(link) < 3 && DOES_SOMETHING.test(line.slice(Math.max(0, match.index - WORDS_BEFORE), match.index)))
      )
        continue
      if (isAtEnd && isCut(line, lines[index + 1] ?? '')) broken.push(link.href)
      else whole.push(link)
    }
  }
  return { whole, broken }
}

/** Whether an address that ends a line goes on in the next one. */
function isCut(line: string, next: string): boolean {
  if (next.trim() === '') return false
  if (line.length >= CUT_LINE) return true
  return line.length >= WRAPPED_LINE && /^\S*[=&%]\S*$/.test(next) && !/^https?:/i.test(next)
}

function linkOf(address: string): URL | undefined {
  const outer = URL.parse(address)
  const url = outer && innerAddress(outer)
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  if (DOES_SOMETHING.test(url.pathname + url.search) || PICTURE.test(url.pathname)) return undefined
  url.hash = ''
  return url
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

const ranked = (links: URL[]) => links.sort((a, b) => rank(b) - rank(a))

function rank({ pathname, search }: URL): number {
  if (/\.csv(\.gz)?$/i.test(pathname)) return 4
  if (/\.csv\b/i.test(search)) return 3
  if (/export|download/i.test(pathname)) return 2
  return pathname === '/' ? 0 : 1
}

const ENTITIES: Record<string, string> = {
  amp: '&',
  apos: "'",
  colon: ':',
  equals: '=',
  gt: '>',
  lt: '<',
  nbsp: ' ',
  num: '#',
  percnt: '%',
  period: '.',
  plus: '+',
  quest: '?',
  quot: '"',
  sol: '/',
}

/** HTML's text, each entity decoded once. */
function plain(html: string): string {
  return html.trim().replace(/&(?:#(x[0-9a-f]{1,6}|\d{1,7})|([a-z]{2,6}));/gi, (entity, code?: string, name = '') => {
    if (code === undefined) return ENTITIES[name.toLowerCase()] ?? entity
    const point = Number(code.replace(/^x/i, '0x'))
    return point <= 0x10ffff ? String.fromCodePoint(point) : entity
  })
}
