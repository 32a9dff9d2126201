import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { BufferedResponse, Clock, ResponseBuffer, ResponseContent, ResponseScope, Revision } from '../../ports.ts'
import { byCodePoint } from '../code-points.ts'
import { onAws } from './aws-errors.ts'
import type { Table } from './batch-get.ts'
import type { Item } from './ledger-item.ts'
import { type ContentObjects, ResponseContents } from './response-contents.ts'
import { type StoredResponseItem, waitingAttributes } from './response-item.ts'
import { ResponseOwning } from './response-owning.ts'
import { findWaiting } from './response-waiting.ts'
import { ResponseWrites } from './response-writes.ts'

const PAGE = 100
/** Responses that this process has given an owner, remembered while the index may still show them. */
const REMEMBERED = 20_000

/**
 * The response buffer in the ledger's table: a response is one item, found in a sparse index while it waits. That it was
 * sent is remembered for good; its content, once sent, as long as the bucket's lifecycle keeps it.
 */
export class DynamoResponseBuffer implements ResponseBuffer {
  readonly #at: Table
  readonly #writes: ResponseWrites
  readonly #contents: ResponseContents
  readonly #owning: ResponseOwning
  readonly #owned = new Map<string, number>()

  constructor(client: DynamoDBClient, table: string, clock: Clock, objects: ContentObjects) {
    this.#at = { client, table, clock }
    this.#writes = new ResponseWrites(this.#at)
    this.#contents = new ResponseContents(objects)
    this.#owning = new ResponseOwning(this.#at, this.#writes, this.#contents)
  }

  put(
    scope: ResponseScope,
    id: string,
    content: ResponseContent,
    revise: (existing: BufferedResponse) => Revision,
  ): Promise<'accepted' | 'duplicate' | 'updated' | 'late'> {
    return onAws('Storing a response', async () => {
      const firstMs = { N: String(this.#at.clock.now()) }
      const attributes: Item = { ...(await this.#attributesOf(scope, id, content)), firstMs }
      for (;;) {
        const found = await this.#writes.create(scope, id, attributes)
        if (found === true) return 'accepted'
        let answer: Revised = found
        while (typeof answer === 'object') answer = await this.#revise(scope, answer, content, revise)
        if (!answer) continue
        await this.#contents.forget(attributes.object?.S)
        return answer
      }
    })
  }

  /** What comes of an event for a response that is there; or how it is by now, where somebody was faster. */
  async #revise(
    scope: ResponseScope,
    existing: StoredResponseItem,
    content: ResponseContent,
    revise: (existing: BufferedResponse) => Revision,
  ): Promise<Revised> {
    // The same as was sent: nobody has to fetch that.
    const isSameAsSent = existing.owner !== null && existing.hash === content.hash
    const contents = isSameAsSent ? undefined : await this.#contents.of([existing])
    const revision = revise(buffered(existing, contents?.get(existing.id) ?? null))
    if (typeof revision === 'string') return revision
    const attributes = await this.#attributesOf(scope, existing.id, revision)
    const changed = await this.#writes.change(scope, { ...existing, owner: null }, attributes)
    await this.#contents.forget(changed === true ? existing.object : attributes.object?.S)
    return changed === true ? 'updated' : changed
  }

  read(scope: ResponseScope, ids: readonly string[]): Promise<BufferedResponse[]> {
    return onAws('Reading responses', async () => {
      const items = await this.#writes.read(scope, ids)
      const contents = await this.#contents.of([...items.values()])
      return ids.flatMap((id) => {
        const item = items.get(id)
        return item ? [buffered(item, contents.get(id) ?? null)] : []
      })
    })
  }

  settled(scope: ResponseScope, nowMs: number, limit: number) {
    return onAws('Looking for settled responses', async () => {
      const isWanted = ({ id, version }: { id: string; version: number }) =>
        version >= (this.#owned.get(nameOf(scope, id)) ?? 0)
      const found = await findWaiting(this.#at, scope, { untilMs: nowMs, limit, isWanted })
      return found.map(({ id, version, bytes }) => ({ id, version, bytes }))
    })
  }

  async *unsent(scope: ResponseScope, sinceMs: number): AsyncIterable<BufferedResponse> {
    const isWanted = ({ firstMs }: { firstMs: number }) => firstMs >= sinceMs
    const entries = await onAws('Looking for unsent responses', () => findWaiting(this.#at, scope, { isWanted }))
    const ids = entries.map(({ id }) => id).sort(byCodePoint)
    for (let from = 0; from < ids.length; from += PAGE) {
      for (const response of await this.read(scope, ids.slice(from, from + PAGE))) {
        if (response.owner === null && response.content !== null) yield response
      }
    }
  }

  join(
    scope: ResponseScope,
    members: readonly (readonly [id: string, version: number])[],
    owner: string,
  ): Promise<string[]> {
    return onAws('Joining responses', async () => {
      const joined = await this.#owning.join(scope, members, owner)
      const versions = new Map(members)
      for (const id of joined) this.#owned.set(nameOf(scope, id), (versions.get(id) ?? 0) + 1)
      for (const name of this.#owned.keys()) {
        if (this.#owned.size <= REMEMBERED) break
        this.#owned.delete(name)
      }
      return joined
    })
  }

  claim(scope: ResponseScope, ids: readonly string[], owner: string): Promise<Map<string, string>> {
    return onAws('Claiming rows', () => this.#owning.claim(scope, ids, owner))
  }

  release(scope: ResponseScope, owner: string, settledAtMs: number | null, ids?: readonly string[]): Promise<void> {
    return onAws('Releasing responses', () => this.#owning.release(scope, owner, settledAtMs, ids))
  }

  async #attributesOf(
    scope: ResponseScope,
    id: string,
    { content, bytes, hash, order, settledAtMs }: ResponseContent,
  ): Promise<Item> {
    return {
      ...(await this.#contents.attributes({ content, bytes })),
      hash: { S: hash },
      // An update sets what it names; nothing else would take an earlier order away.
      order: order === null ? { NULL: true } : { N: String(order) },
      ...waitingAttributes(scope, id, settledAtMs),
    }
  }
}

/** What came of an event; or the response as it is by now, undefined where it is gone. */
type Revised = 'duplicate' | 'late' | 'updated' | StoredResponseItem | undefined

const nameOf = ({ identity, source }: ResponseScope, id: string) => `${identity}\n${source}\n${id}`

const buffered = (item: StoredResponseItem, content: Uint8Array | null): BufferedResponse => {
  const { id, version, owner, settledAtMs, firstMs, order, hash } = item
  return { id, version, owner, settledAtMs, firstMs, order, hash, content }
}
