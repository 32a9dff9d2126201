import { Buffer } from 'node:buffer'

const SCANNER_BYTES = 4

/**
 * Bytes that were read but not yet cut, in one buffer that is used again and again, so that memory stays flat.
 * Four bytes from `bytes[end]` on belong to the record scanner: for its sentinel, and for looking at four at once.
 */
export class ByteWindow {
  bytes: Buffer
  /** First byte that is not consumed yet. */
  start = 0
  end = 0

  constructor(capacity = 128 * 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
  }

  get length(): number {
    return this.end - this.start
  }

  clear(): void {
    this.start = 0
    this.end = 0
  }

  /** Copies `chunk` behind what is held; positions taken before are void afterwards. */
  append(chunk: Uint8Array): void {
    const needed = this.length + chunk.length + SCANNER_BYTES
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length))
      this.bytes.copy(larger, 0, this.start, this.end)
      this.bytes = larger
      this.end -= this.start
      this.start = 0
    } else if (this.end + chunk.length + SCANNER_BYTES > this.bytes.length) {
      this.bytes.copyWithin(0, this.start, this.end)
      this.end -= this.start
      this.start = 0
    }
    this.bytes.set(chunk, this.end)
    this.end += chunk.length
  }
}
