import { RelayError } from '../errors.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { unfinished } from './leases.ts'
import { namePrefix, receiptKey } from './paths.ts'
import type { Receipt } from './receipt.ts'
import { type Arrival, type Drop, dayGroup, type Part, type Stamp } from './records.ts'
import { idsBeginning, readArrival, readDrop, readParts } from './store-access.ts'

/** One dropped file as `status` shows it. */
export interface StatusLine {
  id: string | null
  arrival: string
  drop: string
  source: string
  /** `received`, `preparing`, `sending`, `finishing`, `undoing`, or how it ended. */
  state: string
  parts: { described: number; of: number } | null
  rows: number | null
  error: { code: string; message: string } | null
  /** Why it waits, and until when it does at the latest (ISO 8601); null where it does not. */
  waiting: { code: string; message: string; until: string | null } | null
  started_at: string
  receipt: string
}

const DAY_MS = 86_400_000
/** Files looked at together: a store that is far away answers each question only after a while. */
const AT_ONCE = 16

/** What is on its way, and what arrived today and yesterday (newest first, at most `limit`). */
export async function statusOf(
  deps: ImportDeps,
  limit = 50,
): Promise<{ unfinished: StatusLine[]; recent: StatusLine[] }> {
  const open = await linesOf(deps, await openArrivals(deps))
  const recent = await recentArrivals(deps, limit)
  return {
    unfinished: open.filter(({ state }) => !isEnded(state)),
    recent: await linesOf(
      deps,
      recent.map(({ arrival }) => arrival),
    ),
  }
}

/** Arrivals of everything that somebody must look at, the longest due first. */
async function openArrivals(deps: ImportDeps): Promise<string[]> {
  const found = (await unfinished(deps)).map(({ value }) => value as Arrival | Drop | Part)
  const ids = new Set(found.map((work) => (work.kind === 'arrival' ? work.id : dropIdIn(work))))
  const isArrival = new Set(found.filter(({ kind }) => kind === 'arrival').map((work) => (work as Arrival).id))
  const arrivals = await inGroups([...ids], async (id) => {
    if (isArrival.has(id)) return id
    const drop = (await readDrop(deps, id))?.value
    // What has ended waits for CXI's counts only; there may be thousands of them.
    return drop && drop.state !== 'finished' ? drop.arrival : undefined
  })
  return [...new Set(arrivals.filter((id) => id !== undefined))]
}

async function linesOf(deps: ImportDeps, arrivals: string[]): Promise<StatusLine[]> {
  const lines = await inGroups(arrivals, (id) => lineOf(deps, id))
  return lines.filter((line) => line !== undefined)
}

async function inGroups<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let from = 0; from < items.length; from += AT_ONCE) {
    done.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))))
  }
  return done
}

const ENDS = new Set(['imported', 'partial', 'rejected', 'duplicate', 'undone'])
const isEnded = (state: string) => ENDS.has(state)
const dropIdIn = (work: Drop | Part) => (work.kind === 'drop' ? work.id : work.drop)

async function recentArrivals(deps: ImportDeps, limit: number): Promise<Stamp[]> {
  const now = deps.clock.now()
  const days = [now, now - DAY_MS].map((ms) => new Date(ms).toISOString().slice(0, 10))
  const stamps: LedgerRecord<Stamp>[] = []
  for (const source of ['', ...Object.keys(deps.relay.sources)]) {
    for (const day of days) stamps.push(...(await deps.ledger.list<Stamp>(dayGroup(source, day))))
  }
  stamps.sort((a, b) => (a.id < b.id ? 1 : -1))
  return stamps.slice(0, limit).map(({ value }) => value)
}

