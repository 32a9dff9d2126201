import { hash } from 'node:crypto'

/** At most 32 MB of memory. A longer file's later rows are compared with its first two million. */
const MOST_IDS = 2_000_000
const FIRST_SLOTS = 4096

/** Which response ids a file has had, as 64 bits of each one's hash. */
export class SeenIds {
  /** Two words for each slot, at most half of the slots in use; 0 where there is none. */
  #slots = new Uint32Array(2 * FIRST_SLOTS)
  #count = 0
  readonly #mostIds: number

  constructor(mostIds = MOST_IDS) {
    this.#mostIds = mostIds
  }

  has(id: string): boolean {
    if (this.#count === 0) return false
    const [high, low] = wordsOf(id)
    return this.#slots[placeOf(this.#slots, high, low)] !== 0
  }

  add(id: string): void {
    if (this.#count >= this.#mostIds) return
    const [high, low] = wordsOf(id)
    if (4 * (this.#count + 1) > this.#slots.length) this.#grow()
    const place = placeOf(this.#slots, high, low)
    if (this.#slots[place] !== 0) return
    put(this.#slots, place, high, low)
    this.#count += 1
  }

  #grow(): void {
    const old = this.#slots
    const larger = new Uint32Array(2 * old.length)
    for (let at = 0; at < old.length; at += 2) {
      const [high, low] = [old[at] as number, old[at + 1] as number]
      if (high !== 0) put(larger, placeOf(larger, high, low), high, low)
    }
    this.#slots = larger
  }
}

function wordsOf(id: string): [high: number, low: number] {
  const digest = hash('sha256', id, 'buffer')
  // No id has 0 as its first word, which marks a slot that is free.
  return [digest.readUInt32LE(0) || 1, digest.readUInt32LE(4)]
}

/** Where these words stand, or else the free slot where they belong. */
function placeOf(slots: Uint32Array, high: number, low: number): number {
  const mask = slots.length / 2 - 1
  let slot = low & mask
  while (slots[2 * slot] !== 0 && (slots[2 * slot] !== high || slots[2 * slot + 1] !== low)) slot = (slot + 1) & mask
  return 2 * slot
}

function put(slots: Uint32Array, place: number, high: number, low: number): void {
  slots[place] = high
  slots[place + 1] = low
}
