import { createHash } from 'node:crypto'

/** The raw bytes of a file: read one chunk at a time, counted and hashed. */
export class RawSource {
  bytes = 0
  /** Set when the source has ended. */
  sha256: string | null = null
  readonly #iterator: AsyncIterator<Uint8Array>
  readonly #signal: AbortSignal | undefined
  readonly #hash = createHash('sha256')
  /** Rejects the read that is under way. */
  #giveUp: (reason: unknown) => void = () => undefined
  #stopListening: () => void = () => undefined

  constructor(source: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    this.#iterator = source[Symbol.asyncIterator]()
    this.#signal = signal
    const abort = () => this.#giveUp(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    this.#stopListening = () => signal?.removeEventListener('abort', abort)
  }

  /** The next bytes; undefined at the end. Throws what the source throws, and the signal's reason. */
  async read(): Promise<Buffer | undefined> {
    this.#signal?.throwIfAborted()
    const { done, value } = await this.#next()
    if (done) {
      this.sha256 ??= this.#hash.digest('hex')
      return undefined
    }
    this.bytes += value.length
    this.#hash.update(value)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }

  /** Not a race with one promise for all reads: that promise would keep every chunk for as long as it is pending. */
  #next(): Promise<IteratorResult<Uint8Array>> {
    if (!this.#signal) return this.#iterator.next()
    return new Promise((resolve, reject) => {
      this.#giveUp = reject
      this.#iterator.next().then(resolve, reject)
    })
  }

  /** Lets the source go; a source that hangs is not waited for when the signal was raised. */
  async close(): Promise<void> {
    this.#stopListening()
    if (this.sha256 !== null) return
    const closed = Promise.resolve(this.#iterator.return?.()).catch(() => undefined)
    if (!this.#signal?.aborted) await closed
  }
}