async function lineOf(deps: ImportDeps, arrivalId: string): Promise<StatusLine | undefined> {
  const arrival = await readArrival(deps, arrivalId)
  if (!arrival) return undefined
  const { object, source, firstSeenMs, state, end, error, drop: dropId } = arrival.value
  const drop = dropId === null ? undefined : await readDrop(deps, dropId)
  const own = drop?.value.arrival === arrivalId ? drop : undefined
  const parts = own ? await readParts(deps, own.value) : []
  const waits = [arrival, ...(own ? [own] : []), ...parts].filter(
    ({ value, dueAtMs }) => value.note && dueAtMs !== null,
  )
  const waiting = waits[0]
  return {
    id: dropId,
    arrival: arrivalId,
    drop: object.key,
    source,
    // An undo begins when the file has come to an end before.
    state: own?.value.state === 'undoing' ? 'undoing' : (end ?? (own ? own.value.state : state)),
    parts: own
      ? { described: parts.filter(({ value }) => value.describedAtMs !== null).length, of: own.value.parts.length }
      : null,
    rows: own?.value.counts.read ?? null,
    error,
    waiting: waiting?.value.note
      ? { ...waiting.value.note, until: waiting.dueAtMs === null ? null : new Date(waiting.dueAtMs).toISOString() }
      : null,
    started_at: new Date(firstSeenMs).toISOString(),
    receipt: receiptKey(object, firstSeenMs),
  }
}

/**
 * What a person means by a drop's id (eight digits of it or more), an arrival's id, a receipt's path or a dropped file's key (then: the newest).
 * Throws RelayErrors `not_found` and `id_ambiguous`.
 */
export async function identify(deps: ImportDeps, what: string): Promise<{ drop: string | null; arrival: string }> {
  const byDrop = await readDrop(deps, what)
  if (byDrop) return { drop: what, arrival: byDrop.value.arrival }
  const byArrival = await readArrival(deps, what)
  if (byArrival) return { drop: byArrival.value.drop, arrival: what }
  const begun = /^[0-9a-f]{8,64}$/i.test(what) ? await idsBeginning(deps, what.toLowerCase()) : []
  if (begun.length > 1) {
    const ids = begun.map(({ id }) => id.slice(0, what.length + 4)).join(', ')
    throw new RelayError('id_ambiguous', `Several drops have ids that begin with "${what}": ${ids}. Give more digits.`)
  }
  const [only] = begun
  const byDigits = only && (await readDrop(deps, only.id))
  if (byDigits) return { drop: byDigits.value.id, arrival: byDigits.value.arrival }
  if (only?.arrival) return { drop: only.id, arrival: only.arrival }
  const path = what.replaceAll('\\', '/').replace(/^.*?(?=(receipts|inbox)\/)/, '')
  const isDropped = path.startsWith('inbox/')
  // What is on its way has no receipt yet, and is newer than what has one.
  const open = isDropped ? await newestOpen(deps, path) : undefined
  if (open) return { drop: open.drop, arrival: open.id }
  const key = isDropped ? await newestReceipt(deps, path) : path
  if (key?.startsWith('receipts/')) {
    const receipt = await readReceipt(deps, key)
    if (receipt) return { drop: receipt.id, arrival: receipt.arrival }
  }
  throw new RelayError(
    'not_found',
    `Nothing is known of "${what}". Give the id of a receipt, the path of a receipt, or the key of a dropped file (inbox/<source>/<name>); "status" lists them.`,
  )
}

async function newestOpen(deps: ImportDeps, key: string): Promise<Arrival | undefined> {
  const arrivals = await inGroups(await openArrivals(deps), (id) => readArrival(deps, id))
  return arrivals
    .flatMap((record) => (record?.value.object.key === key ? [record.value] : []))
    .sort((a, b) => b.firstSeenMs - a.firstSeenMs)[0]
}

/** Of this file, not of one whose name goes on after it (`oct.csv` and `oct.csv.gz`) or begins with as many bytes. */
async function newestReceipt(deps: ImportDeps, key: string): Promise<string | undefined> {
  const begin = namePrefix('receipts', key)
  const keys: string[] = []
  for await (const found of deps.objects.list(begin)) {
    if (STAMPED.test(found.key.slice(begin.length))) keys.push(found.key)
  }
  for (const found of keys.reverse()) if ((await readReceipt(deps, found))?.drop === key) return found
  return undefined
}

const STAMPED = /^\d{8}T\d{9}Z-[0-9a-f]{4}\.json$/

async function readReceipt(deps: ImportDeps, key: string): Promise<Receipt | undefined> {
  try {
    const chunks: Uint8Array[] = []
    for await (const chunk of deps.objects.read(key)) chunks.push(chunk)
    return JSON.parse(Buffer.concat(chunks).toString()) as Receipt
  } catch (error) {
    if (error instanceof RelayError && error.code === 'object_missing') return undefined
    throw error
  }
}
