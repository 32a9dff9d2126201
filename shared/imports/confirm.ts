import type { Account } from '../config/types.ts'
import { CxiError } from '../cxi/errors.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { FIRST_CONFIRM_MS } from './describe.ts'
import { endFailed } from './failures.ts'
import { bearers } from './find.ts'
import { Held } from './held.ts'
import type { Listing } from './import-list.ts'
import type { Part } from './records.ts'
import { deletePart } from './store-access.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Parts that are confirmed within this time share one reading of the list. */
const SHARED_MS = 5000

/** Compares CXI's count of an import with the rows sent, and deletes imports of the same rows beside it. */
export async function confirmPart(deps: ImportDeps, record: LedgerRecord<Part>, account: Account): Promise<void> {
  const held = await Held.take(deps, record, 'confirm')
  if (!held) return
  try {
    await confirm(deps, held, account)
  } catch (error) {
    await endFailed(deps, held, error, account)
  }
}

async function confirm(deps: ImportDeps, held: Held<Part>, account: Account): Promise<void> {
  const { rows, attempts, importId } = held.value
  const listing = await readList(deps, held.value, account)
  await deps.gate(account).open()
  await deleteSurplus(deps, held, account, listing)
  const count = await countOf(deps, account, listing, importId)
  const now = deps.clock.now()
  const ageMs = now - (held.value.describedAtMs ?? now)
  if (count !== rows && (count === 'gone' || ageMs >= DAY_MS)) return endMismatch(deps, held, count)
  const lateUntilMs = attempts > 1 ? held.value.lastHardEndMs + deps.relay.limits.graceSeconds * 1000 : 0
  if (count === rows && listing.startedMs >= lateUntilMs) return endConfirmed(deps, held, listing)
  const waits = held.value.waits + 1
  const waitMs = Math.min(HOUR_MS, FIRST_CONFIRM_MS * 2 ** Math.min(waits, 10))
  const dueAtMs = count === rows ? Math.max(now + 1000, lateUntilMs) : now + waitMs * (0.75 + deps.random() / 2)
  await held.release((part) => ({ ...part, waits }), dueAtMs)
}

/** The list back to an hour before the part was first sent: clocks differ. */
export function readList(deps: ImportDeps, part: Part, account: Account): Promise<Listing> {
  const firstMs = part.firstStartedMs ?? deps.clock.now()
  return deps.imports(account).read(Math.floor((firstMs - HOUR_MS) / 1000), deps.clock.now() - SHARED_MS)
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

async function endConfirmed(deps: ImportDeps, held: Held<Part>, listing: Listing): Promise<void> {
  const { attempts, name, importId } = held.value
  if (attempts > 1 && listing.cut) {
    deps.logger.alarm('surplus.unchecked', {
      part: name,
      message: `"${name}" was sent more than once, and CXI's list of imports is too long to see whether an earlier upload arrived too; look for ${held.value.tag} there.`,
    })
  }
  await deletePart(deps, held.value)
  await held.release((part) => ({ ...part, state: 'confirmed', waits: 0 }), null)
  deps.logger.info('import.confirmed', { part: name, import_id: importId })
}

async function endMismatch(deps: ImportDeps, held: Held<Part>, count: number | 'gone'): Promise<void> {
  const { rows, name, importId } = held.value
  const found = count === 'gone' ? 'is gone from CXI' : `holds ${count} responses in CXI`
  const message = `Import ${importId} ${found}; ${rows} rows were sent. Compare it there; to import the file again, use the command "undo", then drop it again.`
  await deletePart(deps, held.value)
  await held.release((part) => ({ ...part, state: 'mismatch', waits: 0, note: { code: 'mismatch', message } }), null)
  deps.logger.alarm('import.mismatch', { part: name, import_id: importId, message })
}
