import type { Account } from '../config/types.ts'
import type { CxiImport } from '../cxi/types.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { endFailed } from './failures.ts'
import { Held } from './held.ts'
import type { Listing } from './import-list.ts'
import { type Owner, ownerGroup, type Part } from './records.ts'
import { recordImport } from './send.ts'
import { growingWaitMs } from './waits.ts'

const HOUR_MS = 3_600_000
/** Parts that look within this time share one reading of the list. */
const SHARED_MS = 1000
const INCONCLUSIVE_CAP_MS = 600_000

/**
 * Looks for an upload whose answer was lost. Found: it is the part's import. Not found by a reading that began after
 * the upload was over and the grace period had passed: it did not happen, and may be sent again.
 */
export async function findUpload(deps: ImportDeps, record: LedgerRecord<Part>, account: Account): Promise<void> {
  const held = await Held.take(deps, record, 'find')
  if (!held) return
  try {
    await find(deps, held, account)
  } catch (error) {
    await endFailed(deps, held, error, account)
  }
}

async function find(deps: ImportDeps, held: Held<Part>, account: Account): Promise<void> {
  const { attempt, waits } = held.value
  if (!attempt) throw new Error(`Part ${held.key.id} is uploading without an attempt.`)
  const now = deps.clock.now()
  const settledMs = (attempt.endedMs ?? attempt.hardEndMs) + deps.relay.limits.graceSeconds * 1000
  const sinceSeconds = Math.floor((attempt.startedMs - HOUR_MS) / 1000)
  const notBeforeMs = Math.max(now >= settledMs ? settledMs : attempt.startedMs, now - SHARED_MS)
  const listing = await deps.imports(account).read(sinceSeconds, notBeforeMs)
  await deps.gate(account).open()
  const [found] = await bearers(deps, account, listing, held)
  if (found) {
    if (!(await recordImport(deps, held, account, found.id))) return
    await held.release((part) => part, deps.clock.now())
  } else if (listing.cut) {
    await waitInconclusive(deps, held)
  } else if (listing.startedMs >= settledMs) {
    deps.logger.info('import.resent', { part: held.value.name })
    await held.release((part) => ({ ...part, state: 'cut', attempt: null, waits: 0, note: null }), deps.clock.now())
  } else {
    const waitMs = growingWaitMs(waits + 1, deps.random)
    const dueAtMs = Math.min(Math.max(settledMs, now + 1), now + waitMs)
    await held.release((part) => ({ ...part, waits: waits + 1 }), dueAtMs)
  }
}

/** Imports that bear the part's tag and are no other part's, the oldest first. */
export async function bearers(
  deps: ImportDeps,
  account: Account,
  listing: Listing,
  held: Held<Part>,
): Promise<CxiImport[]> {
  const named = listing.items.filter((item) => item.name.includes(held.value.tag)).sort((a, b) => a.id - b.id)
  const free: CxiImport[] = []
  for (const item of named) {
    const owner = await deps.ledger.get<Owner>(ownerGroup(account.identity, item.id), 'owner')
    if (!owner || owner.value.part === held.key.id) free.push(item)
  }
  return free
}

async function waitInconclusive(deps: ImportDeps, held: Held<Part>): Promise<void> {
  const code = 'search_inconclusive'
  const message = `The answer to uploading "${held.value.name}" was lost, and CXI's list of imports ends before that upload's time, so that it can't be told whether it arrived. Nothing is sent again meanwhile. Look for ${held.value.tag} among the imports of CXI; deleting imports that nobody needs shortens the list.`
  if (held.value.note?.code !== code) deps.logger.alarm('search.inconclusive', { part: held.value.name, message })
  const waits = held.value.waits + 1
  const dueAtMs = deps.clock.now() + growingWaitMs(waits, deps.random, INCONCLUSIVE_CAP_MS)
  await held.release((part) => ({ ...part, waits, note: { code, message } }), dueAtMs)
}
