import type { Gunzip, InflateRaw } from 'node:zlib'
import { checkExpansion, unsafe } from './archive-limits.ts'
import type { ByteReader } from './byte-reader.ts'

/** Small enough that a bomb is noticed early: at most 4 MiB come out of a slice. */
const SLICE_BYTES = 4096

/**
 * What `engine` makes of the reader's bytes, up to the end of its compressed data; the reader stands right behind it
 * then. Throws FileDefect `archive_unsafe` for damaged data and for bombs.
 */
export async function* inflated(
  reader: ByteReader,
  engine: Gunzip | InflateRaw,
  harmlessBytes: number,
): AsyncGenerator<Buffer> {
  let unpacked = 0
  const feeding = feed(reader, engine)
  // A failure ends the loop below with the same error.
  feeding.catch((error) => engine.destroy(error))
  try {
    for await (const bytes of engine as AsyncIterable<Buffer>) {
      unpacked += bytes.length
      checkExpansion(engine.bytesWritten, unpacked, harmlessBytes)
      yield bytes
    }
  } catch (error) {
    if (!isZlibError(error)) throw error
    throw unsafe('The archive is damaged or was cut off.', 'Export or copy it again and drop that.', error)
  }
  await feeding
}

async function feed(reader: ByteReader, engine: Gunzip | InflateRaw): Promise<void> {
  let hasEnded = false
  engine.once('end', () => {
    hasEnded = true
  })
  let fed = 0
  while (!engine.destroyed && !hasEnded && !engine.readableEnded) {
    const bytes = await reader.read()
    if (!bytes) {
      engine.end()
      return
    }
    const slice = bytes.subarray(0, SLICE_BYTES)
    if (bytes.length > slice.length) reader.unread(bytes.subarray(slice.length))
    fed += slice.length
    await new Promise<void>((resolve) => {
      engine.once('close', resolve)
      // An error is told by the loop that reads.
      engine.write(slice, () => {
        engine.off('close', resolve)
        resolve()
      })
    })
    const surplus = fed - engine.bytesWritten
    if (surplus > 0) {
      reader.unread(slice.subarray(slice.length - surplus))
      return
    }
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z_|^ERR_STREAM|^ERR__ZLIB/.test(String(error.code))
}
