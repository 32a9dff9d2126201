import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { chunksOf } from '../../../../shared/stores/sqlite/file-chunks.ts'

const CHUNK_BYTES = 262_144

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-chunks-'))
})

afterAll(() => rm(folder, { recursive: true }))

it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES + 7])(
  'a file of %d bytes comes whole, each chunk good until the next is asked for',
  async (bytes) => {
    const content = randomBytes(bytes)
    await writeFile(join(folder, 'file'), content)
    await using file = await open(join(folder, 'file'))
    const chunks: Buffer[] = []

    for await (const chunk of chunksOf(file)) {
      await new Promise(setImmediate)
      chunks.push(Buffer.from(chunk))
    }

    expect(Buffer.concat(chunks).equals(content)).toBe(true)
  },
)

it('a file can be closed by who has read enough of it', async () => {
  await writeFile(join(folder, 'file'), randomBytes(3 * CHUNK_BYTES))
  const file = await open(join(folder, 'file'))

  for await (const _ of chunksOf(file)) break
  await file.close()

  await expect(file.stat()).rejects.toMatchObject({ code: 'EBADF' })
})
