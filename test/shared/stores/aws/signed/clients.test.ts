import { afterEach, beforeEach, expect, test } from 'vitest'
import { RelayError } from '../../../../../shared/errors.ts'
import { onAws } from '../../../../../shared/stores/aws/aws-errors.ts'
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
} from '../../../../../shared/stores/aws/signed/dynamodb.ts'
import { SignedObjects } from '../../../../../shared/stores/aws/signed/objects.ts'
import { GetSecretValueCommand, SecretsManagerClient } from '../../../../../shared/stores/aws/signed/secrets-manager.ts'
import { type AwsAnswer, type AwsCall, type FakeAws, startFakeAws } from '../../../../support/fake-aws.ts'

const before = { ...process.env }
let aws: FakeAws
let answer: (call: AwsCall, turn: number) => AwsAnswer

beforeEach(async () => {
  answer = () => ({ body: {} })
  aws = await startFakeAws((call, turn) => answer(call, turn))
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.options.endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
  })
})

afterEach(async () => {
  process.env = { ...before }
  await aws.close()
})

const put = () => new DynamoDBClient().send(new PutItemCommand({ TableName: 'ledger', Item: { group: { S: 'a' } } }))
const failure = (name: string, status = 400, more: object = {}): AwsAnswer => ({
  status,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: `It is ${name}.`, ...more },
})

test('sends bytes as base64, and reads them back as bytes', async () => {
  answer = () => ({ body: { Attributes: { content: { B: 'AAEC' }, text: { S: 'B' } } } })

  const item = { content: { B: Buffer.from([0, 255]) }, list: { L: [{ B: new Uint8Array([1]) }] } }
  const told = await new DynamoDBClient().send(new PutItemCommand({ TableName: 'ledger', Item: item }))

  const [call] = aws.calls
  expect(call).toMatchObject({ method: 'POST', operation: 'PutItem' })
  expect(call?.json).toEqual({ TableName: 'ledger', Item: { content: { B: 'AP8=' }, list: { L: [{ B: 'AQ==' }] } } })
  expect(call?.headers).toMatchObject({
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-security-token': 'session',
    authorization: expect.stringContaining('/eu-central-1/dynamodb/aws4_request'),
  })
  expect(told).toEqual({ Attributes: { content: { B: Buffer.from([0, 1, 2]) }, text: { S: 'B' } } })
})

test('throws a failed condition with the item that it failed on, once', async () => {
  answer = () => failure('ConditionalCheckFailedException', 400, { Item: { content: { B: 'AA==' } } })

  const error = await put().catch((thrown: unknown) => thrown)

  expect(error).toBeInstanceOf(ConditionalCheckFailedException)
  expect(error).toMatchObject({ Item: { content: { B: Buffer.from([0]) } } })
  expect(aws.calls).toHaveLength(1)
})

test.each([
  ['a server that fails', failure('InternalServerError', 500)],
  ['a table under pressure', failure('ProvisionedThroughputExceededException')],
  ['a page of a load balancer', { status: 503, body: '<html>' }],
  ['a connection that breaks', 'break' as const],
])('tries again after %s', async (_, trouble) => {
  answer = (_call, turn) => (turn < 3 ? trouble : { body: { done: true } })

  const told = await put()

  expect(told).toEqual({ done: true })
  expect(aws.calls).toHaveLength(3)
})

test('gives up after three attempts, retryably', async () => {
  answer = () => 'break'

  const failed = onAws('Storing a response', put)

  await expect(failed).rejects.toMatchObject({ code: 'store_unavailable', retryable: true })
  expect(aws.calls).toHaveLength(3)
})

test('does not try again what is refused, and says by whom', async () => {
  answer = () => failure('AccessDeniedException')

  const failed = onAws('Storing a response', put)

  await expect(failed).rejects.toThrow(/not allowed to. It is AccessDeniedException/)
  expect(aws.calls).toHaveLength(1)
})

test('reads a secret in the protocol of its service', async () => {
  answer = () => ({ body: { SecretString: '{}', VersionId: 'v1' } })

  const told = await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: 'hook' }))

  expect(told).toEqual({ SecretString: '{}', VersionId: 'v1' })
  expect(aws.calls[0]?.headers).toMatchObject({
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'secretsmanager.GetSecretValue',
    authorization: expect.stringContaining('/eu-central-1/secretsmanager/aws4_request'),
  })
})

test('stores, reads and deletes objects, odd names too', async () => {
  const objects = new SignedObjects('relay')
  answer = ({ method }) => (method === 'GET' ? { body: 'bytes' } : {})

  await objects.put("quarantine/a b+'ü.json", Buffer.from('{}'))
  const chunks: Uint8Array[] = []
  for await (const chunk of objects.read('responses/large/1')) chunks.push(chunk)
  await objects.delete('responses/large/1')

  expect(aws.calls.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
    'PUT /relay/quarantine/a%20b%2B%27%C3%BC.json',
    'GET /relay/responses/large/1',
    'DELETE /relay/responses/large/1',
  ])
  expect(aws.calls[0]?.body).toBe('{}')
  expect(Buffer.concat(chunks).toString()).toBe('bytes')
})

test('creates an object only where there is none', async () => {
  const objects = new SignedObjects('relay')
  const statuses = [200, 412, 503]
  answer = () => ({ status: statuses.shift() ?? 503 })
  const create = () => objects.create('late/nps/2026-11-24/a.json', Buffer.from('{}'))

  const made = [await create(), await create()]

  expect(made).toEqual([true, false])
  expect(aws.calls.map(({ headers }) => headers['if-none-match'])).toEqual(['*', '*'])
  expect(aws.calls[0]?.headers.authorization).toContain('if-none-match')
  await expect(create()).rejects.toMatchObject({ code: 'store_unavailable', retryable: true })
})

test('tells an object that is missing from one that is out of reach', async () => {
  const objects = new SignedObjects('relay')
  const reading = async () => {
    for await (const _ of objects.read('responses/large/1')) expect.unreachable()
  }
  answer = () => ({ status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' })
  await expect(reading()).rejects.toMatchObject({ code: 'object_missing' })

  answer = () => ({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' })

  await expect(reading()).rejects.toBeInstanceOf(RelayError)
  await expect(reading()).rejects.toMatchObject({ code: 'store_unavailable' })
})
