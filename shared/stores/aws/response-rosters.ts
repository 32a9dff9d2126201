import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { DeleteItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import type { ResponseScope } from '../../ports.ts'
import type { Table } from './batch-get.ts'
import type { Item } from './ledger-item.ts'

/** Ids in one roster: with the longest ids there are, it is an item still. */
const IDS = 500

/** Ids that an owner was about to own, with the key of the item that says so. */
export interface Roster {
  key: Item
  ids: string[]
}

/**
 * Notes which responses `owner` is about to own, so that they are found again when it lets go of them: one item for
 * hundreds, where an index by owner would cost a write for each. The same ids again are the same roster.
 */
export async function noteRoster(
  at: Table,
  scope: ResponseScope,
  owner: string,
  ids: readonly string[],
): Promise<void> {
  for (let from = 0; from < ids.length; from += IDS) {
    const json = JSON.stringify(ids.slice(from, from + IDS))
    const id = createHash('sha256').update(json).digest('hex').slice(0, 24)
    const item = { group: { S: groupOf(scope, owner) }, id: { S: id }, ids: { B: deflateRawSync(json) } }
    await at.client.send(new PutItemCommand({ TableName: at.table, Item: item }))
  }
}

/** Everything that was noted for an owner, a page at a time. */
export async function* rostersOf(at: Table, scope: ResponseScope, owner: string): AsyncIterable<Roster> {
  let from: Item | undefined
  do {
    const page = await at.client.send(
      new QueryCommand({
        TableName: at.table,
        KeyConditionExpression: '#group = :group',
        ExpressionAttributeNames: { '#group': 'group' },
        ExpressionAttributeValues: { ':group': { S: groupOf(scope, owner) } },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    )
    for (const { group, id, ids } of page.Items ?? []) {
      if (!group || !id || !ids?.B) continue
      yield { key: { group, id }, ids: JSON.parse(inflateRawSync(ids.B).toString()) as string[] }
    }
    from = page.LastEvaluatedKey
  } while (from)
}

export async function forgetRoster({ client, table }: Table, { key }: Roster): Promise<void> {
  await client.send(new DeleteItemCommand({ TableName: table, Key: key }))
}

const groupOf = ({ identity, source }: ResponseScope, owner: string) => `owner#${identity}#${source}#${owner}`
