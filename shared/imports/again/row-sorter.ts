import { BARE, ENTRY_WORDS } from '../../feedback/row-digests.ts'
import type { ObjectStore } from '../../ports.ts'
import { bytesOf, type Entries, EntryCursor, EntrySort, fromBytes, inMemory, sorted } from './entries.ts'

/** Entries that are sorted in memory: four megabytes, and as much again while they are sorted. */
const RUN_ENTRIES = 256 * 1024
const FIRST_ENTRIES = 4096
/** Sorted runs that are merged at once: each takes a connection and a buffer. */
const MAX_RUNS = 8
const BATCH_ENTRIES = 4096

/** Entries in the order of their digests, to be gone through as often as one likes. */
export interface SortedRows {
  count: number
  /** How many of them are bare. */
  bare: number
  /** All of them, where they are few enough to be in memory; else they are the object `key`. */
  entries: Entries | null
  key: string | null
  open(): EntryCursor
}

/** Sorts any number of entries; what doesn't fit into memory is kept in sorted runs `<key>.<n>`, and merged. */
export class RowSorter {
  #entries = new Uint32Array(ENTRY_WORDS * FIRST_ENTRIES)
  #used = 0
  #count = 0
  #bare = 0
  readonly #sort = new EntrySort()
  #runs: string[] = []
  #named = 0
  readonly #objects: ObjectStore
  readonly #key: string
  readonly #runEntries: number

  constructor(objects: ObjectStore, key: string, runEntries = RUN_ENTRIES) {
    this.#objects = objects
    this.#key = key
    this.#runEntries = runEntries
  }

  async add(entries: Entries): Promise<void> {
    const most = ENTRY_WORDS * this.#runEntries
    for (let at = 0; at < entries.length; ) {
      const part = entries.subarray(at, at + most - this.#used)
      this.#append(part)
      at += part.length
      if (this.#used === most) await this.#spill()
    }
  }

  async finish(): Promise<SortedRows> {
    const [count, bare] = [this.#count, this.#bare]
    if (this.#runs.length === 0) {
      const entries = sorted(this.#entries.subarray(0, this.#used))
      this.#entries = new Uint32Array(0)
      return { count, bare, entries, key: null, open: () => new EntryCursor(inMemory(entries)) }
    }
    if (this.#used > 0) await this.#spill()
    this.#entries = new Uint32Array(0)
    while (this.#runs.length > 1) await this.#merge()
    const [key = ''] = this.#runs
    return { count, bare, entries: null, key, open: () => this.#open(key) }
  }

  /** Removes what was stored meanwhile, but for `kept`. */
  async discard(kept: string | null = null): Promise<void> {
    for (const key of this.#runs) if (key !== kept) await this.#objects.delete(key)
    this.#runs = []
  }

  #append(part: Entries): void {
    if (this.#used + part.length > this.#entries.length) {
      const most = ENTRY_WORDS * this.#runEntries
      const larger = new Uint32Array(Math.min(most, Math.max(2 * this.#entries.length, this.#used + part.length)))
      larger.set(this.#entries.subarray(0, this.#used))
      this.#entries = larger
    }
    this.#entries.set(part, this.#used)
    this.#used += part.length
    this.#count += part.length / ENTRY_WORDS
    for (let at = 1; at < part.length; at += ENTRY_WORDS) this.#bare += (part[at] as number) & BARE
  }

  async #spill(): Promise<void> {
    await this.#objects.put(this.#nextRun(), bytesOf(this.#sort.sorted(this.#entries.subarray(0, this.#used))))
    this.#used = 0
  }

  /** Makes one run of the oldest, and puts it behind the others, so that all have about the same length. */
  async #merge(): Promise<void> {
    const runs = this.#runs.splice(0, MAX_RUNS)
    await this.#objects.put(this.#nextRun(), merged(runs.map((key) => this.#open(key))))
    for (const key of runs) await this.#objects.delete(key)
  }

  #nextRun(): string {
    const key = `${this.#key}.${++this.#named}`
    this.#runs.push(key)
    return key
  }

  #open(key: string): EntryCursor {
    return new EntryCursor(fromBytes(this.#objects.read(key)))
  }
}

async function* merged(cursors: EntryCursor[]): AsyncGenerator<Uint8Array> {
  const batch = new EntryBatch()
  for (const cursor of cursors) await cursor.next()
  let open = cursors.filter(({ isEnded }) => !isEnded)
  while (open.length > 0) {
    let least = open[0] as EntryCursor
    for (const cursor of open) if (isBefore(cursor, least)) least = cursor
    if (batch.add(least.hi, least.lo, least.owner, least.row)) yield batch.take()
    const wait = least.next()
    if (!wait) continue
    await wait
    if (least.isEnded) open = open.filter((cursor) => cursor !== least)
  }
  yield batch.take()
}

const isBefore = (a: EntryCursor, b: EntryCursor) =>
  (a.hi - b.hi || a.lo - b.lo || a.owner - b.owner || a.row - b.row) < 0

/** Collects entries to be stored some thousand at once. */
export class EntryBatch {
  #entries: Entries = new Uint32Array(ENTRY_WORDS * BATCH_ENTRIES)
  #used = 0

  /** Answers whether it is full: then `take`. */
  add(hi: number, lo: number, owner: number, row: number): boolean {
    this.#entries[this.#used] = hi
    this.#entries[this.#used + 1] = lo
    this.#entries[this.#used + 2] = owner
    this.#entries[this.#used + 3] = row
    this.#used += ENTRY_WORDS
    return this.#used === this.#entries.length
  }

  takeEntries(): Entries {
    const taken = this.#entries.slice(0, this.#used)
    this.#used = 0
    return taken
  }

  take(): Uint8Array {
    return bytesOf(this.takeEntries())
  }
}
