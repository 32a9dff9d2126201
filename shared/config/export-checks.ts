import { Cron } from 'croner'
import { messageOf } from '../errors.ts'
import { checkAccount, origin, zone } from './checks.ts'
import { type Check, checkKeys, isObject, listOf, oneOf, type Problems, text, truth, wholeNumber } from './problems.ts'

const NAMES = ['jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec', 'sun|mon|tue|wed|thu|fri|sat']
const MONTH_NAMES = new RegExp(`\\b(${NAMES[0]})\\b`, 'gi')
const DAY_NAMES = new RegExp(`\\b(${NAMES[1]})\\b`, 'gi')
const PLAIN_FIELD = /^(\*|\d+(-\d+)?)(\/\d+)?(,(\*|\d+(-\d+)?)(\/\d+)?)*$/

/** A cron line of five fields that both homes read alike, and that comes round at some time. */
const schedule: Check = (value) => {
  const problem = text(value)
  if (problem) return problem
  const fields = String(value).trim().split(/\s+/)
  if (fields.length !== 5) {
    return "must have five fields: minute, hour, day of the month, month, day of the week; for example '0 6 * * *'"
  }
  const [, , day, month = '', weekday = ''] = fields
  const numbers = [...fields.slice(0, 3), month.replace(MONTH_NAMES, '1'), weekday.replace(DAY_NAMES, '1')]
  const odd = numbers.findIndex((field) => !PLAIN_FIELD.test(field))
  if (odd !== -1) return `has "${fields[odd]}", but fields are of numbers, names and * , - / only`
  if (day !== '*' && weekday !== '*') {
    return 'restricts both the day of the month and the day of the week, which schedulers read differently; write two entries'
  }
  try {
    const isEver = new Cron(String(value), { paused: true, mode: '5-part' }).nextRun() !== null
    return isEver ? undefined : 'never comes round; check its day and month'
  } catch (error) {
    return `is no cron line: ${messageOf(error).replace(/^CronPattern: /, '')}`
  }
}

const EXPORT_CHECKS: Record<string, Check> = {
  type: oneOf('responses', 'users', 'recent'),
  schedule,
  timezone: zone,
  account: text,
  hosts: listOf(origin),
  coolDownMinutes: wholeNumber(1),
}

export function checkExports(problems: Problems, entries: unknown[], accounts: string[]): void {
  const seen = new Map<string, number>()
  for (const [index, value] of entries.entries()) {
    const path = `exports[${index}]`
    const entry = checkKeys(problems, path, value, EXPORT_CHECKS, ['type', 'schedule'])
    if (!entry) continue
    checkAccount(problems, path, entry.account, accounts)
    const key = JSON.stringify([entry.account ?? accounts[0], entry.type, entry.schedule, entry.timezone ?? 'UTC'])
    const twin = seen.get(key)
    if (twin !== undefined) problems.add(path, `says the same as exports[${twin}]`)
    else seen.set(key, index)
  }
}

const IMAP_CHECKS: Record<string, Check> = {
  host: text,
  port: wholeNumber(1),
  secure: truth,
  mailbox: text,
  secret: text,
}

const ruleSet: Check = (value) =>
  typeof value === 'string' && /^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$/i.test(value)
    ? undefined
    : 'must be the name of a receipt rule set of Amazon SES: letters, digits, "_" and "-", 64 at most'

export const SES_CHECKS: Record<string, Check> = { ruleSet }

export function checkMail(problems: Problems, value: unknown): void {
  const mail = checkKeys(problems, 'mail', value, { from: listOf(text), imap: () => undefined })
  if (mail?.imap !== undefined) checkKeys(problems, 'mail.imap', mail.imap, IMAP_CHECKS, ['host', 'secret'])
}

/** Where there are several accounts, each has a folder of its mails beside these two, and no two have one address. */
export function checkAccountNames(problems: Problems, accounts: unknown): void {
  if (!isObject(accounts)) return
  const owners = new Map<string, string>()
  const areSeveral = Object.keys(accounts).length > 1
  for (const [name, account] of Object.entries(accounts)) {
    if (areSeveral && !/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name)) {
      problems.add(
        `accounts.${name}`,
        'must be named with letters, digits, ".", "_" or "-", 64 at most: it is a folder',
      )
    }
    if (name === 'done' || name === 'kept')
      problems.add(`accounts.${name}`, `must have another name: mail/${name}/ is taken`)
    const mailTo = isObject(account) && typeof account.mailTo === 'string' ? account.mailTo.toLowerCase() : undefined
    if (mailTo === undefined) continue
    const owner = owners.get(mailTo)
    if (owner !== undefined)
      problems.add(`accounts.${name}.mailTo`, `is also that of account '${owner}'; a mail's address tells whose it is`)
    else owners.set(mailTo, name)
  }
}
