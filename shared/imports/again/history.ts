import type { LedgerRecord } from '../../ports.ts'
import type { ImportDeps } from '../deps.ts'
import { isLettingGo } from '../row-claims.ts'
import { readArrival, readDrop, readParts } from '../store-access.ts'
import { RowSet } from './row-set.ts'
import type { Sketch } from './sketch.ts'

/** Drops that are remembered for a source, of each order of magnitude in rows, so that small ones don't crowd out large ones. */
const REMEMBERED = 25

/** A cut drop of a source, as those that come after it find it. */
export interface Remembered extends Sketch {
  kind: 'rows'
  arrival: string
  drop: string
  cutId: string
  /** Base64 of its entries, where they are few; else they are the object `rowsKey`. */
  entries: string | null
  rowsKey: string | null
  /** Whether its attempt has ended without a result. */
  isWithdrawn: boolean
}

export const rowsKeyOf = (cutId: string) => `rows/${cutId}/all`
export const sentRowsKeyOf = (cutId: string) => `rows/${cutId}/with-senders`
export const ownersKey = (cutId: string) => `rows/${cutId}/owners.json`
export const knownKey = (cutId: string) => `rows/${cutId}/known`

/** The rows of a cut that were sent before. Throws RelayError `object_missing` where they are forgotten. */
export async function readKnown(deps: ImportDeps, cutId: string): Promise<RowSet> {
  const chunks: Uint8Array[] = []
  for await (const chunk of deps.objects.read(knownKey(cutId))) chunks.push(chunk)
  return new RowSet(Buffer.concat(chunks))
}

/** Everything that was cut for a source and account, in the order of its numbers. */
const historyGroup = (identity: string, source: string) => `rows#${identity}#${source}`
const numbered = (n: number) => String(n).padStart(12, '0')

/** A drop's place in its source's history: whoever comes later sees it, and waits while it is undecided. */
export interface Place {
  record: LedgerRecord<Remembered>
  /** Those before it, the newest first. */
  earlier: LedgerRecord<Remembered>[]
}

/** Takes the next place. Of two that come at once, one is before the other, and only the other waits. */
export async function takePlace(
  deps: ImportDeps,
  scope: { identity: string; source: string },
  value: Remembered,
): Promise<Place> {
  const group = historyGroup(scope.identity, scope.source)
  for (;;) {
    const listed = await deps.ledger.list<Remembered>(group)
    let number = Number(listed.at(-1)?.id ?? 0) + 1
    let record = await deps.ledger.create({ group, id: numbered(number), value })
    while (!record) {
      const taken = await deps.ledger.get<Remembered>(group, numbered(number))
      if (taken) listed.push(taken)
      record = await deps.ledger.create({ group, id: numbered(++number), value })
    }
    // Were it taken, the list was so old that others may have come and gone since.
    if (!(await deps.ledger.get(group, numbered(number + 1)))) return { record, earlier: listed.reverse() }
    await withdraw(deps, record)
  }
}

/** The attempt ended without a result; the record stays, so that its number isn't given again. */
export async function withdraw(deps: ImportDeps, record: LedgerRecord<Remembered>): Promise<void> {
  await deps.ledger.update(record, {
    value: { ...record.value, digests: '', entries: null, rowsKey: null, isWithdrawn: true },
  })
}

/** Forgets what is too long ago; its rows with it. */
export async function forgetOldest(deps: ImportDeps, { earlier, record }: Place): Promise<void> {
  const kept = new Map<number, number>([[magnitude(record.value), 1]])
  for (const old of earlier) {
    const count = (kept.get(magnitude(old.value)) ?? 0) + 1
    if (!old.value.isWithdrawn && count <= REMEMBERED) {
      kept.set(magnitude(old.value), count)
      continue
    }
    if (old.value.entries === null) await deleteRows(deps, old.value.cutId)
    await deps.ledger.remove(old)
  }
}

const magnitude = ({ rows }: Sketch) => String(rows).length

export async function deleteRows(deps: ImportDeps, cutId: string): Promise<void> {
  for await (const { key } of deps.objects.list(`rows/${cutId}/`)) await deps.objects.delete(key)
}

/**
 * Whether a remembered drop is in CXI or on its way there, 'undecided' while its attempt is under way (or is to be
 * taken up again), 'gone' where nothing came of it or it was taken back.
 */
export async function fateOf(
  deps: ImportDeps,
  { arrival, drop, cutId }: Remembered,
): Promise<'live' | 'undecided' | 'gone'> {
  // In this order: between the two, an undecided one can only become decided.
  const attempt = await readArrival(deps, arrival)
  const record = await readDrop(deps, drop)
  if (record?.value.cutId === cutId) return isLettingGo(record.value) ? 'gone' : 'live'
  return attempt?.value.state === 'received' && attempt.value.cuts.at(-1) === cutId ? 'undecided' : 'gone'
}

const GONE: ReadonlySet<string> = new Set(['refused', 'withdrawn', 'deleted'])

/** Tells which spreadsheet rows of a drop are in CXI, or will be, or stand where its owner was told to look. */
export async function liveRows(
  deps: ImportDeps,
  owner: { drop: string; cutId: string },
): Promise<(row: number) => boolean> {
  const record = await readDrop(deps, owner.drop)
  if (record?.value.cutId !== owner.cutId || isLettingGo(record.value)) return () => false
  const gone = (await readParts(deps, record.value)).filter(({ value }) => GONE.has(value.state))
  if (gone.length === 0) return () => true
  const numbers = new Set(gone.map(({ value }) => value.part))
  const ranges = record.value.parts.filter(({ part }) => numbers.has(part))
  return (row) => !ranges.some(({ firstRow, lastRow }) => row >= firstRow && row <= lastRow)
}
