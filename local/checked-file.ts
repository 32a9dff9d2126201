import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { RelayError } from '../shared/errors.ts'
import type { Body, DropHead, ObjectStore } from '../shared/ports.ts'
import { readSidecar } from '../shared/stores/sqlite/sidecar.ts'
import { codeOf } from '../shared/stores/sqlite/store-errors.ts'

/** A file where it lies, as if it had been dropped; whatever is written is thrown away. */
export class CheckedFile implements ObjectStore {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  async *readDrop(): AsyncGenerator<Uint8Array> {
    yield* createReadStream(this.#path, { highWaterMark: 262_144 })
  }

  async headDrop(): Promise<DropHead> {
    try {
      const found = await stat(this.#path)
      if (!found.isFile()) throw new RelayError('file_missing', `${this.#path} is no regular file; name a CSV file.`)
      const metadata = await readSidecar(`${this.#path}.meta.json`, `${this.#path}.meta.json`)
      return { bytes: found.size, metadata: metadata ?? {} }
    } catch (error) {
      const code = codeOf(error)
      if (error instanceof RelayError || code === undefined) throw error
      const message = `${this.#path} can't be read (${code}); check its path and permissions.`
      throw new RelayError('file_missing', message, { cause: error })
    }
  }

  async put(_key: string, body: Body): Promise<void> {
    await drain(body)
  }

  async create(_key: string, body: Body): Promise<boolean> {
    await drain(body)
    return true
  }

  async delete(): Promise<void> {}

  async markDrop(): Promise<void> {}

  // biome-ignore lint/correctness/useYield: nothing is ever stored
  async *read(key: string): AsyncGenerator<Uint8Array> {
    throw new RelayError('object_missing', `There is no ${key}: a check stores nothing.`)
  }

  async *list(): AsyncGenerator<{ key: string; bytes: number; modifiedMs: number }> {}
}

async function drain(body: Body): Promise<void> {
  if (body instanceof Uint8Array) return
  for await (const _ of body);
}
