import { RelayError } from '../../errors.ts'
import { CLAIMED } from '../../feedback/row-digests.ts'
import type { ImportDeps } from '../deps.ts'
import { EntryCursor, fromBytes, inMemory } from './entries.ts'
import { liveRows, ownersKey, type Remembered } from './history.ts'
import type { RowSet } from './row-set.ts'
import { EntryBatch, type RowSorter, type SortedRows } from './row-sorter.ts'

/** Which cut sent a row. */
export interface Owner {
  drop: string
  cutId: string
}

/** The spreadsheet row of an entry. */
export const rowOf = ({ row }: EntryCursor) => (row & ~CLAIMED) >>> 0

export function openRemembered(deps: ImportDeps, { rowsKey, entries }: Remembered): EntryCursor {
  if (rowsKey !== null) return new EntryCursor(fromBytes(deps.objects.read(rowsKey)))
  return new EntryCursor(inMemory(new Uint32Array(new Uint8Array(Buffer.from(entries ?? '', 'base64')).buffer)))
}

/**
 * The rows of this file that earlier drops have sent: those drops themselves, or the ones whose files they were again.
 * Each bears the number of its sender, its place in `owners` from 1 on; entries that `counts` declines are passed over.
 */
export async function sentBefore(
  deps: ImportDeps,
  rows: SortedRows,
  earlier: Remembered[],
  counts: (entry: EntryCursor) => boolean,
  sorter: RowSorter,
): Promise<{ sent: SortedRows; owners: Owner[] }> {
  const owners: Owner[] = []
  const batch = new EntryBatch()
  for (const value of earlier) {
    const numbers = await ownersOf(deps, value, owners)
    const own = rows.open()
    const theirs = openRemembered(deps, value)
    await own.next()
    await theirs.next()
    while (!own.isEnded && !theirs.isEnded) {
      const order = own.compare(theirs)
      if (order === 0 && counts(theirs)) {
        const owner = numbers[theirs.owner]
        const row = rowOf(theirs)
        if (owner?.isLive(row) && batch.add(theirs.hi, theirs.lo, owner.number, row)) {
          await sorter.add(batch.takeEntries())
        }
      }
      const wait = order < 0 ? own.next() : theirs.next()
      if (wait) await wait
    }
    await own.close()
    await theirs.close()
  }
  await sorter.add(batch.takeEntries())
  return { sent: await sorter.finish(), owners }
}

/** By the numbers that a drop's entries bear (0: itself): the number in `owners`, and which of its rows are live. */
async function ownersOf(deps: ImportDeps, value: Remembered, owners: Owner[]) {
  const theirs: Owner[] = [{ drop: value.drop, cutId: value.cutId }, ...(await readOwners(deps, value))]
  return Promise.all(
    theirs.map(async ({ drop, cutId }) => {
      const known = owners.findIndex((owner) => owner.cutId === cutId)
      const number = known < 0 ? owners.push({ drop, cutId }) : known + 1
      return { number, isLive: await liveRows(deps, { drop, cutId }) }
    }),
  )
}

async function readOwners(deps: ImportDeps, { cutId, rowsKey }: Remembered): Promise<Owner[]> {
  if (rowsKey === null) return []
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of deps.objects.read(ownersKey(cutId))) chunks.push(chunk)
  } catch (error) {
    // Only a file that was an earlier one again has any.
    if (error instanceof RelayError && error.code === 'object_missing') return []
    throw error
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as Owner[]
}

/**
 * A file's entries as they are kept, each row that was sent before with its sender: of equal rows the first, as many as
 * were sent. Notes them in `known`.
 */
export async function* withSenders(rows: SortedRows, sent: SortedRows, known: RowSet): AsyncGenerator<Uint8Array> {
  const batch = new EntryBatch()
  const own = rows.open()
  const before = sent.open()
  await own.next()
  await nextSent(before)
  while (!own.isEnded) {
    while (before.compare(own) < 0) await nextSent(before)
    const isKnown = before.compare(own) === 0
    const [owner, row] = isKnown ? [before.owner, before.row] : [0, own.row]
    if (isKnown) {
      known.add(rowOf(own))
      await nextSent(before)
    }
    if (batch.add(own.hi, own.lo, owner, row)) yield batch.take()
    const wait = own.next()
    if (wait) await wait
  }
  await before.close()
  yield batch.take()
}

/** Goes on to the next row that was sent: one that several files have is one. */
async function nextSent(sent: EntryCursor): Promise<void> {
  const { hi, lo, owner, row } = sent
  do {
    const wait = sent.next()
    if (wait) await wait
  } while (!sent.isEnded && sent.hi === hi && sent.lo === lo && sent.owner === owner && sent.row === row)
}
