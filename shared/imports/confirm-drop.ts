import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { endFailed } from './failures.ts'
import { Held } from './held.ts'
import { receiptOf, writeReceipt } from './receipt.ts'
import type { Drop, Part } from './records.ts'
import { readProblems } from './store-access.ts'

/** Writes the receipt once more when CXI's own counts of every part are known. */
export async function confirmDrop(deps: ImportDeps, record: LedgerRecord<Drop>, parts: Part[]): Promise<void> {
  using held = await Held.take(deps, record, 'confirm')
  if (!held) return
  try {
    const drop = held.value
    const receipt = receiptOf(drop, parts, await readProblems(deps, drop), drop.end ?? 'imported')
    await writeReceipt(deps, { ...drop, id: drop.arrival }, receipt, drop.finishedAtMs ?? undefined)
    await held.release((value) => ({ ...value, confirmed: true, waits: 0, note: null }), null)
    deps.logger.info('drop.confirmed', { drop: drop.object.key, imports: parts.map((part) => part.importId) })
  } catch (error) {
    await endFailed(deps, held, error, null)
  }
}
