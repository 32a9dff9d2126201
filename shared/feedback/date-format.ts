import { RelayError } from '../errors.ts'
import { abbreviationOffset, fullYear, hourOf, monthOf } from './date-words.ts'
import { localSeconds } from './plain-date.ts'
import { offsetOf } from './zone.ts'

/** Local seconds, and the zone's offset in seconds where the value says it. */
export interface FormattedDate {
  local: number
  offset?: number
}

const TOKEN = /'([^']*)'|yyyy|YYYY|yy|YY|MMMM|MMM|MM|M|dd|DD|d|D|HH|H|hh|h|mm|m|ss|s|S+|a|A|Z+|X+|x+|./gs

const PATTERNS: Record<string, [part: string, pattern: string]> = {
  yyyy: ['year', '\\d{4}'],
  yy: ['year', '\\d{2}'],
  MMMM: ['name', '[A-Za-z]{3,9}'],
  MMM: ['name', '[A-Za-z]{3,9}'],
  MM: ['month', '\\d{2}'],
  M: ['month', '\\d{1,2}'],
  dd: ['day', '\\d{2}'],
  d: ['day', '\\d{1,2}'],
  HH: ['hour', '\\d{2}'],
  H: ['hour', '\\d{1,2}'],
  hh: ['hour', '\\d{2}'],
  h: ['hour', '\\d{1,2}'],
  mm: ['minute', '\\d{2}'],
  m: ['minute', '\\d{1,2}'],
  ss: ['second', '\\d{2}'],
  s: ['second', '\\d{1,2}'],
  a: ['half', '[AaPp]\\.?[Mm]\\.?'],
  zone: ['zone', '[A-Za-z]{1,4}|(?:UTC|GMT)?\\s*[+-]\\d{1,2}(?::?\\d{2})?'],
}

/**
 * Makes a reader for `dates.format`: `yyyy yy MMMM MMM MM M dd d HH H hh h mm m ss s SSS a Z`, text in '…' or any other
 * sign as it stands. Throws RelayError `dates_format_invalid` for a format without year, month and day.
 */
export function dateFormat(format: string): (value: string) => FormattedDate | undefined {
  const found = new Set<string>()
  let source = ''
  for (const [token, quoted] of format.matchAll(TOKEN)) source += patternOf(token, quoted, found)
  if (!found.has('year') || !found.has('day') || !(found.has('month') || found.has('name'))) {
    throw new RelayError(
      'dates_format_invalid',
      `dates.format "${format}" must hold a year, a month and a day, each once, for example "dd.MM.yyyy HH:mm".`,
    )
  }
  const pattern = new RegExp(`^${source}$`)
  return (value) => {
    const parts = pattern.exec(value)?.groups
    return parts && formatted(parts)
  }
}

function patternOf(token: string, quoted: string | undefined, found: Set<string>): string {
  if (quoted !== undefined) return escaped(quoted === '' ? "'" : quoted)
  if (/^\s+$/.test(token)) return '\\s+'
  if (/^S+$/.test(token)) return `\\d{1,9}`
  const name = /^[ZXx]+$/.test(token) ? 'zone' : token === 'A' ? 'a' : token.replace(/Y/g, 'y').replace(/D/g, 'd')
  const known = PATTERNS[name]
  if (!known || found.has(known[0])) return escaped(token)
  found.add(known[0])
  return `(?<${known[0]}>${known[1]})`
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

function formatted(parts: Record<string, string | undefined>): FormattedDate | undefined {
  const month = parts.name === undefined ? Number(parts.month) : monthOf(parts.name)
  const hour = hourOf(Number(parts.hour ?? 0), parts.half)
  const { year = '', day = '', minute = '0', second = '0', zone } = parts
  const local = localSeconds(fullYear(year), month, Number(day), hour, Number(minute), Number(second))
  if (zone === undefined) return { local }
  const offset = abbreviationOffset(zone) ?? offsetOf(zone)
  return offset === undefined ? undefined : { local, offset }
}
