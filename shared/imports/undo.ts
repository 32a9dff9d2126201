import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { endFailed } from './failures.ts'
import { endArrivalOf } from './finish.ts'
import { Held } from './held.ts'
import { receiptOf, writeReceipt } from './receipt.ts'
import { type Drop, dropGroup, type Part, SELF } from './records.ts'
import { releaseRows } from './rows.ts'
import { wakeWaiting } from './same-content.ts'
import { changeAnyway, readParts, readProblems } from './store-access.ts'

/** Whether an undo was begun (or was under way), or why there is nothing to undo. */
export type UndoStart = 'undoing' | 'undone' | 'rejected' | 'unknown'

/** From now on nothing new of the drop is sent, and what was sent is deleted; the parts do that one by one. */
export async function startUndo(deps: ImportDeps, id: string): Promise<UndoStart> {
  let start: UndoStart = 'unknown'
  const record = await changeAnyway<Drop>(deps, dropGroup(id), SELF, (drop) => {
    if (drop.state === 'undone') start = 'undone'
    else if (drop.end === 'rejected') start = 'rejected'
    else start = 'undoing'
    if (start !== 'undoing' || drop.state === 'undoing') return undefined
    return {
      value: { ...drop, state: 'undoing', end: 'undone', lease: null, step: '', deaths: null },
      dueAtMs: deps.clock.now(),
    }
  })
  if (!record) return start
  deps.logger.info('drop.undoing', { drop: record.value.object.key })
  await pokeParts(deps, await readParts(deps, record.value))
  deps.wake?.({ group: record.group, id: record.id })
  return start
}

/** Makes every part that nobody is working on due, for it to be withdrawn or deleted. */
export async function pokeParts(deps: ImportDeps, parts: LedgerRecord<Part>[]): Promise<void> {
  const now = deps.clock.now()
  for (const record of parts) {
    const { lease } = record.value
    if ((lease && lease.untilMs > now) || (record.dueAtMs !== null && record.dueAtMs <= now)) continue
    await deps.ledger.update(record, { value: record.value, dueAtMs: now })
    deps.wake?.({ group: record.group, id: record.id })
  }
}

/** Ends an undo when nothing of the drop is left in CXI: as undone, or as rejected where that was the reason. */
export async function endUndo(deps: ImportDeps, record: LedgerRecord<Drop>, parts: Part[]): Promise<void> {
  using held = await Held.take(deps, record, 'undo')
  if (!held) return
  try {
    const drop = held.value
    if (drop.end === 'rejected') {
      await held.release((value) => ({ ...value, state: 'finishing', waits: 0, note: null }), deps.clock.now())
      return
    }
    const receipt = receiptOf(drop, parts, await readProblems(deps, drop), 'undone')
    await writeReceipt(deps, { ...drop, id: drop.arrival }, { ...receipt, error: null })
    await releaseRows(deps, drop)
    if (drop.door !== 'webhook') await deps.objects.markDrop(drop.object, 'undone')
    await endArrivalOf(deps, { ...drop, error: null }, 'undone')
    await held.release((value) => ({ ...value, state: 'undone', waits: 0, note: null }), null)
    await wakeWaiting(deps, drop.id)
    deps.logger.info('drop.undone', { drop: drop.object.key })
  } catch (error) {
    await endFailed(deps, held, error, null)
  }
}
