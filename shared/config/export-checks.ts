import { Cron } from 'croner'
import { messageOf } from '../errors.ts'
import { address, checkAccount, zone } from './checks.ts'
import { type Check, checkKeys, listOf, oneOf, type Problems, text, truth, wholeNumber } from './problems.ts'

/** A cron line of five fields that comes round at some time. */
const schedule: Check = (value) => {
  const problem = text(value)
  if (problem) return problem
  if (String(value).trim().split(/\s+/).length !== 5) {
    return "must have five fields: minute, hour, day of the month, month, day of the week; for example '0 6 * * *'"
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
  hosts: listOf(address),
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

/** Amazon SES takes such addresses for a rule; it looks at no display name. */
const recipient: Check = (value) =>
  typeof value === 'string' && /^[^\s@<>"]+@([a-z0-9-]+\.)+[a-z0-9-]+$/i.test(value)
    ? undefined
    : "must be one address, for example 'exports@mail.example.com'"

const ruleSet: Check = (value) =>
  typeof value === 'string' && /^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$/i.test(value)
    ? undefined
    : 'must be the name of a receipt rule set of Amazon SES: letters, digits, "_" and "-", 64 at most'

export function checkMail(problems: Problems, value: unknown): void {
  const any: Check = () => undefined
  const mail = checkKeys(problems, 'mail', value, { from: listOf(text), imap: any, ses: any })
  if (mail?.ses !== undefined) checkKeys(problems, 'mail.ses', mail.ses, { recipient, ruleSet }, ['recipient'])
  if (mail?.imap !== undefined) checkKeys(problems, 'mail.imap', mail.imap, IMAP_CHECKS, ['host', 'secret'])
}
