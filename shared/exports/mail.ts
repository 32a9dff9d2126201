import { createHash } from 'node:crypto'
import { messageOf, RelayError } from '../errors.ts'
import { isExhausted } from '../imports/deaths.ts'
import { endFailed } from '../imports/failures.ts'
import { Held } from '../imports/held.ts'
import { stampOf } from '../imports/paths.ts'
import { IDLE } from '../imports/records.ts'
import type { LedgerRecord } from '../ports.ts'
import { allowedLinks } from './allowed-links.ts'
import { bindRequest, endUseless } from './bind.ts'
import { collect, resumeStored } from './collect.ts'
import type { ExportDeps } from './deps.ts'
import {
  BROKEN_LINK,
  COLLECTED,
  DUPLICATE,
  foreign,
  isSettled,
  type MailVerdict,
  NO_LINK,
  UNMATCHED,
  UNTRUSTED,
  verdictOf,
} from './mail-ends.ts'
import { mailPlaceOf } from './mail-folders.ts'
import { MAX_MAIL_BYTES, type MailText, readMail } from './mail-text.ts'
import { type Candidate, candidatesFor } from './match.ts'
import { type MailRecord, mailGroup, SELF } from './records.ts'
import { readRequest, wakeNext } from './requests.ts'
import { claimMail, forgetMail } from './seen.ts'
import { isSenderAmong } from './senders.ts'

const STEP = 'collect'
const UNDECIDED_MS = 1000
/** A link that could not be fetched for so long will never be. */
const LONGEST_TRIED_MS = 7 * 86_400_000

/** Takes note of a mail that lies at `mail/<name>` or `mail/<account>/<name>`; repeatable, as long as it lies there. Others are passed by. */
export async function receiveMail(deps: ExportDeps, key: string, verdict: MailRecord['verdict']): Promise<void> {
  if (!mailPlaceOf(deps.relay, key)) return
  const now = deps.clock.now()
  const id = createHash('sha256').update(`mail\0${key}`).digest('hex').slice(0, 32)
  const value: MailRecord = {
    ...IDLE,
    kind: 'export-mail',
    id,
    key,
    receivedMs: now,
    verdict,
    request: null,
    end: null,
  }
  const created = await deps.ledger.create({ group: mailGroup(id), id: SELF, value, dueAtMs: now })
  if (!created) return
  deps.logger.info('mail.received', { mail: key })
  deps.wake?.({ group: created.group, id: created.id })
}

/** Works on a mail until it is dealt with or must wait. */
export async function workMail(deps: ExportDeps, record: LedgerRecord<MailRecord>): Promise<void> {
  const exhausted = isExhausted(record.value, STEP)
  using held = await Held.take(deps, record, STEP)
  if (!held) return
  try {
    if (held.value.end !== null) return await finish(deps, held)
    const verdict = exhausted ? await giveUp(deps, held) : await deal(deps, held)
    if (verdict === 'waits') return await held.release((mail) => mail, deps.clock.now() + UNDECIDED_MS).then(() => {})
    if (verdict !== 'gone') await conclude(deps, held, verdict)
    await finish(deps, held)
  } catch (error) {
    await endFailed(deps, held, error, null)
  }
}

async function deal(deps: ExportDeps, held: Held<MailRecord>): Promise<MailVerdict | 'waits' | 'gone'> {
  const bytes = await readWhole(deps, held.value.key)
  if (!bytes) return 'gone'
  try {
    const text = await readMail(bytes)
    if (!isTrusted(deps, held.value, text)) return UNTRUSTED
    if (text.links.length === 0) return text.isBroken ? BROKEN_LINK : NO_LINK
    return await dealWith(deps, held, text)
  } catch (error) {
    const verdict = verdictOf(error)
    if (!verdict) throw error
    return verdict
  }
}

async function dealWith(deps: ExportDeps, held: Held<MailRecord>, text: MailText): Promise<MailVerdict | 'waits'> {
  const { id, receivedMs, request } = held.value
  const readyMs = text.sentMs ?? receivedMs
  const mail = { id, readyMs }
  const bound = request === null ? undefined : await bindRequest(deps, request, mail)
  if (bound && (await resumeStored(deps, bound))) return COLLECTED
  if (!bound && request !== null) {
    if ((await readRequest(deps, request))?.value.state === 'collected') return COLLECTED
    await held.change((value) => ({ ...value, request: null }))
  }
  const { candidates, isUndecided } = bound
    ? { candidates: [{ request: bound, links: allowedLinks(deps, bound) }], isUndecided: false }
    : await candidatesFor(deps, readyMs, accountOfMail(deps, held.value))
  if (isUndecided) return 'waits'
  const links = text.links.filter((link) => candidates.some((candidate) => candidate.links.isAllowed(link)))
  const [first] = links
  if (candidates.length === 0) return unmatched(deps, held.value, text)
  if (!first) return text.isBroken ? BROKEN_LINK : foreign(text.links)
  const claim = { id, link: first }
  if (!(await claimMail(deps, claim))) return DUPLICATE
  const choose = async (chosen: string | null) => {
    await held.change((value) => ({ ...value, request: chosen }))
  }
  try {
    const verdict = (await collect(deps, { candidates, links, mail, choose })) ?? 'waits'
    if (verdict !== 'waits' && !isSettled(verdict.end)) await forgetMail(deps, claim)
    return verdict
  } catch (error) {
    return await endUnusable(deps, held, candidates, claim, error)
  }
}

