import type { Account } from '../config/types.ts'
import { CxiError, isAccountTrouble, isServiceTrouble } from '../cxi/errors.ts'
import { messageOf, RelayError, StoreForbidden } from '../errors.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { type Held, LeaseLost } from './held.ts'
import type { Work } from './records.ts'
import { growingWaitMs } from './waits.ts'

/** A permission that is missing is told at the first wait and every so many after it. */
const FORBIDDEN_TOLD_EVERY = 8

/** Whether other work of the account need not be tried either: CXI, or the account itself, is out of order. */
export const closesGate = (error: unknown): boolean =>
  isAccountTrouble(error) ||
  isServiceTrouble(error) ||
  (error instanceof CxiError && (error.code === 'cxi_server_error' || error.outcome === 'not_sent'))

export const noteOf = (error: unknown) => ({
  code: error instanceof RelayError ? error.code : 'unexpected',
  message: messageOf(error),
})

/**
 * Ends an attempt that threw: the work waits, longer each time or as long as the account's gate says. What is neither
 * passing nor the file's fault waits too, with an alarm.
 */
export async function endFailed<T extends Work>(
  deps: ImportDeps,
  held: Held<T>,
  error: unknown,
  account: Account | null,
  change: (value: T) => T = (value) => value,
): Promise<void> {
  if (error instanceof LeaseLost) return held.abandon()
  const now = deps.clock.now()
  if (deps.signal?.aborted) {
    await held.release(change, now)
    return
  }
  const note = noteOf(error)
  const passes = error instanceof RelayError && (error.retryable || closesGate(error))
  const { step, waits: before, note: said } = held.value
  const waits = before + 1
  const dueAtMs =
    account && closesGate(error) ? await deps.gate(account).close(error) : now + growingWaitMs(waits, deps.random)
  await held.release((value) => ({ ...change(value), waits, note }), dueAtMs)
  if (error instanceof StoreForbidden && waits % FORBIDDEN_TOLD_EVERY === 1) deps.logger.alarm('store.forbidden', note)
  if (passes || said?.code === note.code) return
  const message = `${note.message} It is tried again, at least once an hour; if this lasts, mend the cause or report it.`
  deps.logger.alarm('step.failed', { step, code: note.code, message })
}

/** Puts work off while its account's gate is closed; answers whether it did. */
export async function putOff<T extends Work>(
  deps: ImportDeps,
  record: LedgerRecord<T>,
  account: Account,
): Promise<boolean> {
  const untilMs = await deps.gate(account).closedUntilMs()
  if (untilMs === null) return false
  await deps.ledger.update(record, { value: record.value, dueAtMs: untilMs })
  return true
}
