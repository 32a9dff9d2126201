/** What a row is, besides its bytes, for those who compare rows with those of other files. */
export const MARK_BARE = 1
/** Some cell of it is quoted and need not be: spreadsheets take such quotes away. */
export const MARK_REQUOTED = 2
/** It is known by an id of its own, which was claimed. */
export const MARK_CLAIMED = 4

/** Where the rows of the part that is being filled begin, and what they are. */
export class RowMarks {
  count = 0
  offsets = new Uint32Array(1024)
  rows = new Uint32Array(1024)
  kinds = new Uint8Array(1024)

  add(offset: number, row: number, kind: number): void {
    if (this.count === this.offsets.length) this.#grow()
    this.offsets[this.count] = offset
    this.rows[this.count] = row
    this.kinds[this.count] = kind
    this.count += 1
  }

  clear(): void {
    this.count = 0
  }

  #grow(): void {
    const longer = <T extends Uint32Array | Uint8Array>(array: T, made: T): T => {
      made.set(array)
      return made
    }
    const length = 2 * this.count
    this.offsets = longer(this.offsets, new Uint32Array(length))
    this.rows = longer(this.rows, new Uint32Array(length))
    this.kinds = longer(this.kinds, new Uint8Array(length))
  }
}
