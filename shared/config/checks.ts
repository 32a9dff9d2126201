import { PROVIDERS } from '../webhooks/providers/registry.ts'
import { IMPORT_CHECKS } from './import-checks.ts'
import {
  type Check,
  checkKeys,
  isObject,
  listOf,
  oneOf,
  type Problems,
  seconds,
  text,
  wholeNumber,
} from './problems.ts'

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** An address to which credentials or responses may go: https, or anything on this machine. */
export const address: Check = (value) => {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (!url) return "must be an address, for example 'https://cxi-api.wootric.com'"
  if (url.username !== '' || url.password !== '') return 'must not hold credentials'
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))
  return isSafe ? undefined : 'must be https (http only on loopback)'
}

export const origin: Check = (value) => {
  const problem = address(value)
  if (problem) return problem
  const url = new URL(value as string)
  return url.pathname === '/' && url.search === '' ? undefined : 'must be an origin only, without a path such as /v1'
}

export const zone: Check = (value) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value as string })
    return typeof value === 'string' ? undefined : "must be an IANA time zone, for example 'Europe/Berlin'"
  } catch {
    return "must be an IANA time zone, for example 'Europe/Berlin'"
  }
}

const encoding: Check = (value) => {
  try {
    new TextDecoder(value as string)
    return typeof value === 'string' ? undefined : "must be an encoding, for example 'windows-1252'"
  } catch {
    return "must be an encoding that is known, for example 'windows-1252'"
  }
}

const column: Check = (value) => (value instanceof RegExp ? undefined : text(value) && 'must be a header or a pattern')

/** Amazon SES takes such addresses for a rule; it looks at no display name. */
const recipient: Check = (value) =>
  typeof value === 'string' && /^[^\s@<>",;]+@([a-z0-9-]+\.)+[a-z0-9-]+$/i.test(value)
    ? undefined
    : "must be one e-mail address, for example 'exports@mail.example.com'"

export const ACCOUNT_CHECKS: Record<string, Check> = {
  secret: text,
  mailTo: recipient,
  apiUrl: origin,
  tokenUrl: address,
}

export const LIMIT_CHECKS: Record<string, Check> = {
  graceSeconds: seconds,
  postSeconds: seconds,
  leaseSeconds: seconds,
  concurrency: wholeNumber(1),
}

const mailAddress: Check = (value) =>
  typeof value === 'string' && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)
    ? undefined
    : "must be an e-mail address, for example 'team@example.com'"

export const ALARM_CHECKS: Record<string, Check> = { email: listOf(mailAddress), drops: listOf(mailAddress) }

const any: Check = () => undefined

const SOURCE_CHECKS: Record<string, Check> = {
  account: text,
  import: any,
  columns: any,
  dates: any,
  encoding,
  rows: oneOf('set-aside', 'all-or-nothing'),
  dedupe: oneOf('drop', 'rows', 'none'),
  reserved: oneOf('rename', 'reject'),
  privacy: any,
  webhook: any,
}

/** What a source may be called: it is a folder, a part of an address, and a part of keys. */
const SOURCE_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i

export function checkSource(problems: Problems, name: string, value: unknown, accounts: string[]): void {
  const path = `sources.${name}`
  if (!SOURCE_NAME.test(name)) problems.add(path, 'must be named with letters, digits, ".", "_" or "-", 64 at most')
  const source = checkKeys(problems, path, value, SOURCE_CHECKS)
  if (!source) return
  if (source.import !== undefined) checkKeys(problems, `${path}.import`, source.import, IMPORT_CHECKS)
  if (source.columns !== undefined) {
    const names = ['feedback', 'score', 'user_id', 'feedback_date', 'response_id']
    checkKeys(problems, `${path}.columns`, source.columns, Object.fromEntries(names.map((key) => [key, column])))
  }
  if (source.dates !== undefined) {
    const checks = { zone, order: oneOf('day-first', 'month-first'), format: text }
    checkKeys(problems, `${path}.dates`, source.dates, checks)
  }
  if (isObject(source.privacy)) {
    for (const [key, rule] of Object.entries(source.privacy)) {
      const problem = oneOf('drop', 'hash', 'mask')(rule)
      if (problem) problems.add(`${path}.privacy.${key}`, problem)
    }
  } else if (source.privacy !== undefined) problems.add(`${path}.privacy`, 'must be an object')
  if (source.webhook !== undefined) checkWebhook(problems, `${path}.webhook`, source.webhook)
  if (isObject(source.webhook) && source.webhook.provider === 'jotform') {
    const named = isObject(source.columns) ? source.columns : {}
    if (named.score === undefined && named.feedback === undefined) {
      const why = 'Jotform sends neither labels nor types'
      problems.add(
        `${path}.columns`,
        `must name score or feedback, since ${why}: for example { score: 'q4_recommend' }`,
      )
    }
  }
  checkAccount(problems, path, source.account, accounts)
}

function checkWebhook(problems: Problems, path: string, value: unknown): void {
  const maxBytes: Check = (bytes) =>
    wholeNumber(1)(bytes) ?? ((bytes as number) > 4_194_304 ? 'must be 4194304 (4 MB) at most' : undefined)
  const settleSeconds: Check = (given) => (given === 0 ? undefined : seconds(given))
  const times = { settleSeconds, toleranceSeconds: wholeNumber(1) }
  const provider = oneOf(...PROVIDERS.keys())
  const checks = { provider, secret: text, header: text, maxBytes, baseUrl: address, ...times }
  checkKeys(problems, path, value, checks, ['provider', 'secret'])
}

/** A source or an export says which account is meant, unless there is only one. */
export function checkAccount(problems: Problems, path: string, account: unknown, accounts: string[]): void {
  const known = accounts.map((name) => `'${name}'`).join(', ')
  if (account === undefined && accounts.length > 1) problems.add(`${path}.account`, `is missing; one of ${known}`)
  if (typeof account === 'string' && !accounts.includes(account)) {
    problems.add(`${path}.account`, `is no account; there are ${known || 'none'}`)
  }
}
