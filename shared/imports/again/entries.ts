import { ENTRY_WORDS } from '../../feedback/row-digests.ts'

/** Rows by their digests, ENTRY_WORDS words each: digest (two), which earlier drop sent it (0: this one), and its row there. */
export type Entries = Uint32Array<ArrayBuffer>

const WORD_BYTES = 4
const ENTRY_BYTES = ENTRY_WORDS * WORD_BYTES
const CHUNK_BYTES = ENTRY_BYTES * 2048
/** Digits of the radix sort, over an entry's first word. */
const RADIX_BITS = 11
const RADIX = 1 << RADIX_BITS

/** Sorted by all words, the digest first. Digests are spread evenly, so their first word nearly always decides. */
export function sorted(entries: Entries): Entries {
  return new EntrySort().sorted(entries)
}

/** Sorts again and again in the same memory. */
export class EntrySort {
  #orders: [Uint32Array, Uint32Array] = [new Uint32Array(0), new Uint32Array(0)]
  #result = new Uint32Array(0)

  /** Sorted as above; good until the next is sorted. */
  sorted(entries: Entries): Entries {
    const count = entries.length / ENTRY_WORDS
    if (this.#result.length < entries.length) {
      this.#orders = [new Uint32Array(count), new Uint32Array(count)]
      this.#result = new Uint32Array(entries.length)
    }
    const order = inOrder(entries, this.#orders[0].subarray(0, count), this.#orders[1].subarray(0, count))
    const result = this.#result.subarray(0, entries.length)
    for (let i = 0; i < count; i++) {
      const from = ENTRY_WORDS * (order[i] as number)
      const to = ENTRY_WORDS * i
      result[to] = entries[from] as number
      result[to + 1] = entries[from + 1] as number
      result[to + 2] = entries[from + 2] as number
      result[to + 3] = entries[from + 3] as number
    }
    return result
  }
}

/** The places of entries in their order, by a radix sort over the first word. */
function inOrder(entries: Entries, first: Uint32Array, second: Uint32Array): Uint32Array {
  const count = first.length
  let [order, next] = [first, second]
  for (let i = 0; i < count; i++) order[i] = i
  for (let shift = 0; shift < 32; shift += RADIX_BITS) {
    const starts = new Uint32Array(RADIX + 1)
    const digit = (i: number) => ((entries[ENTRY_WORDS * i] as number) >>> shift) & (RADIX - 1)
    for (let i = 0; i < count; i++) starts[digit(i) + 1] = (starts[digit(i) + 1] as number) + 1
    for (let i = 1; i <= RADIX; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number)
    for (const i of order) {
      const to = starts[digit(i)] as number
      starts[digit(i)] = to + 1
      next[to] = i
    }
    ;[order, next] = [next, order]
  }
  sortTies(entries, order)
  return order
}

/** Entries that have their first word in common: equal rows, nearly always. */
function sortTies(entries: Entries, order: Uint32Array): void {
  const first = (i: number) => entries[ENTRY_WORDS * (order[i] as number)]
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && first(to) === first(from)) to++
    if (to - from > 1) order.subarray(from, to).sort((a, b) => compared(entries, a, entries, b))
    from = to
  }
}

function compared(a: Entries, i: number, b: Entries, j: number): number {
  for (let word = 0; word < ENTRY_WORDS; word++) {
    const difference = (a[ENTRY_WORDS * i + word] as number) - (b[ENTRY_WORDS * j + word] as number)
    if (difference !== 0) return difference
  }
  return 0
}

/** Goes through sorted entries of any number, one after another, of which a few thousand are in memory. */
export class EntryCursor {
  /** The entry at which it stands; meaningless before the first `next` and after the last. */
  hi = 0
  lo = 0
  owner = 0
  row = 0
  isEnded = false
  #chunk: Entries = new Uint32Array(0)
  #at = 0
  readonly #chunks: AsyncIterator<Entries>

  constructor(chunks: AsyncIterable<Entries>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Goes on to the next entry; only at the end of a chunk there is something to wait for. */
  next(): Promise<void> | undefined {
    if (this.#at >= this.#chunk.length) return this.#refill()
    this.#take()
    return undefined
  }

  /** Less than 0 where this one's digest comes before the other's; an ended cursor comes last. */
  compare(other: EntryCursor): number {
    if (this.isEnded || other.isEnded) return Number(this.isEnded) - Number(other.isEnded)
    return this.hi - other.hi || this.lo - other.lo
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  #take(): void {
    const chunk = this.#chunk
    this.hi = chunk[this.#at] as number
    this.lo = chunk[this.#at + 1] as number
    this.owner = chunk[this.#at + 2] as number
    this.row = chunk[this.#at + 3] as number
    this.#at += ENTRY_WORDS
  }

  async #refill(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#chunks.next()
      if (done) {
        this.isEnded = true
        return
      }
      if (value.length === 0) continue
      this.#chunk = value
      this.#at = 0
      return this.#take()
    }
  }
}

export async function* inMemory(entries: Entries): AsyncGenerator<Entries> {
  yield entries
}

/** The entries of a stored object's bytes, in the same memory again and again. */
export async function* fromBytes(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Entries> {
  const held = new Uint8Array(CHUNK_BYTES)
  let used = 0
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + CHUNK_BYTES - used)
      held.set(part, used)
      at += part.length
      used += part.length
      const whole = used - (used % ENTRY_BYTES)
      yield new Uint32Array(held.buffer, 0, whole / WORD_BYTES)
      held.copyWithin(0, whole, used)
      used -= whole
    }
  }
}

export const bytesOf = (entries: Entries) => new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength)
