/**
 * The body of one request, and whether any of it was handed to a connection. undici asks for the first piece when
 * the connection is open, and writes the head of the request only together with it: so `beforeSend` runs on an open
 * connection, before the first byte.
 */
export class Sending {
  /** Whether the server may have seen the request. */
  handed = false
  /** What `beforeSend` threw. */
  refusal: { error: unknown } | undefined
  readonly #chunks: readonly Uint8Array[]
  readonly #beforeSend: (() => Promise<void>) | undefined
  #begun = false
  #over = false
  #asking: Promise<void> = Promise.resolve()

  constructor(chunks: readonly Uint8Array[], beforeSend?: () => Promise<void>) {
    this.#chunks = chunks
    this.#beforeSend = beforeSend
  }

  /** No byte will be handed over from now on; resolves when a `beforeSend` that is still running has ended. */
  close(): Promise<void> {
    this.#over = true
    return this.#asking
  }

  /** For a request without a body, whose head is written as soon as it starts. */
  started(): void {
    if (this.#chunks.length === 0) this.handed = true
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    // The HTTP client never sends a body twice; if it tried, the import would be doubled.
    if (this.#begun) throw new Error('A request body can be sent only once.')
    this.#begun = true
    if (this.#beforeSend) await this.#ask(this.#beforeSend)
    if (this.#over) throw new Error('The request was given up before it was sent.')
    this.handed = true
    yield* this.#chunks
  }

  async #ask(beforeSend: () => Promise<void>): Promise<void> {
    const asking = beforeSend()
    this.#asking = asking.catch(() => {})
    try {
      await asking
    } catch (error) {
      this.refusal = { error }
      throw error
    }
  }
}
