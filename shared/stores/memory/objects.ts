import { randomUUID } from 'node:crypto'
import { RelayError } from '../../errors.ts'
import type { Body, Clock, DropEnd, DropHead, DropObject, ObjectStore } from '../../ports.ts'
import { byCodePoint } from '../code-points.ts'
import { systemClock } from '../system-clock.ts'

interface StoredObject {
  bytes: Uint8Array
  modifiedMs: number
}

interface StoredDrop {
  bytes: Uint8Array
  metadata: Record<string, string>
  end?: DropEnd
}

/** Pieces in which a stored object is read, as a network or disk would give them. */
const CHUNK_BYTES = 65_536

/** Objects for tests, and drops put by `putDrop`. Bytes are copied on the way in and out. */
export class MemoryObjectStore implements ObjectStore {
  readonly #clock: Clock
  readonly #objects = new Map<string, StoredObject>()
  readonly #drops = new Map<string, Map<string, StoredDrop>>()
  /** The last end that any version of a dropped key was marked with; `endOf` tells it of one version. */
  readonly ends = new Map<string, DropEnd>()

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  /** Drops an object, as a new version where the key is taken; earlier versions stay (a bucket with versioning). */
  putDrop(key: string, bytes: Uint8Array, metadata: Record<string, string> = {}): DropObject {
    const version = randomUUID()
    let versions = this.#drops.get(key)
    if (!versions) {
      versions = new Map()
      this.#drops.set(key, versions)
    }
    const names = Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value])
    versions.set(version, { bytes: new Uint8Array(bytes), metadata: Object.fromEntries(names) })
    return { key, version }
  }

  /** Drops an object over what lay there: earlier versions are gone (a bucket without versioning). */
  replaceDrop(key: string, bytes: Uint8Array, metadata: Record<string, string> = {}): DropObject {
    this.#drops.delete(key)
    return this.putDrop(key, bytes, metadata)
  }

  /** Takes a dropped version away, as its owner might. */
  removeDrop(drop: DropObject): void {
    this.#drops.get(drop.key)?.delete(drop.version)
  }

  endOf(drop: DropObject): DropEnd | undefined {
    return this.#drop(drop)?.end
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    await null
    const object = this.#objects.get(key)
    if (!object) throw missing(key)
    yield* chunks(object.bytes)
  }

  async create(key: string, body: Body): Promise<boolean> {
    const bytes = await collect(body)
    if (this.#objects.has(key)) return false
    this.#objects.set(key, { bytes, modifiedMs: this.#clock.now() })
    return true
  }

  async put(key: string, body: Body): Promise<void> {
    const bytes = await collect(body)
    this.#objects.set(key, { bytes, modifiedMs: this.#clock.now() })
  }

  async delete(key: string): Promise<void> {
    await null
    this.#objects.delete(key)
  }

  async *list(prefix: string): AsyncIterable<{ key: string; bytes: number; modifiedMs: number }> {
    await null
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort(byCodePoint)
    for (const key of keys) {
      const object = this.#objects.get(key)
      if (object) yield { key, bytes: object.bytes.length, modifiedMs: object.modifiedMs }
    }
  }

  async *readDrop(drop: DropObject): AsyncIterable<Uint8Array> {
    await null
    const stored = this.#drop(drop)
    if (!stored) throw missing(drop.key)
    yield* chunks(stored.bytes)
  }

  async headDrop(drop: DropObject): Promise<DropHead | undefined> {
    await null
    const stored = this.#drop(drop)
    return stored && { bytes: stored.bytes.length, metadata: { ...stored.metadata } }
  }

  async markDrop(drop: DropObject, state: DropEnd): Promise<void> {
    await null
    const stored = this.#drop(drop)
    if (!stored) return
    stored.end = state
    this.ends.set(drop.key, state)
  }

  #drop(drop: DropObject): StoredDrop | undefined {
    return this.#drops.get(drop.key)?.get(drop.version)
  }
}

function* chunks(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield new Uint8Array(bytes.subarray(at, at + CHUNK_BYTES))
}

async function collect(body: Body): Promise<Uint8Array> {
  if (body instanceof Uint8Array) {
    const copy = new Uint8Array(body)
    await null
    return copy
  }
  const parts: Uint8Array[] = []
  for await (const chunk of body) parts.push(new Uint8Array(chunk))
  return new Uint8Array(Buffer.concat(parts))
}

function missing(key: string): RelayError {
  return new RelayError('object_missing', `There is no object "${key}"; it was removed or never stored.`)
}
