import type { FileHandle } from 'node:fs/promises'

const READ_BYTES = 262_144

/**
 * The bytes of an open file, from its beginning; a chunk is good until the next is asked for. Two buffers take turns:
 * new ones for each chunk would keep the garbage collector busy for a tenth of a pass. `expectedBytes`: of a small file, that much
 * is enough.
 */
export async function* chunksOf(file: FileHandle, expectedBytes = READ_BYTES): AsyncGenerator<Uint8Array> {
  const bytes = Math.max(1, Math.min(READ_BYTES, expectedBytes))
  let [filling, other] = [Buffer.allocUnsafeSlow(bytes), Buffer.allocUnsafeSlow(bytes)]
  let position = 0
  let reading = readAt(file, filling, position)
  for (;;) {
    const chunk = filling.subarray(0, await reading)
    if (chunk.length === 0) return
    position += chunk.length
    ;[filling, other] = [other, filling]
    // While the consumer works on one, the next is read.
    reading = readAt(file, filling, position)
    // Of no interest where the consumer stops here.
    reading.catch(() => undefined)
    yield chunk
  }
}

async function readAt(file: FileHandle, buffer: Buffer, position: number): Promise<number> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
  return bytesRead
}
