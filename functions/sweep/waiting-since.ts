import type { Arrival, Drop } from '../../shared/imports/records.ts'
import type { LedgerRecord } from '../../shared/ports.ts'
import type { Batch } from '../../shared/webhooks/batch.ts'

/**
 * Since when somebody waits for what a due record stands for: a file or batch since it came, as long as it has not
 * ended; anything else since it is due.
 */
export function waitingSinceMs({ value, dueAtMs }: LedgerRecord<unknown>): number {
  const work = value as Arrival | Drop | Batch | null
  const due = dueAtMs ?? Number.POSITIVE_INFINITY
  if (work?.kind === 'batch') return work.createdMs
  if (work?.kind === 'arrival') return work.firstSeenMs
  // A drop that has ended is due for CXI's counts, and an undo begins long after its file came.
  const isOnItsWay = work?.kind === 'drop' && ['preparing', 'sending', 'finishing'].includes(work.state)
  return isOnItsWay ? work.firstSeenMs : due
}
