import type { Account } from '../config/types.ts'
import { CxiError } from '../cxi/errors.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { FIRST_CONFIRM_MS } from './describe.ts'
import { endFailed } from './failures.ts'
import { Held } from './held.ts'
import type { Listing } from './import-list.ts'
import type { Part } from './records.ts'
import { deletePart } from './store-access.ts'
import { deleteSurplus, SHARED_MS, sayUnchecked, watchOf } from './surplus.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Compares CXI's count of an import with the rows sent, and deletes imports of the same rows beside it. */
export async function confirmPart(deps: ImportDeps, record: LedgerRecord<Part>, account: Account): Promise<void> {
  using held = await Held.take(deps, record, 'confirm')
  if (!held) return
  try {
    await confirm(deps, held, account)
  } catch (error) {
    await endFailed(deps, held, error, account)
  }
}

async function confirm(deps: ImportDeps, held: Held<Part>, account: Account): Promise<void> {
  const { rows, importId } = held.value
  const listing = await readList(deps, held.value, account)
  await deps.gate(account).open()
  await deleteSurplus(deps, held, account, listing)
  const count = await countOf(deps, account, listing, importId)
  const now = deps.clock.now()
  const ageMs = now - (held.value.describedAtMs ?? now)
  if (count !== rows && (count === 'gone' || ageMs >= DAY_MS)) return endMismatch(deps, held, count)
  if (count === rows) return endConfirmed(deps, held, listing)
  const waits = held.value.waits + 1
  const waitMs = Math.min(HOUR_MS, FIRST_CONFIRM_MS * 2 ** Math.min(waits, 10))
  await held.release((part) => ({ ...part, waits }), now + waitMs * (0.75 + deps.random() / 2))
}

/** The list back to an hour before the part was first sent: clocks differ. */
export function readList(deps: ImportDeps, part: Part, account: Account): Promise<Listing> {
  const firstMs = part.firstStartedMs ?? deps.clock.now()
  const since = { atMs: firstMs - HOUR_MS, offsetMs: part.firstOffsetMs }
  return deps.imports(account).read(since, deps.clock.now() - SHARED_MS)
}

async function countOf(deps: ImportDeps, account: Account, listing: Listing, importId: number | null) {
  const listed = listing.items.find((item) => item.id === importId)
  if (listed) return listed.response_count
  if (importId === null) return 'gone'
  try {
    return (await deps.api(account).getImportHead(importId)).response_count
  } catch (error) {
    if (error instanceof CxiError && error.status === 404) return 'gone'
    throw error
  }
}

async function endConfirmed(deps: ImportDeps, held: Held<Part>, listing: Listing): Promise<void> {
  const { name, importId } = held.value
  const watch = watchOf(held.value, listing.startedMs)
  if (watch && listing.cut) sayUnchecked(deps, held.value)
  await deletePart(deps, held.value)
  const dueAtMs = watch && deps.clock.now() + FIRST_CONFIRM_MS
  await held.release((part) => ({ ...part, state: 'confirmed', waits: 0, note: null, watch }), dueAtMs)
  deps.logger.info('import.confirmed', { part: name, import_id: importId })
}

async function endMismatch(deps: ImportDeps, held: Held<Part>, count: number | 'gone'): Promise<void> {
  const { rows, name, importId } = held.value
  const watch = watchOf(held.value, deps.clock.now())
  const found = count === 'gone' ? 'is gone from CXI' : `holds ${count} responses in CXI`
  const message = `Import ${importId} ${found}; ${rows} rows were sent. Compare it there with the stored part; to import the file again, use the command "undo", then drop it again.`
  const note = { code: 'mismatch', message }
  await held.release((part) => ({ ...part, state: 'mismatch', waits: 0, note, watch }), watch && deps.clock.now())
  deps.logger.alarm('import.mismatch', { part: name, import_id: importId, message })
}
