import { createHash, randomUUID } from 'node:crypto'
import { RelayError } from '../../errors.ts'
import type { ObjectStore, ResponseContent } from '../../ports.ts'
import type { Item } from './ledger-item.ts'
import type { StoredResponseItem } from './response-item.ts'

/** Objects, where a content is too large for an item, or sent; asked for only then, so that no client is made in vain. */
export type ContentObjects = () => Promise<Pick<ObjectStore, 'read' | 'put' | 'delete'>>

/** An item may have 400 KB, but each KB of it costs a write unit at every change. */
const INLINE_BYTES = 64 * 1024
/** What is sent is kept here; the bucket's lifecycle ends it, while the item goes on to say that it was sent. */
export const SENT_PREFIX = 'responses/sent/'
const LARGE_PREFIX = 'responses/large/'

/** Contents of responses: in their items while they wait, in one object for all that were sent together. */
export class ResponseContents {
  readonly #objects: ContentObjects

  constructor(objects: ContentObjects) {
    this.#objects = objects
  }

  /** Attributes of an item for a content, which is stored first where it is too large for it. */
  async attributes({ content, bytes }: Pick<ResponseContent, 'content' | 'bytes'>): Promise<Item> {
    const size = { bytes: { N: String(bytes) } }
    if (content.length <= INLINE_BYTES) return { ...size, content: { B: content } }
    const key = `${LARGE_PREFIX}${randomUUID()}`
    await (await this.#objects()).put(key, content)
    return { ...size, object: { S: key } }
  }

  /** The contents by id; null for those that were never there or are kept no longer. */
  async of(items: readonly StoredResponseItem[]): Promise<Map<string, Uint8Array | null>> {
    const found = new Map(items.map(({ id, inline }) => [id, inline ?? null]))
    const objects = Map.groupBy(
      items.filter(({ object }) => object !== undefined),
      ({ object }) => object ?? '',
    )
    for (const [key, members] of objects) {
      const body = await this.#read(key)
      const contents = body && key.startsWith(SENT_PREFIX) ? unpacked(body) : undefined
      for (const { id } of members) found.set(id, contents?.get(id) ?? (contents ? null : body) ?? null)
    }
    return found
  }

  /** Keeps contents of responses that `owner` is about to send together; answers the object's key. */
  async keep(owner: string, contents: ReadonlyMap<string, Uint8Array>): Promise<string> {
    const body = packed(contents)
    const key = `${SENT_PREFIX}${owner}/${createHash('sha256').update(body).digest('hex').slice(0, 24)}`
    await (await this.#objects()).put(key, body)
    return key
  }

  /** Deletes a large content that no item names any more; one that stays behind costs its storage only. */
  async forget(object: string | undefined): Promise<void> {
    if (!object?.startsWith(LARGE_PREFIX)) return
    const objects = await this.#objects()
    await objects.delete(object).catch(() => undefined)
  }

  async #read(key: string): Promise<Uint8Array | null> {
    const chunks: Uint8Array[] = []
    try {
      for await (const chunk of (await this.#objects()).read(key)) chunks.push(chunk)
    } catch (error) {
      if (error instanceof RelayError && error.code === 'object_missing') return null
      throw error
    }
    return Buffer.concat(chunks)
  }
}

/** Ids and lengths in one line of JSON, then the contents. */
function packed(contents: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const head = JSON.stringify([...contents].map(([id, { length }]) => [id, length]))
  return Buffer.concat([Buffer.from(`${head}\n`), ...contents.values()])
}

function unpacked(body: Uint8Array): Map<string, Uint8Array> {
  const end = body.indexOf(0x0a)
  const head = JSON.parse(Buffer.from(body.subarray(0, end)).toString()) as [id: string, length: number][]
  const contents = new Map<string, Uint8Array>()
  let at = end + 1
  for (const [id, length] of head) {
    contents.set(id, body.subarray(at, at + length))
    at += length
  }
  return contents
}
