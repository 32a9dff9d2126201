import { RelayError } from '../errors.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { noteOf } from './failures.ts'
import type { Work } from './records.ts'
import { growingWaitMs } from './waits.ts'

/** What `find` answers, or undefined after the record was put off, where that threw something retryable. */
export async function workWaits<T extends Work, R>(
  deps: ImportDeps,
  record: LedgerRecord<T>,
  find: () => R,
): Promise<R | undefined> {
  try {
    return find()
  } catch (error) {
    if (!(error instanceof RelayError && error.retryable)) throw error
    const waits = record.value.waits + 1
    const note = noteOf(error)
    if (record.value.note?.code !== note.code) deps.logger.alarm(`work.${note.code}`, { message: note.message })
    const value = { ...record.value, waits, note }
    await deps.ledger.update(record, { value, dueAtMs: deps.clock.now() + growingWaitMs(waits, deps.random) })
    return undefined
  }
}
