import type { Account } from '../config/types.ts'
import { CxiError } from '../cxi/errors.ts'
import { messageOf } from '../errors.ts'
import { isExhausted } from '../imports/deaths.ts'
import { accountOf } from '../imports/deps.ts'
import { closesGate, endFailed, noteOf, putOff } from '../imports/failures.ts'
import { Held, LeaseLost } from '../imports/held.ts'
import { workWaits } from '../imports/waiting.ts'
import { growingWaitMs } from '../imports/waits.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ExportDeps } from './deps.ts'
import { isTypeBusyElsewhere, takeLock } from './lock.ts'
import { type ExportRequest, isLeased, OPEN_FOR_MS } from './records.ts'
import { enter, firstInQueue, leave, openRequests } from './requests.ts'

const STEP = 'ask'
/** A mail that does not come is asked for once more. */
const MOST_ASKS = 2
/** Whoever waits in the queue is told when it is its turn; this is for the case that the word is lost. */
const POLL_MS = 15_000
const LONGEST_REFUSED_WAIT_MS = 30 * 60_000
/** Doublings of a second that the first wait after a refusal begins with: two to four minutes. */
const FIRST_REFUSED_WAIT = 7

/** Works on a request that is due: asks CXI when it is its turn, and reports a mail that never came. */
export async function workRequest(deps: ExportDeps, record: LedgerRecord<ExportRequest>): Promise<void> {
  const { value } = record
  const now = deps.clock.now()
  if (isLeased(value, now)) return
  switch (value.state) {
    case 'queued':
      return askInTurn(deps, record)
    case 'asking':
      // Whoever asked died before the answer: CXI may have been asked.
      return countAsAsked(deps, record)
    case 'asked':
      return endWaiting(deps, record)
    case 'collecting':
    case 'collected':
    case 'overdue':
    case 'failed':
    case 'superseded':
      await deps.ledger.update(record, { value })
  }
}

async function askInTurn(deps: ExportDeps, record: LedgerRecord<ExportRequest>): Promise<void> {
  const { value } = record
  await enter(deps, value)
  const account = await workWaits(deps, record, () => accountOf(deps, value))
  if (!account) return
  if (!(await isItsTurn(deps, value))) {
    await deps.ledger.update(record, { value, dueAtMs: deps.clock.now() + POLL_MS })
    return
  }
  if (await putOff(deps, record, account)) return
  const exhausted = isExhausted(value, STEP)
  const now = deps.clock.now()
  const asking = (request: ExportRequest): ExportRequest => ({
    ...request,
    state: 'asking',
    firstAskedMs: request.firstAskedMs ?? now,
    askedMs: now,
    asks: request.asks + 1,
  })
  using held = await Held.take(deps, record, STEP, asking)
  if (!held) return
  if (exhausted) {
    const message = `Asking for the export ended without a result five times in a row (last: ${value.note?.message ?? 'unknown'}). It is asked for again at its next time.`
    return endRefused(deps, held, { code: 'attempts_exhausted', message })
  }
  await ask(deps, held, account)
}

async function isItsTurn(deps: ExportDeps, request: ExportRequest): Promise<boolean> {
  const open = await openRequests(deps, request.identity)
  const first = firstInQueue(open)
  if (first && first.value.id !== request.id) return false
  return !(await isTypeBusyElsewhere(deps, request)) && (await takeLock(deps, request))
}

async function ask(deps: ExportDeps, held: Held<ExportRequest>, account: Account): Promise<void> {
  const { id, type } = held.value
  try {
    // Taken once more now that the request stands as being asked: of two that saw it free, one has it.
    if (!(await takeLock(deps, held.value))) {
      await held.release(back, deps.clock.now() + POLL_MS)
      return
    }
    await deps.api(account).createExport(type)
    await deps.gate(account).open()
  } catch (error) {
    return endAsking(deps, held, error, account)
  }
  deps.logger.info('export.asked', { request: id, type, account: account.name })
  await releaseAsked(held)
}

async function releaseAsked(held: Held<ExportRequest>): Promise<void> {
  try {
    await held.release((request) => ({ ...request, ...ASKED }), coolDownEndMs(held.value))
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error
  }
}

const ASKED = { state: 'asked', waits: 0, note: null, refusedSinceMs: null } as const

const coolDownEndMs = ({ askedMs, coolDownMs }: ExportRequest) => (askedMs ?? 0) + coolDownMs

/** CXI was not asked after all. */
const back = (request: ExportRequest): ExportRequest => ({
  ...request,
  state: 'queued',
  firstAskedMs: request.asks > 1 ? request.firstAskedMs : null,
  askedMs: request.asks > 1 ? request.firstAskedMs : null,
  asks: request.asks - 1,
})