/** A link that leads to no file: what is wrong is said, and its request is not waited for any longer. */
async function endUnusable(
  deps: ExportDeps,
  held: Held<MailRecord>,
  candidates: Candidate[],
  claim: { id: string; link: URL },
  error: unknown,
): Promise<MailVerdict> {
  const isTooOld = deps.clock.now() - held.value.receivedMs > LONGEST_TRIED_MS
  const final =
    error instanceof RelayError && error.code === 'link_unreachable' && isTooOld
      ? new RelayError('link_expired', `${error.message} It has been tried for a week.`)
      : error
  const verdict = verdictOf(final)
  if (!verdict) throw error
  await forgetMail(deps, claim)
  const waiting = candidates.filter(
    ({ request: { state, overdueMs } }) => (state === 'asked' && overdueMs === null) || state === 'collecting',
  )
  const [only] = waiting
  // A mail that leads astray may be anybody's; one whose file is gone answers the only request there is.
  if (verdict.end === 'foreign' || !only || waiting.length > 1) return verdict
  const code = final instanceof RelayError ? final.code : 'link_expired'
  const advice = 'The mail is kept in mail/kept/; the export is asked for again at its next time.'
  const outcome = await endUseless(deps, only.request.id, { code, message: `${messageOf(final)} ${advice}` })
  return outcome === 'asked again'
    ? { ...verdict, message: `${messageOf(final)} CXI is asked for the export once more.` }
    : verdict
}

/** Somebody else's export is done: whoever waits for that may ask now. A second copy of a known mail says nothing. */
async function unmatched(deps: ExportDeps, mail: MailRecord, text: MailText): Promise<MailVerdict> {
  const { id } = mail
  const owner = accountOfMail(deps, mail)
  for (const account of Object.values(deps.relay.accounts)) {
    if (owner !== null && account.name !== owner) continue
    const { isAllowed } = allowedLinks(deps, { account: account.name })
    const link = text.links.find(isAllowed)
    if (!link) continue
    if (!(await claimMail(deps, { id, link }))) return DUPLICATE
    await forgetMail(deps, { id, link })
    await wakeNext(deps, account.identity)
  }
  return UNMATCHED
}

async function giveUp(deps: ExportDeps, held: Held<MailRecord>): Promise<MailVerdict> {
  const { request, note } = held.value
  const message = `Dealing with it ended without a result five times in a row${note ? ` (last: ${note.message})` : ''}.`
  if (request !== null) await endUseless(deps, request, { code: 'attempts_exhausted', message })
  return { end: 'unreadable', message }
}

async function conclude(deps: ExportDeps, held: Held<MailRecord>, { end, message }: MailVerdict): Promise<void> {
  const { key } = held.value
  await held.change((mail) => ({ ...mail, end }))
  if (end === 'duplicate') deps.logger.info('mail.duplicate', { mail: key })
  else if (!isSettled(end)) {
    const kept = movedKey(held.value)
    deps.logger.alarm('mail.kept', { mail: kept, reason: end, message: `A mail is kept as ${kept}. ${message}` })
  }
}

/** Moves the mail out of the way and forgets it; each step may be done again. */
async function finish(deps: ExportDeps, held: Held<MailRecord>): Promise<void> {
  if (held.value.end !== null) await move(deps, held.value)
  const { group, id } = held.key
  await held.release((mail) => mail, deps.clock.now())
  const record = await deps.ledger.get<MailRecord>(group, id)
  if (record) await deps.ledger.remove(record)
}

async function move(deps: ExportDeps, mail: MailRecord): Promise<void> {
  try {
    await deps.objects.create(movedKey(mail), deps.objects.read(mail.key))
  } catch (error) {
    if (error instanceof RelayError && error.code === 'object_missing') return
    throw error
  }
  await deps.objects.delete(mail.key)
}

function movedKey({ key, end, receivedMs }: MailRecord): string {
  const folder = end !== null && isSettled(end) ? 'done' : 'kept'
  // A mail that was moved back loses the time that it was given before.
  const name = key.slice(key.lastIndexOf('/') + 1).replace(/^\d{8}T\d{6}\.\d{3}Z-/, '')
  const owner = key.split('/').length > 2 ? `${key.split('/')[1]}-` : ''
  return `mail/${folder}/${stampOf(receivedMs)}-${owner}${name}`
}

const accountOfMail = ({ relay }: ExportDeps, { key }: MailRecord) => mailPlaceOf(relay, key)?.account ?? null

function isTrusted(deps: ExportDeps, { verdict }: MailRecord, { from }: MailText): boolean {
  if (verdict === 'fail') return false
  const trusted = deps.relay.mail?.from
  return trusted === undefined || isSenderAmong(from, trusted)
}

async function readWhole(deps: ExportDeps, key: string): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of deps.objects.read(key)) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > MAX_MAIL_BYTES) break
    }
  } catch (error) {
    if (error instanceof RelayError && error.code === 'object_missing') return undefined
    throw error
  }
  return Buffer.concat(chunks)
}
