import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterEach, expect, test } from 'vitest'
import { DynamoLedger } from '../../../../shared/stores/aws/ledger.ts'
import { recordOf, valueAttributes } from '../../../../shared/stores/aws/ledger-item.ts'
import { type AwsAnswer, type AwsCall, type FakeAws, startFakeAws } from '../../../support/fake-aws.ts'
import { ManualClock } from '../../../support/fakes.ts'

const closing: (() => Promise<void>)[] = []
const clock = new ManualClock()

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function table(answer: (call: AwsCall, turn: number) => AwsAnswer): Promise<[DynamoLedger, FakeAws]> {
  const aws = await startFakeAws(answer)
  const client = new DynamoDBClient(aws.options)
  closing.push(async () => {
    client.destroy()
    await aws.close()
  })
  return [new DynamoLedger(client, 'ledger', clock), aws]
}

const failure = (name: string, more: object = {}): AwsAnswer => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: `It is ${name}.`, ...more },
})

const record = { group: 'drop#1', id: 'self', version: 3, value: {}, dueAtMs: null }

test('knows its own write again whose answer was lost', async () => {
  let written: unknown
  const [ledger] = await table(({ json }, turn) => {
    if (turn === 1) {
      written = json.ExpressionAttributeValues[':write']
      return 'break'
    }
    return failure('ConditionalCheckFailedException', { Item: { write: written } })
  })

  const updated = await ledger.update(record, { value: { state: 'cut' } })

  expect(updated).toEqual({ ...record, version: 4, value: { state: 'cut' } })
})

test("sees that another's write was first", async () => {
  const [ledger, aws] = await table(() =>
    failure('ConditionalCheckFailedException', { Item: { write: { S: 'another' } } }),
  )

  expect(await ledger.update(record, { value: {} })).toBeUndefined()
  expect(await ledger.create({ group: 'a', id: 'b', value: {} })).toBeUndefined()
  expect(await ledger.remove(record)).toBe(false)
  expect(aws.calls.map(({ operation }) => operation)).toEqual(['UpdateItem', 'PutItem', 'DeleteItem'])
})

test('makes every change with one conditional request', async () => {
  const [ledger, aws] = await table(() => ({ body: {} }))

  await ledger.create({ group: 'a', id: 'b', value: {}, dueAtMs: 5, expiresAtMs: 7_001 })
  await ledger.update(record, { value: {} })
  await ledger.remove(record)

  expect(aws.calls).toHaveLength(3)
  expect(aws.calls.every(({ json }) => json.ConditionExpression)).toBe(true)
  expect(aws.calls[0]?.json.Item).toMatchObject({ dueAtMs: { N: '5' }, expiresAtMs: { N: '7001' }, ttl: { N: '8' } })
  expect(aws.calls[1]?.json.UpdateExpression).toMatch(/ REMOVE #packed, #dueAtMs, #dueShard$/)
})

test('takes a lost permission for trouble that passes, and says what to do', async () => {
  const [ledger] = await table(() => failure('AccessDeniedException'))

  await expect(ledger.get('drop#1', 'self')).rejects.toMatchObject({
    code: 'store_unavailable',
    retryable: true,
    message: expect.stringMatching(/^Reading the ledger record drop#1 self failed .*mend the role's policy/),
  })
})

test('packs the record of a file of fifty gigabytes into an item', () => {
  const parts = Array.from({ length: 5000 }, (_, part) => ({
    part,
    rows: 59_000 + (part % 977),
    bytes: 9_990_000 + (part % 983),
    firstRow: part * 59_000,
    lastRow: part * 59_000 + 58_999,
  }))
  const json = JSON.stringify({ parts })

  const attributes = valueAttributes(json)

  expect(json.length).toBeGreaterThan(400_000)
  expect(attributes.packed?.B?.length).toBeLessThan(200_000)
  expect(recordOf({ ...attributes, version: { N: '1' } }).value).toEqual({ parts })
})

test('gives what the table says is due, where the index lags behind', async () => {
  const item = (id: string, more: object) => ({
    group: { S: 'g' },
    id: { S: id },
    version: { N: '2' },
    json: { S: '{}' },
    ...more,
  })
  const [ledger] = await table(({ operation, json }) => {
    if (operation === 'Query') {
      const isFirst = json.ExpressionAttributeValues[':shard'].N === '0'
      const found = ['due', 'moved', 'done', 'gone'].map((id) => ({
        group: { S: 'g' },
        id: { S: id },
        dueAtMs: { N: '1' },
      }))
      return { body: { Items: isFirst ? found : [] } }
    }
    const Items = [item('due', { dueAtMs: { N: '1' } }), item('moved', { dueAtMs: { N: '9000' } }), item('done', {})]
    return { body: { Responses: { ledger: Items } } }
  })

  const due = await ledger.due(5000, 100)

  expect(due.map(({ id }) => id)).toEqual(['due'])
})

test('asks again for what a table under pressure did not give', async () => {
  const keys = Array.from({ length: 3 }, (_, index) => ({ group: { S: 'g' }, id: { S: `r${index}` } }))
  const [ledger, aws] = await table(({ operation, json }) => {
    if (operation === 'Query') {
      const isFirst = json.ExpressionAttributeValues[':shard'].N === '0'
      return { body: { Items: isFirst ? keys.map((key) => ({ ...key, dueAtMs: { N: '1' } })) : [] } }
    }
    const [first, ...rest] = json.RequestItems.ledger.Keys
    const found = { ...first, version: { N: '1' }, json: { S: '{}' }, dueAtMs: { N: '1' } }
    const left = rest.length > 0 ? { ledger: { Keys: rest } } : {}
    return { body: { Responses: { ledger: [found] }, UnprocessedKeys: left } }
  })

  const finding = ledger.due(5000, 100)
  const asked = () => aws.calls.filter(({ operation }) => operation === 'BatchGetItem').length
  for (let turn = 0; turn < 3; turn++) {
    await expect.poll(asked).toBe(turn + 1)
    await new Promise((resolve) => setTimeout(resolve, 5))
    await clock.advance(10_000)
  }

  expect((await finding).map(({ id }) => id).sort()).toEqual(['r0', 'r1', 'r2'])
})