/** Writes what became of a question that brought no plain yes. */
async function endAsking(deps: ExportDeps, held: Held<ExportRequest>, error: unknown, account: Account): Promise<void> {
  if (error instanceof LeaseLost) return held.abandon()
  const { id, type } = held.value
  if (error instanceof CxiError && error.outcome === 'unknown') {
    // CXI would make a second export of it; the mail tells whether it has begun this one.
    deps.logger.warn('export.unknown', { request: id, type, ...noteOf(error) })
    if (closesGate(error)) await deps.gate(account).close(error)
    await releaseAsked(held)
  } else if (isStillRunning(error)) {
    await waitForOther(deps, held, error)
  } else if (error instanceof CxiError && error.outcome === 'refused' && !closesGate(error)) {
    const message = `${messageOf(error)} The export is not asked for again before its next time.`
    await endRefused(deps, held, { code: 'export_refused', message })
  } else {
    await endFailed(deps, held, error, account, back)
  }
}

const RUNNING_STATUSES = new Set<number | null>([409, 422, 423, 429])
const RUNNING_WORDS = /in progress|already|running|pending|another|single|wait/i

/** CXI's documentation has no status for it: any of these, or a 400 that says so. */
export function isStillRunning(error: unknown): error is CxiError {
  if (!(error instanceof CxiError) || error.outcome !== 'refused') return false
  return RUNNING_STATUSES.has(error.status) || (error.status === 400 && RUNNING_WORDS.test(messageOf(error)))
}

async function waitForOther(deps: ExportDeps, held: Held<ExportRequest>, error: CxiError): Promise<void> {
  const now = deps.clock.now()
  const { id, type, account, waits, coolDownMs, refusedSinceMs } = held.value
  const sinceMs = refusedSinceMs ?? now
  const growing = growingWaitMs(waits + FIRST_REFUSED_WAIT + 1, deps.random, LONGEST_REFUSED_WAIT_MS)
  const dueAtMs = now + Math.max(growing, error.retryAfterMs ?? 0)
  const note = { code: 'export_running', message: `CXI says that another export is running: ${messageOf(error)}` }
  if (refusedSinceMs === null) deps.logger.info('export.waiting', { request: id, type, account, status: error.status })
  else if (now - sinceMs > coolDownMs && held.value.note?.code !== 'export_stuck') {
    note.code = 'export_stuck'
    const minutes = Math.round((now - sinceMs) / 60_000)
    const message = `CXI has refused the ${type} export of account "${account}" for ${minutes} minutes, as if another one were running. It is tried on; if nobody has asked for one, ask InMoment's support. ${messageOf(error)}`
    deps.logger.alarm('export.stuck', { request: id, type, account, message })
  } else if (held.value.note?.code === 'export_stuck') note.code = 'export_stuck'
  await held.release((request) => ({ ...back(request), waits: waits + 1, refusedSinceMs: sinceMs, note }), dueAtMs)
}

async function endRefused(
  deps: ExportDeps,
  held: Held<ExportRequest>,
  error: { code: string; message: string },
): Promise<void> {
  const { id, type, account } = held.value
  deps.logger.alarm('export.failed', { request: id, type, account, ...error })
  // What CXI was asked for before may still be mailed.
  const state = held.value.overdueMs === null ? 'failed' : 'overdue'
  const ended = await held.release((request) => ({ ...request, state, error, note: null }), null)
  await leave(deps, ended)
}

async function countAsAsked(deps: ExportDeps, record: LedgerRecord<ExportRequest>): Promise<void> {
  const value: ExportRequest = { ...record.value, ...ASKED, lease: null }
  await deps.ledger.update(record, { value, dueAtMs: coolDownEndMs(value) })
}

/** The cool-down has passed without a mail: CXI is asked once more, and the request stays open for the mail. */
async function endWaiting(deps: ExportDeps, record: LedgerRecord<ExportRequest>): Promise<void> {
  const { value } = record
  const now = deps.clock.now()
  const dueAtMs = coolDownEndMs(value)
  if (now < dueAtMs) {
    await deps.ledger.update(record, { value, dueAtMs })
    return
  }
  const { id, type, account, coolDownMs } = value
  const isAskedAgain = value.asks < MOST_ASKS
  const what = isAskedAgain ? 'It is asked for once more' : 'It is asked for again at its next time'
  const message = `No mail has come within ${Math.round(coolDownMs / 60_000)} minutes for the ${type} export of account "${account}". ${what}, and one that comes within ${OPEN_FOR_MS / 86_400_000} days is taken; check that CXI's mails reach cxi-relay (spam folder, forwarding, the address of the user whose credentials are used).`
  const overdueMs = value.overdueMs ?? now
  const written = isAskedAgain
    ? await deps.ledger.update<ExportRequest>(record, {
        value: { ...value, state: 'queued', overdueMs, note: { code: 'export_overdue', message } },
        dueAtMs: now,
      })
    : await deps.ledger.update<ExportRequest>(record, {
        value: { ...value, state: 'overdue', overdueMs, error: { code: 'export_overdue', message } },
      })
  if (!written) return
  if (value.overdueMs === null) deps.logger.alarm('export.overdue', { request: id, type, account, message })
  if (!isAskedAgain) await leave(deps, written.value)
}
