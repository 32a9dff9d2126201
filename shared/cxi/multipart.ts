import { randomBytes } from 'node:crypto'

/** Up to this size, copying the pieces into one costs less than a write to the socket for each. */
const JOINED_BYTES = 65_536

/** A request body in pieces that are sent one after another, uncopied where they are large. */
export interface FramedBody {
  contentType: string
  chunks: Uint8Array[]
  byteLength: number
}

/** `multipart/form-data` with one file in the part `file`. */
export function frameFile(fileName: string, bytes: Uint8Array): FramedBody {
  const boundary = newBoundary()
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quoted(fileName)}"\r\nContent-Type: text/csv\r\n\r\n`
  return framed(boundary, [Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)])
}

/** `multipart/form-data` with plain fields, in their order. */
export function frameFields(fields: readonly (readonly [name: string, value: string])[]): FramedBody {
  const boundary = newBoundary()
  const parts = fields.map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${value.toWellFormed()}\r\n`,
  )
  return framed(boundary, [Buffer.from(`${parts.join('')}--${boundary}--\r\n`)])
}

function framed(boundary: string, chunks: Uint8Array[]): FramedBody {
  const byteLength = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  const pieces = byteLength <= JOINED_BYTES ? [Buffer.concat(chunks)] : chunks
  return { contentType: `multipart/form-data; boundary=${boundary}`, chunks: pieces, byteLength }
}

/** 128 random bits: that they stand in the content by chance is out of the question. */
function newBoundary(): string {
  return `cxi-relay-${randomBytes(16).toString('hex')}`
}

/** As browsers write names (HTML standard, "multipart/form-data encoding algorithm"). */
function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
