import { RelayError } from '../../errors.ts'
import { CLAIMED } from '../../feedback/row-digests.ts'
import type { ImportDeps } from '../deps.ts'
import { receiptKey } from '../paths.ts'
import { readDrop } from '../store-access.ts'
import { compare, isAgain } from './compare.ts'
import { bytesOf, type Entries, type EntryCursor } from './entries.ts'
import {
  fateOf,
  forgetOldest,
  knownKey,
  liveRows,
  ownersKey,
  type Place,
  type Remembered,
  rowsKeyOf,
  sentRowsKeyOf,
  takePlace,
  withdraw,
} from './history.ts'
import { RowSet } from './row-set.ts'
import { RowSorter, type SortedRows } from './row-sorter.ts'
import { openRemembered, rowOf, sentBefore, withSenders } from './sent-rows.ts'
import { findSketches, judged, numberOf, type SketchHits, sketchOf } from './sketch.ts'

/** Entries that are kept in the ledger; of more rows, in an object. */
const FEW_ENTRIES = 128
/** Earlier drops that are looked through although their sketch doesn't tell whether it is worth it. */
const MOST_UNCLEAR = 8

/** A file that is an earlier one again. */
export interface Again {
  /** Receipt of the earlier drop with which it shares the most. */
  key: string
  /** Its rows that were sent before. */
  known: RowSet
}

export interface DropRowsOptions {
  identity: string
  source: string
  arrival: string
  cutId: string
  /** Whether rows with an id are decided by that alone. */
  isClaimed: boolean
}

/** An earlier drop whose file this is again, and how many rows they share. */
interface Match {
  value: Remembered
  shared: number
}

/** The rows of one cut: gathered while its file is read, compared with those of earlier drops, and kept for later ones. */
export class DropRows {
  /** Of the rows' digests. */
  readonly key: Uint8Array
  readonly #deps: ImportDeps
  readonly #options: DropRowsOptions
  #sorter: RowSorter
  #place: Place | undefined

  constructor(deps: ImportDeps, key: Uint8Array, options: DropRowsOptions) {
    this.#deps = deps
    this.key = key
    this.#options = options
    this.#sorter = this.#newSorter('run')
  }

  /** Forgets what was gathered: the file is read from its beginning. */
  async begin(): Promise<void> {
    await this.#sorter.discard()
    this.#sorter = this.#newSorter('run')
  }

  add(entries: Entries): Promise<void> {
    return this.#sorter.add(entries)
  }

