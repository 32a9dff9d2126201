import { createHash } from 'node:crypto'
import type { BufferedResponse, ResponseScope } from '../../ports.ts'
import type { Item } from './ledger-item.ts'

/** Partitions of the index of what waits, for each source: one takes a thousand writes a second. */
export const WAITING_SHARDS = 4
export const WAITING_INDEX = 'waiting'
/** Attributes that are the index's keys, and those that it also holds. */
export const WAITING = {
  scope: 'waitScope',
  at: 'waitAtMs',
  held: ['version', 'bytes', 'firstMs', 'responseId'],
} as const
/** Where a response that waits for somebody to ask for it stands in the index: behind all others. */
export const HELD_MS = 1e16
/** Longest id that is part of a key as it is. */
const LONGEST_ID = 400

/** A response as its item says, its content where it lies. */
export interface StoredResponseItem extends Omit<BufferedResponse, 'content'> {
  bytes: number
  /** The content itself, or key of the object that it lies in; both undefined where there is none. */
  inline: Uint8Array | undefined
  object: string | undefined
}

/** Short for account and source: written twice in an item, of which each KB costs a write unit, and in its index entry. */
function tagOf({ identity, source }: ResponseScope): string {
  return createHash('sha256').update(`${identity}\n${source}`).digest('base64url').slice(0, 16)
}

const prefixOf = (scope: ResponseScope) => `response#${tagOf(scope)}#`

/** A response's key: a partition of its own, so that no source is bound to what one partition takes. */
export function responseKey(scope: ResponseScope, id: string): { group: { S: string }; id: { S: string } } {
  return { group: { S: `${prefixOf(scope)}${fitting(id)}` }, id: { S: 'self' } }
}

/** The id where the key does not hold it as it is. */
export const idAttributes = (id: string): Item => (fitting(id) === id ? {} : { responseId: { S: id } })

/** A response's own id, of its item or of its entry in the index. */
export const idOf = (scope: ResponseScope, item: Item): string =>
  item.responseId?.S ?? (item.group?.S ?? '').slice(prefixOf(scope).length)

export const waitingScope = (scope: ResponseScope, shard: number) => `${tagOf(scope)}#${shard}`

/** Puts a response into the index of what waits. */
export function waitingAttributes(scope: ResponseScope, id: string, settledAtMs: number | null): Item {
  const [first = 0] = createHash('sha256').update(id).digest()
  return {
    [WAITING.scope]: { S: waitingScope(scope, first % WAITING_SHARDS) },
    [WAITING.at]: { N: String(settledAtMs ?? HELD_MS) },
  }
}

/** Stays when an item's content goes: it may come back. */
export const sizeOf = ({ bytes }: Pick<StoredResponseItem, 'bytes'>): Item =>
  bytes > 0 ? { bytes: { N: String(bytes) } } : {}

export function storedOf(scope: ResponseScope, item: Item): StoredResponseItem {
  const settledAtMs = item[WAITING.at]?.N
  return {
    id: idOf(scope, item),
    version: Number(item.version?.N),
    owner: item.owner?.S ?? null,
    settledAtMs: settledAtMs === undefined || Number(settledAtMs) === HELD_MS ? null : Number(settledAtMs),
    firstMs: Number(item.firstMs?.N),
    order: item.order?.N === undefined ? null : Number(item.order.N),
    hash: item.hash?.S ?? '',
    bytes: Number(item.bytes?.N ?? 0),
    inline: item.content?.B,
    object: item.object?.S,
  }
}

const fitting = (id: string) =>
  id.length <= LONGEST_ID ? id : `${id.slice(0, 200)}~${createHash('sha256').update(id).digest('hex')}`
