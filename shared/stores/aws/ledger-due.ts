import { QueryCommand } from '@aws-sdk/client-dynamodb'
import type { LedgerRecord } from '../../ports.ts'
import { batchGet, type Table } from './batch-get.ts'
import { DUE_INDEX, DUE_SHARDS, type Item, isLive, recordOf } from './ledger-item.ts'

/**
 * The longest due records. The index holds keys only and may lag behind, so each record is read from the table, and
 * counts if it is still due there.
 */
export async function findDue(at: Table, nowMs: number, limit: number): Promise<LedgerRecord<unknown>[]> {
  const shards = await Promise.all(Array.from({ length: DUE_SHARDS }, (_, shard) => dueKeys(at, shard, nowMs, limit)))
  const keys = shards
    .flat()
    .sort((a, b) => a.dueAtMs - b.dueAtMs)
    .slice(0, limit)
    .map(({ key }) => key)
  const items = new Map((await batchGet(at, keys)).map((item) => [nameOf(item), item]))
  const now = at.clock.now()
  return keys
    .map((key) => items.get(nameOf(key)))
    .filter((item) => item !== undefined && isLive(item, now))
    .map((item) => recordOf<unknown>(item as Item))
    .filter(({ dueAtMs }) => dueAtMs !== null && dueAtMs <= nowMs)
    .sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0))
}

async function dueKeys({ client, table }: Table, shard: number, nowMs: number, limit: number) {
  const found: { key: Item; dueAtMs: number }[] = []
  let from: Item | undefined
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: DUE_INDEX,
        KeyConditionExpression: 'dueShard = :shard AND dueAtMs <= :now',
        ExpressionAttributeValues: { ':shard': { N: String(shard) }, ':now': { N: String(nowMs) } },
        ExclusiveStartKey: from,
        Limit: Math.min(limit - found.length, 1000),
      }),
    )
    for (const item of page.Items ?? []) {
      const { group, id, dueAtMs } = item
      if (group && id) found.push({ key: { group, id }, dueAtMs: Number(dueAtMs?.N) })
    }
    from = page.LastEvaluatedKey
  } while (from && found.length < limit)
  return found
}

const nameOf = ({ group, id }: Item) => `${group?.S}\0${id?.S}`
