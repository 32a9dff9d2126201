import type { Account } from '../config/types.ts'
import type { LedgerRecord } from '../ports.ts'
import { readList } from './confirm.ts'
import type { ImportDeps } from './deps.ts'
import { endFailed } from './failures.ts'
import { Held } from './held.ts'
import type { Part } from './records.ts'
import { deletePart } from './store-access.ts'
import { deleteSurplus } from './surplus.ts'

/** Takes back a part that was never sent. */
export async function withdrawPart(deps: ImportDeps, record: LedgerRecord<Part>): Promise<void> {
  using held = await Held.take(deps, record, 'withdraw')
  if (!held) return
  try {
    await deletePart(deps, held.value)
    await held.release((part) => ({ ...part, state: 'withdrawn', note: null }), null)
  } catch (error) {
    await endFailed(deps, held, error, null)
  }
}

/** Deletes a part's import from CXI; that it is gone already counts as done. */
export async function removePart(deps: ImportDeps, record: LedgerRecord<Part>, account: Account): Promise<void> {
  using held = await Held.take(deps, record, 'remove')
  if (!held) return
  try {
    const { attempts, lastHardEndMs, importId, name } = held.value
    const lateUntilMs = attempts > 1 ? lastHardEndMs + deps.relay.limits.graceSeconds * 1000 : 0
    if (deps.clock.now() < lateUntilMs) {
      await held.release((part) => part, lateUntilMs)
      return
    }
    if (lateUntilMs > 0) await deleteSurplus(deps, held, account, await readList(deps, held.value, account))
    if (importId !== null) await deps.api(account).deleteImport(importId)
    await deps.gate(account).open()
    await deletePart(deps, held.value)
    await held.release((part) => ({ ...part, state: 'deleted', waits: 0, note: null, watch: null }), null)
    deps.logger.info('import.deleted', { part: name, import_id: importId })
  } catch (error) {
    await endFailed(deps, held, error, account)
  }
}
