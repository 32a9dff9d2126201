import type { Account } from '../config/types.ts'
import type { CxiImport } from '../cxi/types.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { endFailed } from './failures.ts'
import { Held } from './held.ts'
import type { Listing } from './import-list.ts'
import { type Attempt, type Owner, ownerGroup, type Part } from './records.ts'
import { recordImport } from './send.ts'
import { refusalOf } from './server-errors.ts'
import { closeUnknown, noteUnknown } from './unknown.ts'
import { growingWaitMs } from './waits.ts'

const HOUR_MS = 3_600_000
/** Parts that look within this time share one reading of the list. */
const SHARED_MS = 1000
/** Two looks that must agree are at least this far apart. */
const APART_MS = 1000
const INCONCLUSIVE_CAP_MS = 600_000

/**
 * Looks for an upload whose answer was lost. Found: it is the part's import. Not found by two readings that began after
 * the upload was over and the grace period had passed: it did not happen, and may be sent again.
 */
export async function findUpload(deps: ImportDeps, record: LedgerRecord<Part>, account: Account): Promise<void> {
  using held = await Held.take(deps, record, 'find', (part) => ({ ...part, looks: part.looks + 1 }))
  if (!held) return
  try {
    await find(deps, held, account)
  } catch (error) {
    await endFailed(deps, held, error, account)
  }
}

async function find(deps: ImportDeps, held: Held<Part>, account: Account): Promise<void> {
  const { attempt } = held.value
  if (!attempt) throw new Error(`Part ${held.key.id} is uploading without an attempt.`)
  const now = deps.clock.now()
  await noteUnknown(deps, held.value, held.key.id)
  const settledMs = (attempt.endedMs ?? attempt.hardEndMs) + deps.relay.limits.graceSeconds * 1000
  const since = { atMs: attempt.startedMs - HOUR_MS, offsetMs: attempt.offsetMs }
  const listing = await deps
    .imports(account)
    .read(since, Math.max(countsFrom(attempt, settledMs, now), now - SHARED_MS))
  await deps.gate(account).open()
  const [found] = await bearers(deps, account, listing, held)
  if (found) {
    if (!(await recordImport(deps, held, account, found.id))) return
    await held.release((part) => part, deps.clock.now())
  } else if (listing.startedMs < settledMs) {
    await lookAgain(deps, held, settledMs)
  } else if (listing.cut || held.value.state === 'inconclusive') {
    await waitInconclusive(deps, held)
  } else if (attempt.missedMs === null || listing.startedMs < attempt.missedMs + APART_MS) {
    const missedMs = attempt.missedMs ?? listing.startedMs
    await held.release((part) => ({ ...part, attempt: { ...attempt, missedMs } }), missedMs + APART_MS)
  } else {
    await endNotFound(deps, held, account)
  }
}

/** From when on a reading counts: after the grace period, and for the second look a while after the first. */
function countsFrom({ startedMs, missedMs }: Attempt, settledMs: number, now: number): number {
  if (missedMs !== null) return missedMs + APART_MS
  return now >= settledMs ? settledMs : startedMs
}

async function lookAgain(deps: ImportDeps, held: Held<Part>, settledMs: number): Promise<void> {
  const now = deps.clock.now()
  const waits = held.value.waits + 1
  const dueAtMs = Math.min(Math.max(settledMs, now + 1), now + growingWaitMs(waits, deps.random))
  await held.release((part) => ({ ...part, waits }), dueAtMs)
}

/** It did not happen: it is sent again, unless CXI seems to fail over its content. */
async function endNotFound(deps: ImportDeps, held: Held<Part>, account: Account): Promise<void> {
  const part = held.value
  const refusal = await refusalOf(deps, part, account)
  await closeUnknown(deps, part, held.key.id)
  if (refusal !== undefined) {
    deps.logger.warn('import.refused', { part: part.name, status: part.serverErrors?.status })
    await held.release((value) => ({ ...value, state: 'refused', attempt: null, refusal, note: null }), null)
    return
  }
  const failures = part.serverErrors?.count ?? 0
  const waitMs = failures === 0 ? 0 : growingWaitMs(failures, deps.random)
  deps.logger.info('import.resent', { part: part.name })
  const note = failures === 0 ? null : part.note
  await held.release((value) => ({ ...value, state: 'cut', attempt: null, waits: 0, note }), deps.clock.now() + waitMs)
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

/** From here on it is never sent by itself, also when the list is shorter again: what was deleted may have been it. */
async function waitInconclusive(deps: ImportDeps, held: Held<Part>): Promise<void> {
  const { name, drop, tag, state } = held.value
  const id = drop.slice(0, 12)
  const message = `The answer to uploading "${name}" was lost, and CXI's list of imports ends before that upload's time, so that it can't be told whether it arrived. Nothing is sent again by itself. Look for ${tag} among the imports of CXI: if it is there, use "retry ${id} --adopt IMPORT" with that import's id; if not, "retry ${id} --send".`
  if (state !== 'inconclusive') {
    deps.logger.alarm('search.inconclusive', { part: name, message })
    await closeUnknown(deps, held.value, held.key.id)
  }
  const waits = held.value.waits + 1
  const dueAtMs = deps.clock.now() + growingWaitMs(waits, deps.random, INCONCLUSIVE_CAP_MS)
  const note = { code: 'search_inconclusive', message }
  await held.release((part) => ({ ...part, state: 'inconclusive', waits, note }), dueAtMs)
}
