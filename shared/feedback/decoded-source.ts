import { TextDecoder } from 'node:util'
import type { ByteSource } from './byte-source.ts'
import { type Encoding, encodingOf } from './encoding.ts'
import { refuseOtherKinds } from './file-kind.ts'
import type { UnpackedFile } from './unpacked.ts'

/** How much of a file is looked at to tell what it is; the same for chunks of any size. */
const HEAD_BYTES = 64 * 1024

/** The bytes of a file as UTF-8, byte order mark taken off. */
export class DecodedSource {
  readonly encoding: Encoding
  readonly #raw: ByteSource
  readonly #decoder: TextDecoder | undefined
  #head: Buffer | undefined
  #hasEnded = false

  private constructor(raw: ByteSource, head: Buffer, encoding: Encoding) {
    this.encoding = encoding
    this.#raw = raw
    this.#head = head.subarray(encoding.bomBytes)
    if (!encoding.isUtf8) this.#decoder = new TextDecoder(encoding.label, { ignoreBOM: true })
  }

  /** Reads a file's head. Throws FileDefect `not_a_csv`, `archive_unsafe` and `encoding_unknown`. */
  static async open({ bytes: raw, isPacked }: UnpackedFile, configured: string | undefined): Promise<DecodedSource> {
    const chunks: Buffer[] = []
    let length = 0
    while (length < HEAD_BYTES) {
      const chunk = await raw.read()
      if (!chunk) break
      // A source may use its buffer again.
      chunks.push(Buffer.from(chunk))
      length += chunk.length
    }
    const bytes = Buffer.concat(chunks)
    const head = bytes.subarray(0, HEAD_BYTES)
    refuseOtherKinds(head, isPacked)
    return new DecodedSource(raw, bytes, encodingOf(head, configured))
  }

  /** The next bytes, never empty; undefined at the end. */
  async read(): Promise<Buffer | undefined> {
    while (!this.#hasEnded) {
      const chunk = this.#head ?? (await this.#raw.read())
      this.#head = undefined
      this.#hasEnded = chunk === undefined
      const decoded = this.#decoded(chunk)
      if (decoded && decoded.length > 0) return decoded
    }
    return undefined
  }

  #decoded(chunk: Buffer | undefined): Buffer | undefined {
    if (!this.#decoder) return chunk
    const text = chunk ? this.#decoder.decode(chunk, { stream: true }) : this.#decoder.decode()
    return Buffer.from(text)
  }
}
