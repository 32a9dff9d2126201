import type { ResponseScope } from '../../ports.ts'
import { atOnce } from './at-once.ts'
import type { Table } from './batch-get.ts'
import type { Item } from './ledger-item.ts'
import type { ResponseContents } from './response-contents.ts'
import { type StoredResponseItem, sizeOf, waitingAttributes } from './response-item.ts'
import { forgetRoster, noteRoster, rostersOf } from './response-rosters.ts'
import type { ResponseWrites } from './response-writes.ts'

/** Requests under way at once; the SDK opens no more than 50 connections. */
const AT_ONCE = 40

/** Who owns responses: each is decided by one conditional write on its own item. */
export class ResponseOwning {
  readonly #at: Table
  readonly #writes: ResponseWrites
  readonly #contents: ResponseContents

  constructor(at: Table, writes: ResponseWrites, contents: ResponseContents) {
    this.#at = at
    this.#writes = writes
    this.#contents = contents
  }

  async join(
    scope: ResponseScope,
    members: readonly (readonly [id: string, version: number])[],
    owner: string,
  ): Promise<string[]> {
    const ids = members.map(([id]) => id)
    await noteRoster(this.#at, scope, owner, ids)
    const versions = new Map(members)
    const isJoinable = (item: StoredResponseItem | undefined) =>
      item?.owner === null && item.version === versions.get(item.id)
    // The condition of the write decides, so that an old reading does no harm, unless it says that one can't join.
    const seen = await this.#writes.read(scope, ids, false)
    const unsure = ids.filter((id) => !isJoinable(seen.get(id)))
    for (const [id, item] of await this.#writes.read(scope, unsure)) seen.set(id, item)
    const items = [...seen.values()]
    const others = await this.#own(scope, items.filter(isJoinable), owner)
    const isOwned = (id: string) => (others.has(id) ? others.get(id) : seen.get(id))?.owner === owner
    return ids.filter(isOwned)
  }

  async claim(scope: ResponseScope, ids: readonly string[], owner: string): Promise<Map<string, string>> {
    await noteRoster(this.#at, scope, owner, ids)
    const owners = new Map<string, string>()
    let waiting: StoredResponseItem[] = []
    const settle = (item: StoredResponseItem | undefined) => {
      if (item?.owner === null) waiting.push(item)
      else if (item && item.owner !== owner) owners.set(item.id, item.owner)
    }
    let unknown = [...ids]
    const bare = { owner: { S: owner }, firstMs: { N: String(this.#at.clock.now()) }, hash: { S: '' } }
    while (unknown.length > 0) {
      const gone: string[] = []
      await atOnce(unknown, AT_ONCE, async (id) => {
        const found = await this.#writes.create(scope, id, bare)
        if (found === undefined) gone.push(id)
        else if (found !== true) settle(found)
      })
      const taken = waiting
      waiting = []
      // What changed meanwhile is looked at again.
      for (const [id, item] of await this.#own(scope, taken, owner)) {
        if (item?.owner === owner) continue
        if (item?.owner) owners.set(id, item.owner)
        else gone.push(id)
      }
      unknown = gone
    }
    return owners
  }

  async release(
    scope: ResponseScope,
    owner: string,
    settledAtMs: number | null,
    ids?: readonly string[],
  ): Promise<void> {
    if (ids) return this.#release(scope, owner, settledAtMs, ids)
    for await (const roster of rostersOf(this.#at, scope, owner)) {
      await this.#release(scope, owner, settledAtMs, roster.ids)
      await forgetRoster(this.#at, roster)
    }
  }

  /** Makes `owner` the owner of each that is still as it was read; answers the state of the others, by id. */
  async #own(
    scope: ResponseScope,
    items: readonly StoredResponseItem[],
    owner: string,
  ): Promise<Map<string, StoredResponseItem | undefined>> {
    const others = new Map<string, StoredResponseItem | undefined>()
    if (items.length === 0) return others
    const contents = new Map<string, Uint8Array>()
    for (const [id, content] of await this.#contents.of(items)) if (content) contents.set(id, content)
    const object = contents.size > 0 ? { S: await this.#contents.keep(owner, contents) } : undefined
    await atOnce(items, AT_ONCE, async (item) => {
      const kept: Item = object && contents.has(item.id) ? { object } : {}
      const changed = await this.#writes.change(scope, item, { owner: { S: owner }, ...sizeOf(item), ...kept })
      if (changed === true) {
        others.set(item.id, { ...item, owner })
        await this.#contents.forget(item.object)
      } else others.set(item.id, changed)
    })
    return others
  }

  async #release(
    scope: ResponseScope,
    owner: string,
    settledAtMs: number | null,
    ids: readonly string[],
  ): Promise<void> {
    const found = await this.#writes.read(scope, ids)
    const items = [...found.values()].filter((item) => item.owner === owner)
    const contents = await this.#contents.of(items)
    await atOnce(items, AT_ONCE, async (item) => {
      const content = contents.get(item.id)
      // Where a condition fails, another process is letting go of the same.
      if (!content) return this.#writes.remove(scope, item)
      const attributes = await this.#contents.attributes({ content, bytes: item.bytes })
      const waiting = waitingAttributes(scope, item.id, settledAtMs)
      const released = await this.#writes.change(scope, item, { ...attributes, ...waiting })
      if (released !== true) await this.#contents.forget(attributes.object?.S)
    })
  }
}
