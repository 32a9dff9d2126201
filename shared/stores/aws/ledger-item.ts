import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { LedgerRecord } from '../../ports.ts'
import { fittingKey } from './fitting-key.ts'

export type Item = Record<string, AttributeValue>

/** Partitions of the index of what is due, so that no single one takes all writes. */
export const DUE_SHARDS = 8
/**
 * A value that is longer is stored compressed: an item may have 400 KB, and each KB costs a write unit. With its keys, one
 * that is shorter fits the first.
 */
const PACK_FROM = 700

/** Names of the table's attributes that are keys or are matched by the stack. */
export const ATTRIBUTES = { group: 'group', id: 'id', shard: 'dueShard', due: 'dueAtMs', ttl: 'ttl' } as const
export const DUE_INDEX = 'due'

/** The table's key of a record. An id that is too long for a key is shortened there and kept in `longId`. */
export function keyOf(group: string, id: string): { group: AttributeValue; id: AttributeValue } {
  return { group: { S: group }, id: { S: fittingKey(id) } }
}

/** A value as JSON, which is what its readers get, and as attributes. */
export function valueAttributes(json: string): Item {
  return json.length < PACK_FROM ? { json: { S: json } } : { packed: { B: gzipSync(json) } }
}

export function dueAttributes(group: string, id: string, dueAtMs: number | null): Item {
  return dueAtMs === null ? {} : { dueAtMs: { N: String(dueAtMs) }, dueShard: { N: String(shardOf(group, id)) } }
}

/** DynamoDB removes by whole seconds and days late; the exact time hides the record until then. */
export function expiryAttributes(expiresAtMs: number | null): Item {
  if (expiresAtMs === null) return {}
  return { expiresAtMs: { N: String(expiresAtMs) }, ttl: { N: String(Math.ceil(expiresAtMs / 1000)) } }
}

export function recordOf<T>(item: Item): LedgerRecord<T> {
  return {
    group: item.group?.S ?? '',
    id: item.longId?.S ?? item.id?.S ?? '',
    version: Number(item.version?.N),
    value: JSON.parse(jsonOf(item)) as T,
    dueAtMs: item.dueAtMs?.N === undefined ? null : Number(item.dueAtMs.N),
  }
}

export function isLive(item: Item, nowMs: number): boolean {
  return item.expiresAtMs?.N === undefined || Number(item.expiresAtMs.N) > nowMs
}

function jsonOf(item: Item): string {
  return item.packed?.B ? gunzipSync(item.packed.B).toString() : (item.json?.S ?? 'null')
}

function shardOf(group: string, id: string): number {
  const [first = 0] = createHash('sha256').update(`${group}\0${id}`).digest()
  return first % DUE_SHARDS
}