  /**
   * Once the file is read: takes its place in the source's history and looks for earlier drops of which it is the file
   * again. Throws a retryable RelayError `rows_undecided` where one of them is just being read.
   */
  async recognise(drop: string): Promise<Again | null> {
    const rows = await this.#sorter.finish()
    const { arrival, cutId } = this.#options
    const isFew = rows.entries !== null && rows.count <= FEW_ENTRIES
    const entries = isFew ? Buffer.from(bytesOf(rows.entries as Entries)).toString('base64') : null
    const rowsKey = isFew ? null : (rows.key ?? rowsKeyOf(cutId))
    const kept = { ...(await sketchOf(rows)), entries, rowsKey }
    const value = { kind: 'rows' as const, arrival, drop, cutId, ...kept, isWithdrawn: false }
    this.#place = await takePlace(this.#deps, this.#options, value)
    const matches = await this.#matches(rows, this.#place, drop)
    const again = matches.length === 0 ? null : await this.#keepAgain(rows, matches)
    if (again) {
      const marked = { ...value, entries: null, rowsKey: sentRowsKeyOf(cutId) }
      await this.#deps.ledger.update(this.#place.record, { value: marked })
    } else if (rowsKey !== null && rows.entries) await this.#deps.objects.create(rowsKey, bytesOf(rows.entries))
    await this.#sorter.discard(again ? null : rows.key)
    await forgetOldest(this.#deps, this.#place)
    return again
  }

  /** The attempt is given up: nobody need wait for it. */
  async giveUp(): Promise<void> {
    if (this.#place) await withdraw(this.#deps, this.#place.record)
  }

  #newSorter(name: string): RowSorter {
    return new RowSorter(this.#deps.objects, `rows/${this.#options.cutId}/${name}`)
  }

  async #matches(rows: SortedRows, { earlier }: Place, drop: string): Promise<Match[]> {
    const others = earlier
      .map(({ value }) => value)
      .filter((value) => !value.isWithdrawn && value.drop !== drop && value.arrival !== this.#options.arrival)
    if (others.length === 0 || rows.count === 0) return []
    const found = await findSketches(rows, others)
    const uncovered = new Set(found.flatMap(({ hits }) => hits))
    const matches: Match[] = []
    let unclear = 0
    for (const [at, value] of others.entries()) {
      const hits = found[at] as SketchHits
      const verdict = judged(hits, value, rows.count)
      if (verdict === 'no' || (verdict === 'unclear' && ++unclear > MOST_UNCLEAR)) continue
      // What it has in common with this file, later drops that are matched already have too.
      if (matches.length > 0 && !hits.hits.some((hit) => uncovered.has(hit))) continue
      const shared = await this.#sharedWith(rows, value)
      if (shared === 0) continue
      matches.push({ value, shared })
      await this.#cover(value, uncovered)
    }
    return matches
  }

  /** Takes the rows of a matched drop out of what is still to be found. */
  async #cover(value: Remembered, uncovered: Set<number>): Promise<void> {
    const cursor = openRemembered(this.#deps, value)
    for (let wait = cursor.next(); ; wait = cursor.next()) {
      if (wait) await wait
      if (cursor.isEnded) return
      uncovered.delete(numberOf(cursor.hi, cursor.lo))
    }
  }

  /** How many rows it shares with an earlier drop whose file it is again; 0 where it is not. */
  async #sharedWith(rows: SortedRows, value: Remembered): Promise<number> {
    const fate = await fateOf(this.#deps, value)
    if (fate === 'gone') return 0
    if (fate === 'undecided') throw undecided()
    const isLive = await liveRows(this.#deps, value)
    const isThere = (entry: EntryCursor) => this.#counts(entry) && (entry.owner > 0 || isLive(rowOf(entry)))
    try {
      const comparison = await compare(rows.open(), openRemembered(this.#deps, value), isThere)
      return isAgain(comparison) ? comparison.both.telling + comparison.both.bare : 0
    } catch (error) {
      // Forgotten meanwhile, for being too long ago.
      if (error instanceof RelayError && error.code === 'object_missing') return 0
      throw error
    }
  }

  /** Where this file's rows are decided by their id, so were those of earlier files that had one. */
  #counts({ row }: EntryCursor): boolean {
    return !this.#options.isClaimed || (row & CLAIMED) === 0
  }

  /** Writes down which rows were sent before and by whom, for this drop's second reading and for later drops. */
  async #keepAgain(rows: SortedRows, matches: Match[]): Promise<Again | null> {
    const { objects } = this.#deps
    const { cutId } = this.#options
    const sorter = this.#newSorter('sent')
    const earlier = matches.map(({ value }) => value)
    const { sent, owners } = await sentBefore(this.#deps, rows, earlier, (entry) => this.#counts(entry), sorter)
    const known = new RowSet()
    await objects.create(sentRowsKeyOf(cutId), withSenders(rows, sent, known))
    await objects.create(knownKey(cutId), known.bytes)
    await objects.create(ownersKey(cutId), Buffer.from(JSON.stringify(owners)))
    await sorter.discard()
    if (known.count === 0) return null
    const { value } = matches.reduce((most, match) => (match.shared > most.shared ? match : most))
    const drop = await readDrop(this.#deps, value.drop)
    const key = drop ? receiptKey(drop.value.object, drop.value.firstSeenMs) : value.drop
    return { key, known }
  }
}

const undecided = () =>
  new RelayError('rows_undecided', 'Another file with many of the same rows is just being read; it waits for that.', {
    retryable: true,
  })
