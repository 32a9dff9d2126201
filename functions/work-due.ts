import { messageOf, RelayError } from '../shared/errors.ts'
import type { ImportEngine } from '../shared/imports/engine.ts'
import type { Home } from './home.ts'
import type { RecordKey } from './record-message.ts'

/** Clocks of two functions differ; what is due in a moment is not worth another message. */
const SOON_MS = 1000

/**
 * Works on a record if it is due: a message that comes twice, or late, finds nothing to do. Where a store is out of
 * reach the message is done all the same, since the ledger remembers and the sweep sends another one.
 */
export async function workDue(home: Home, engine: Pick<ImportEngine, 'work'>, key: RecordKey): Promise<void> {
  try {
    const record = await home.ledger.get(key.group, key.id)
    if (!record || record.dueAtMs === null || record.dueAtMs > home.clock.now() + SOON_MS) return
    await engine.work(record)
  } catch (error) {
    if (!(error instanceof RelayError && error.retryable)) throw error
    home.logger.alarm('store.trouble', { code: error.code, message: messageOf(error) })
  }
}
