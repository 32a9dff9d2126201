import { randomBytes } from 'node:crypto'
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { Clock, Ledger, LedgerRecord, LedgerWrite } from '../../ports.ts'
import { byCodePoint } from '../code-points.ts'
import { onAws } from './aws-errors.ts'
import { findDue } from './ledger-due.ts'
import { dueAttributes, expiryAttributes, type Item, isLive, keyOf, recordOf, valueAttributes } from './ledger-item.ts'

const LIVE = '(attribute_not_exists(expiresAtMs) OR expiresAtMs > :now)'

/**
 * The ledger in one DynamoDB table. Every write is one conditional request, durable when it answers; reads are strongly
 * consistent, but for the index of what is due.
 */
export class DynamoLedger implements Ledger {
  readonly #client: DynamoDBClient
  readonly #table: string
  readonly #clock: Clock

  constructor(client: DynamoDBClient, table: string, clock: Clock) {
    this.#client = client
    this.#table = table
    this.#clock = clock
  }

  async get<T>(group: string, id: string): Promise<LedgerRecord<T> | undefined> {
    const input = { TableName: this.#table, Key: keyOf(group, id), ConsistentRead: true }
    const { Item: item } = await onAws(`Reading the ledger record ${group} ${id}`, () =>
      this.#client.send(new GetItemCommand(input)),
    )
    return item && isLive(item, this.#clock.now()) ? recordOf<T>(item) : undefined
  }

  async create<T>(write: LedgerWrite<T>): Promise<LedgerRecord<T> | undefined> {
    const { group, id, dueAtMs = null, expiresAtMs = null } = write
    const json = JSON.stringify(write.value)
    const key = keyOf(group, id)
    const item: Item = {
      ...key,
      ...(key.id.S === id ? {} : { longId: { S: id } }),
      version: { N: '1' },
      ...valueAttributes(json),
      ...dueAttributes(group, id, dueAtMs),
      ...expiryAttributes(expiresAtMs),
    }
    const isNew = await this.#write(
      `Writing the ledger record ${group} ${id}`,
      (mark) =>
        new PutItemCommand({
          TableName: this.#table,
          Item: { ...item, write: mark },
          ConditionExpression: 'attribute_not_exists(#group) OR expiresAtMs <= :now',
          ExpressionAttributeNames: { '#group': 'group' },
          ExpressionAttributeValues: { ':now': this.#now() },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
    )
    return isNew ? { group, id, version: 1, value: JSON.parse(json) as T, dueAtMs } : undefined
  }

  async update<T>(
    record: LedgerRecord<unknown>,
    change: { value: T; dueAtMs?: number | null; expiresAtMs?: number | null },
  ): Promise<LedgerRecord<T> | undefined> {
    const { group, id, version } = record
    const { dueAtMs = null, expiresAtMs } = change
    const json = JSON.stringify(change.value)
    const set: Item = { version: { N: String(version + 1) }, ...valueAttributes(json) }
    Object.assign(set, dueAttributes(group, id, dueAtMs))
    if (expiresAtMs !== undefined) Object.assign(set, expiryAttributes(expiresAtMs))
    const mayGo = [
      'json',
      'packed',
      'dueAtMs',
      'dueShard',
      ...(expiresAtMs === undefined ? [] : ['expiresAtMs', 'ttl']),
    ]
    const isChanged = await this.#write(`Writing the ledger record ${group} ${id}`, (mark) => {
      const { expression, names, values } = replacing({ ...set, write: mark }, mayGo)
      return new UpdateItemCommand({
        TableName: this.#table,
        Key: keyOf(group, id),
        UpdateExpression: expression,
        ConditionExpression: `#version = :expected AND ${LIVE}`,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ...values, ':expected': { N: String(version) }, ':now': this.#now() },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      })
    })
    return isChanged ? { group, id, version: version + 1, value: JSON.parse(json) as T, dueAtMs } : undefined
  }

  async remove(record: LedgerRecord<unknown>): Promise<boolean> {
    const { group, id, version } = record
    return this.#write(
      `Removing the ledger record ${group} ${id}`,
      () =>
        new DeleteItemCommand({
          TableName: this.#table,
          Key: keyOf(group, id),
          ConditionExpression: `#version = :expected AND ${LIVE}`,
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':expected': { N: String(version) }, ':now': this.#now() },
        }),
    )
  }

  async list<T>(group: string): Promise<LedgerRecord<T>[]> {
    const items: Item[] = []
    let from: Item | undefined
    do {
      const input = {
        TableName: this.#table,
        KeyConditionExpression: '#group = :group',
        ExpressionAttributeNames: { '#group': 'group' },
        ExpressionAttributeValues: { ':group': { S: group } },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }
      const page = await onAws(`Listing the ledger records of ${group}`, () =>
        this.#client.send(new QueryCommand(input)),
      )
      items.push(...(page.Items ?? []))
      from = page.LastEvaluatedKey
    } while (from)
    const now = this.#clock.now()
    return items
      .filter((item) => isLive(item, now))
      .map((item) => recordOf<T>(item))
      .sort((a, b) => byCodePoint(a.id, b.id))
  }

  async due(nowMs: number, limit: number): Promise<LedgerRecord<unknown>[]> {
    return onAws('Looking for due ledger records', () =>
      findDue({ client: this.#client, table: this.#table, clock: this.#clock }, nowMs, limit),
    )
  }

  /**
   * Sends one conditional write; answers whether its condition held. Each bears a mark: where an answer was lost and
   * the SDK wrote again, the condition fails on this process's own first write, which the mark tells.
   */
  async #write(
    what: string,
    command: (mark: { S: string }) => PutItemCommand | UpdateItemCommand | DeleteItemCommand,
  ): Promise<boolean> {
    const mark = { S: randomBytes(9).toString('base64url') }
    return onAws(what, async () => {
      try {
        // The three commands differ in their types only.
        await this.#client.send(command(mark) as PutItemCommand)
        return true
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error
        return error.Item?.write?.S === mark.S
      }
    })
  }

  #now(): { N: string } {
    return { N: String(this.#clock.now()) }
  }
}

/** An update that sets these attributes and removes those of `mayGo` that are not among them. */
function replacing(set: Item, mayGo: string[]) {
  const names: Record<string, string> = {}
  const values: Item = {}
  const sets = Object.entries(set).map(([name, value]) => {
    names[`#${name}`] = name
    values[`:${name}`] = value
    return `#${name} = :${name}`
  })
  const removed = mayGo.filter((name) => !(name in set))
  for (const name of removed) names[`#${name}`] = name
  const removal = removed.length === 0 ? '' : ` REMOVE ${removed.map((name) => `#${name}`).join(', ')}`
  return { expression: `SET ${sets.join(', ')}${removal}`, names, values }
}
