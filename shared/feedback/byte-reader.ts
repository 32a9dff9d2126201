import type { ByteSource } from './byte-source.ts'

/** Reads a source by counts of bytes, and takes back what was read too far. */
export class ByteReader implements ByteSource {
  /** Bytes given out and not taken back: the position in the source. */
  position = 0
  readonly #source: ByteSource
  #held: Buffer = Buffer.alloc(0)

  constructor(source: ByteSource) {
    this.#source = source
  }

  async read(): Promise<Buffer | undefined> {
    const held = this.#held
    this.#held = Buffer.alloc(0)
    const bytes = held.length > 0 ? held : await this.#source.read()
    this.position += bytes?.length ?? 0
    return bytes
  }

  /** Gives back the end of what was read last. */
  unread(bytes: Buffer): void {
    this.#held = joined(bytes, this.#held)
    this.position -= bytes.length
  }

  /** Up to `count` bytes, fewer only at the source's end, without moving on. */
  async peek(count: number): Promise<Buffer> {
    while (this.#held.length < count) {
      // Copied before reading on, since a source may use its buffer again.
      this.#held = Buffer.from(this.#held)
      const bytes = await this.#source.read()
      if (!bytes) break
      this.#held = Buffer.concat([this.#held, bytes])
    }
    return this.#held.subarray(0, count)
  }

  /** Exactly `count` bytes, or fewer at the source's end. */
  async take(count: number): Promise<Buffer> {
    const bytes = Buffer.from(await this.peek(count))
    this.#held = this.#held.subarray(bytes.length)
    this.position += bytes.length
    return bytes
  }
}

/** One behind the other; without a copy where they lie so already. */
function joined(first: Buffer, second: Buffer): Buffer {
  if (second.length === 0) return first
  const isNext = first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset
  if (!isNext) return Buffer.concat([first, second])
  return Buffer.from(first.buffer, first.byteOffset, first.length + second.length)
}
