import type { ObjectStore } from '../ports.ts'

/** The set-aside rows of a dropped file, or of each file in it: one object for each, stored when its file has ended. */
export class SetAsideFiles {
  readonly #objects: ObjectStore
  readonly #keyOf: (file: number) => string
  readonly #stored: string[] = []
  #file = 0
  #object: StreamedObject | undefined

  constructor(objects: ObjectStore, keyOf: (file: number) => string) {
    this.#objects = objects
    this.#keyOf = keyOf
  }

  async write(chunk: Uint8Array, file: number): Promise<void> {
    if (file !== this.#file) await this.#endObject()
    this.#file = file
    this.#object ??= new StreamedObject(this.#objects, this.#keyOf(file))
    await this.#object.write(chunk)
  }

  /** Answers whether anything was written. */
  async end(): Promise<boolean> {
    await this.#endObject()
    return this.#stored.length > 0
  }

  /** Ends early. What is stored already stays: it may stand in place of an earlier reading's, of which it holds all. */
  async abort(reason: unknown): Promise<void> {
    await this.#object?.abort(reason)
  }

  /** Leaves nothing of what was written. */
  async discard(reason: unknown): Promise<void> {
    await this.abort(reason)
    for (const key of this.#stored) await this.#objects.delete(key)
  }

  async #endObject(): Promise<void> {
    if (!this.#object) return
    await this.#object.end()
    this.#stored.push(this.#keyOf(this.#file))
    this.#object = undefined
  }
}

/** An object that is stored while it is being written. */
class StreamedObject {
  readonly #objects: ObjectStore
  readonly #key: string
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined
  #stored: Promise<void> = Promise.resolve()

  constructor(objects: ObjectStore, key: string) {
    this.#objects = objects
    this.#key = key
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (!this.#writer) {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
      const writer = writable.getWriter()
      this.#writer = writer
      writer.closed.catch(() => undefined)
      this.#stored = this.#objects.put(this.#key, readable)
      this.#stored.catch((error) => writer.abort(error).catch(() => undefined))
    }
    await this.#writer.write(chunk)
  }

  async end(): Promise<void> {
    await this.#writer?.close()
    await this.#stored
  }

  async abort(reason: unknown): Promise<void> {
    await this.#writer?.abort(reason).catch(() => undefined)
    await this.#stored.catch(() => undefined)
  }
}
