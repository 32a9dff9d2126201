import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { onAws } from '../../../../../shared/stores/aws/aws-errors.ts'
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '../../../../../shared/stores/aws/signed/dynamodb.ts'
import { SignedObjects } from '../../../../../shared/stores/aws/signed/objects.ts'
import { GetSecretValueCommand, SecretsManagerClient } from '../../../../../shared/stores/aws/signed/secrets-manager.ts'
import { ServiceError, sendSigned } from '../../../../../shared/stores/aws/signed/send.ts'
import { type AwsAnswer, type AwsCall, type FakeAws, startFakeAws } from '../../../../support/fake-aws.ts'

const started: FakeAws[] = []

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const aws of started.splice(0)) await aws.close()
})

async function aws(answer: (call: AwsCall, turn: number) => AwsAnswer): Promise<FakeAws> {
  const there = await startFakeAws(answer)
  vi.stubEnv('AWS_ENDPOINT_URL', there.options.endpoint)
  started.push(there)
  return there
}

const BYTES = Buffer.from([0, 1, 250, 255])
const get = (client = new DynamoDBClient()) => client.send(new GetItemCommand({ TableName: 'ledger', Key: {} }))
const refusal = (name: string, status = 400, rest = {}): AwsAnswer => ({
  status,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'No.', ...rest },
})

describe('DynamoDB', () => {
  test('is sent bytes in base64, and its bytes are bytes again', async () => {
    const item = { id: { S: 'ä' }, B: { S: 'an attribute that is called B' }, content: { B: BYTES.toString('base64') } }
    const there = await aws(({ operation }) => ({ body: operation === 'GetItem' ? { Item: item } : {} }))
    const client = new DynamoDBClient()

    await client.send(new PutItemCommand({ TableName: 'ledger', Item: { ...item, content: { B: BYTES } } }))
    const { Item } = await get(client)

    expect(there.calls[0]?.json).toEqual({ TableName: 'ledger', Item: item })
    expect(there.calls[0]?.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.PutItem',
    })
    expect(Item).toEqual({ ...item, content: { B: BYTES } })
  })

  test('says which item was in the way of a condition, its bytes too', async () => {
    await aws(() => refusal('ConditionalCheckFailedException', 400, { Item: { content: { B: 'AAH6/w==' } } }))

    const error = await get().catch((thrown: unknown) => thrown)

    expect(error).toBeInstanceOf(ConditionalCheckFailedException)
    expect(error).toMatchObject({ Item: { content: { B: BYTES } }, $metadata: { httpStatusCode: 400 } })
  })

  test.each([
    ['a failure of its own', refusal('InternalServerError', 500)],
    ['too many requests', refusal('ProvisionedThroughputExceededException')],
    ["a load balancer's page", { status: 503, body: '<html>' }],
    ['a connection that breaks', 'break'],
    ['an answer that breaks off', { body: { Item: {} }, breakAfter: 3 }],
  ] as [string, AwsAnswer][])('is asked again after %s', async (_, failing) => {
    const there = await aws((_call, turn) => (turn < 3 ? failing : { body: { Item: { id: { S: '1' } } } }))

    const { Item } = await get()

    expect(Item).toEqual({ id: { S: '1' } })
    expect(there.calls).toHaveLength(3)
  })

  test('is asked once where it refuses the request', async () => {
    const there = await aws(() => refusal('ValidationException'))

    await expect(get()).rejects.toMatchObject({ name: 'ValidationException', message: 'No.' })

    expect(there.calls).toHaveLength(1)
  })

  test('is asked three times, then what failed becomes retryable', async () => {
    const there = await aws(() => refusal('InternalServerError', 500))

    await expect(onAws('Looking', () => get())).rejects.toMatchObject({ code: 'store_unavailable', retryable: true })

    expect(there.calls).toHaveLength(3)
  })

  test('is called with the credentials of the moment, over one connection', async () => {
    const there = await aws(() => ({ body: {} }))
    const client = new DynamoDBClient()

    await get(client)
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'another')
    vi.stubEnv('AWS_SESSION_TOKEN', 'token')
    await get(client)

    const [first, second] = there.calls
    expect(first?.headers.authorization).toContain('Credential=key/')
    expect(first?.headers.connection).toBe('keep-alive')
    expect(second?.headers.authorization).toContain('Credential=another/')
    expect(second?.headers['x-amz-security-token']).toBe('token')
  })

  test('is not called without credentials, whose lack is said', async () => {
    const there = await aws(() => ({ body: {} }))
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '')

    await expect(onAws('Looking', () => get())).rejects.toThrow(/no valid AWS credentials/)

    expect(there.calls).toEqual([])
  })
})

test('Secrets Manager says which secret is not there by its own name for it', async () => {
  const there = await aws(() => ({ status: 400, body: { __type: 'ResourceNotFoundException', Message: "It isn't." } }))

  const reading = new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: 'hook' }))

  await expect(reading).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: "It isn't." })
  expect(there.calls[0]?.headers['x-amz-target']).toBe('secretsmanager.GetSecretValue')
})

describe('S3', () => {
  test('is given an object under its encoded key, with the hash of its body', async () => {
    const there = await aws(() => ({}))

    await new SignedObjects('bucket').put('quarantine/ä (1).json', Buffer.from('{}'))

    const [call] = there.calls
    expect([call?.method, call?.url.pathname, call?.body]).toEqual([
      'PUT',
      '/bucket/quarantine/%C3%A4%20%281%29.json',
      '{}',
    ])
    expect(call?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-amz-content-sha256': '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    })
  })

  test('gives an object back, and says which is missing', async () => {
    const xml = '<Error><Code>NoSuchKey</Code></Error>'
    await aws(({ url }) => (url.pathname === '/bucket/there' ? { body: BYTES } : { status: 404, body: xml }))
    const objects = new SignedObjects('bucket')

    const chunks: Uint8Array[] = []
    for await (const chunk of objects.read('there')) chunks.push(chunk)

    expect(Buffer.concat(chunks)).toEqual(BYTES)
    await expect(objects.read('gone')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'object_missing' })
  })
})

test('a service that accepts and says nothing is given up in time', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const url = new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`)
  const request = { service: 'dynamodb', region: 'eu-central-1', method: 'POST', url, headers: {}, body: '' }

  const calling = sendSigned(request, () => new ServiceError('None', '', 0), 20)

  await expect(calling).rejects.toMatchObject({ name: 'TimeoutError' })
  silent.closeAllConnections()
  silent.close()
})
