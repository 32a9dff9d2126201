import type { Account } from '../config/types.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { endFailed } from './failures.ts'
import { bearers } from './find.ts'
import { Held } from './held.ts'
import type { Listing } from './import-list.ts'
import type { Part } from './records.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Parts that are looked at within this time share one reading of the list. */
export const SHARED_MS = 5000

/** Imports that were believed lost may land until a day after the last of them was over. */
export const watchOf = ({ attempts, lastHardEndMs }: Part, sinceMs: number): Part['watch'] =>
  attempts > 1 ? { untilMs: lastHardEndMs + DAY_MS, sinceMs } : null

/** Looks for imports of the same rows that landed since the last look, and deletes them. */
export async function watchPart(deps: ImportDeps, record: LedgerRecord<Part>, account: Account): Promise<void> {
  using held = await Held.take(deps, record, 'watch')
  if (!held) return
  try {
    await watch(deps, held, account)
  } catch (error) {
    await endFailed(deps, held, error, account)
  }
}

async function watch(deps: ImportDeps, held: Held<Part>, account: Account): Promise<void> {
  const { watch, firstOffsetMs, waits } = held.value
  if (!watch) return void (await held.release((part) => part, null))
  const since = { atMs: watch.sinceMs - HOUR_MS, offsetMs: firstOffsetMs }
  const listing = await deps.imports(account).read(since, deps.clock.now() - SHARED_MS)
  await deps.gate(account).open()
  await deleteSurplus(deps, held, account, listing)
  if (listing.cut) sayUnchecked(deps, held.value)
  if (listing.startedMs >= watch.untilMs) {
    await held.release((part) => ({ ...part, watch: null, waits: 0 }), null)
    return
  }
  const waitMs = Math.min(HOUR_MS, MINUTE_MS * 2 ** Math.min(waits, 10)) * (0.75 + deps.random() / 2)
  const dueAtMs = Math.max(listing.startedMs + 1, Math.min(deps.clock.now() + waitMs, watch.untilMs))
  const next = { untilMs: watch.untilMs, sinceMs: listing.startedMs }
  await held.release((part) => ({ ...part, watch: next, waits: waits + 1 }), dueAtMs)
}

/** An upload that was believed lost may have landed after all: its import still bears the tag, and goes. */
export async function deleteSurplus(
  deps: ImportDeps,
  held: Held<Part>,
  account: Account,
  listing: Listing,
): Promise<void> {
  for (const { id } of await bearers(deps, account, listing, held)) {
    if (id === held.value.importId) continue
    await deps.api(account).deleteImport(id)
    await held.change((part) => ({ ...part, surplus: part.surplus + 1 }))
    deps.logger.alarm('import.surplus', {
      part: held.value.name,
      import_id: id,
      message: `Import ${id} held the same rows as ${held.value.importId} and was deleted; an upload took longer than its time limit. If this repeats, raise limits.graceSeconds.`,
    })
  }
}

/** Tells that an earlier upload may stand in CXI where nobody can list it. */
export function sayUnchecked(deps: ImportDeps, { name, tag }: Part): void {
  deps.logger.alarm('surplus.unchecked', {
    part: name,
    message: `"${name}" was sent more than once, and CXI's list of imports is too long to see whether an earlier upload arrived too; look for ${tag} there.`,
  })
}
