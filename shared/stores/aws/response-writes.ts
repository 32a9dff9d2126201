import { randomBytes } from 'node:crypto'
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { ResponseScope } from '../../ports.ts'
import { batchGet, type Table } from './batch-get.ts'
import type { Item } from './ledger-item.ts'
import { idAttributes, responseKey, type StoredResponseItem, storedOf } from './response-item.ts'

/** Attributes that a change of a response may take away. */
const CHANGING = ['owner', 'content', 'object', 'waitScope', 'waitAtMs'] as const

/** Single conditional writes of responses: each answers `true`, or the item that its condition failed on, if any. */
export class ResponseWrites {
  readonly #at: Table

  constructor(at: Table) {
    this.#at = at
  }

  /** Writes a response that is not there. */
  create(scope: ResponseScope, id: string, attributes: Item): Promise<true | StoredResponseItem | undefined> {
    const item = { ...responseKey(scope, id), ...idAttributes(id), version: { N: '1' }, ...attributes }
    return this.#write(scope, (write) =>
      this.#at.client.send(
        new PutItemCommand({
          TableName: this.#at.table,
          Item: { ...item, write },
          ConditionExpression: 'attribute_not_exists(#group)',
          ExpressionAttributeNames: { '#group': 'group' },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ),
    )
  }

  /** Changes a response that still has this version and owner: what of CHANGING is not among `attributes` is removed. */
  change(
    scope: ResponseScope,
    { id, version, owner }: Pick<StoredResponseItem, 'id' | 'version' | 'owner'>,
    attributes: Item,
  ): Promise<true | StoredResponseItem | undefined> {
    return this.#write(scope, (write) => {
      const set: Item = { ...attributes, write, version: { N: String(version + 1) } }
      const removed = CHANGING.filter((name) => !(name in set))
      const names = [...Object.keys(set), ...removed, 'owner']
      return this.#at.client.send(
        new UpdateItemCommand({
          TableName: this.#at.table,
          Key: responseKey(scope, id),
          UpdateExpression: `SET ${Object.keys(set)
            .map((name) => `#${name} = :${name}`)
            .join(', ')} REMOVE ${removed.map((name) => `#${name}`).join(', ')}`,
          ConditionExpression: `#version = :expected AND ${ownerIs(owner)}`,
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: {
            ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
            ':expected': { N: String(version) },
            ...(owner === null ? {} : { ':before': { S: owner } }),
          },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      )
    })
  }

  /** Removes a response that still has this version and owner. */
  async remove(scope: ResponseScope, { id, version, owner }: StoredResponseItem): Promise<void> {
    await this.#write(scope, () =>
      this.#at.client.send(
        new DeleteItemCommand({
          TableName: this.#at.table,
          Key: responseKey(scope, id),
          ConditionExpression: `#version = :expected AND ${ownerIs(owner)}`,
          ExpressionAttributeNames: { '#version': 'version', '#owner': 'owner' },
          ExpressionAttributeValues: {
            ':expected': { N: String(version) },
            ...(owner === null ? {} : { ':before': { S: owner } }),
          },
        }),
      ),
    )
  }

  /** Those of these ids that are there, by id. */
  async read(
    scope: ResponseScope,
    ids: readonly string[],
    isConsistent = true,
  ): Promise<Map<string, StoredResponseItem>> {
    const keys = [...new Set(ids)].map((id) => responseKey(scope, id))
    const items = await batchGet(this.#at, keys, isConsistent)
    return new Map(items.map((item) => storedOf(scope, item)).map((stored) => [stored.id, stored]))
  }

  /**
   * Each write bears a mark: where an answer was lost and the SDK wrote again, the condition fails on this process's own
   * first write, which the mark tells.
   */
  async #write(
    scope: ResponseScope,
    send: (mark: { S: string }) => Promise<unknown>,
  ): Promise<true | StoredResponseItem | undefined> {
    const mark = { S: randomBytes(6).toString('base64url') }
    try {
      await send(mark)
      return true
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
      if (!error.Item) return undefined
      return error.Item.write?.S === mark.S || storedOf(scope, error.Item)
    }
  }
}

const ownerIs = (owner: string | null) => (owner === null ? 'attribute_not_exists(#owner)' : '#owner = :before')
