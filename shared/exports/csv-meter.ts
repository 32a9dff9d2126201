import { createHash } from 'node:crypto'
import { CR, LF, QUOTE } from '../feedback/bytes.ts'

/** Counts a CSV while it passes: rows without the header, bytes, SHA-256. Empty lines are no rows. */
export class CsvMeter {
  bytes = 0
  #records = 0
  #isQuoted = false
  #hasContent = false
  readonly #hash = createHash('sha256')

  /** Records that have ended, but for the header. */
  get rows(): number {
    return Math.max(0, this.#records - 1)
  }

  push(chunk: Uint8Array): void {
    this.bytes += chunk.length
    this.#hash.update(chunk)
    let isQuoted = this.#isQuoted
    let hasContent = this.#hasContent
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]
      if (byte === QUOTE) {
        isQuoted = !isQuoted
        hasContent = true
      } else if (isQuoted || (byte !== LF && byte !== CR)) {
        hasContent = true
      } else if (hasContent) {
        this.#records += 1
        hasContent = false
      }
    }
    this.#isQuoted = isQuoted
    this.#hasContent = hasContent
  }

  /** Counts the last record, which may have no line end, and answers the hash in lower-case hex. */
  end(): string {
    if (this.#hasContent) this.#records += 1
    this.#hasContent = false
    return this.#hash.digest('hex')
  }
}

/** The same bytes, counted as they pass. */
export async function* metered(
  bytes: AsyncIterable<Uint8Array>,
  meter: CsvMeter,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    meter.push(chunk)
    onBytes?.(meter.bytes)
    yield chunk
  }
}
