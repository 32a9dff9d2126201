/** A set of spreadsheet rows, one bit each. */
export class RowSet {
  #bits: Uint8Array<ArrayBufferLike>
  count = 0

  constructor(bits: Uint8Array<ArrayBufferLike> = new Uint8Array(1024)) {
    this.#bits = bits
  }

  add(row: number): void {
    const at = row >>> 3
    if (at >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bits.length, at + 1))
      larger.set(this.#bits)
      this.#bits = larger
    }
    if (this.has(row)) return
    this.#bits[at] = (this.#bits[at] as number) | (1 << (row & 7))
    this.count += 1
  }

  has(row: number): boolean {
    return (((this.#bits[row >>> 3] ?? 0) >>> (row & 7)) & 1) === 1
  }

  get bytes(): Uint8Array {
    return this.#bits.subarray(0, this.#bits.findLastIndex((byte) => byte !== 0) + 1)
  }
}
