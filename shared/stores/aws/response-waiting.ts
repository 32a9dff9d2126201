import { QueryCommand } from '@aws-sdk/client-dynamodb'
import type { ResponseScope } from '../../ports.ts'
import type { Table } from './batch-get.ts'
import type { Item } from './ledger-item.ts'
import { HELD_MS, idOf, WAITING, WAITING_INDEX, WAITING_SHARDS, waitingScope } from './response-item.ts'

/** A response as the index of what waits shows it, which may lag behind its item. */
export interface WaitingEntry {
  id: string
  version: number
  bytes: number
  firstMs: number
  settledAtMs: number
}

/** Entries up to `untilMs` that pass `isWanted`, the longest settled first, at most `limit`. */
export async function findWaiting(
  at: Table,
  scope: ResponseScope,
  { untilMs = HELD_MS, limit = Number.POSITIVE_INFINITY, isWanted }: FindOptions,
): Promise<WaitingEntry[]> {
  const shards = Array.from({ length: WAITING_SHARDS }, (_, shard) => waitingScope(scope, shard))
  const found = await Promise.all(shards.map((shard) => findIn(at, scope, shard, { untilMs, limit, isWanted })))
  return found
    .flat()
    .sort((a, b) => a.settledAtMs - b.settledAtMs)
    .slice(0, limit)
}

interface FindOptions {
  untilMs?: number
  limit?: number
  isWanted: (entry: WaitingEntry) => boolean
}

async function findIn(
  { client, table }: Table,
  scope: ResponseScope,
  shard: string,
  { untilMs, limit, isWanted }: Required<FindOptions>,
): Promise<WaitingEntry[]> {
  const found: WaitingEntry[] = []
  let from: Item | undefined
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: WAITING_INDEX,
        KeyConditionExpression: `${WAITING.scope} = :scope AND ${WAITING.at} <= :until`,
        ExpressionAttributeValues: { ':scope': { S: shard }, ':until': { N: String(untilMs) } },
        ExclusiveStartKey: from,
        Limit: Math.min(limit - found.length, 1000),
      }),
    )
    found.push(...(page.Items ?? []).map((item) => entryOf(scope, item)).filter(isWanted))
    from = page.LastEvaluatedKey
  } while (from && found.length < limit)
  return found
}

const entryOf = (scope: ResponseScope, item: Item): WaitingEntry => ({
  id: idOf(scope, item),
  version: Number(item.version?.N),
  bytes: Number(item.bytes?.N ?? 0),
  firstMs: Number(item.firstMs?.N),
  settledAtMs: Number(item[WAITING.at]?.N),
})
