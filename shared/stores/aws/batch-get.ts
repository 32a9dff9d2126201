import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../../ports.ts'
import type { Item } from './ledger-item.ts'

export interface Table {
  client: DynamoDBClient
  table: string
  clock: Clock
}

/** Records that one BatchGetItem may ask for. */
const BATCH = 100
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 2000

/** Reads items by their keys, those that there are, in any order. Keys must differ. */
export async function batchGet(at: Table, keys: readonly Item[], isConsistent = true): Promise<Item[]> {
  const items: Item[] = []
  for (let from = 0; from < keys.length; from += BATCH) {
    items.push(...(await readBatch(at, keys.slice(from, from + BATCH), isConsistent)))
  }
  return items
}

async function readBatch({ client, table, clock }: Table, keys: Item[], ConsistentRead: boolean): Promise<Item[]> {
  const items: Item[] = []
  let left = keys
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const input = { RequestItems: { [table]: { Keys: left, ConsistentRead } } }
    const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand(input))
    items.push(...(Responses?.[table] ?? []))
    left = UnprocessedKeys?.[table]?.Keys ?? []
    if (left.length === 0) return items
    // An answer holds at most 16 MB, and a table under pressure gives less.
    await clock.sleep(waitMs)
  }
}
