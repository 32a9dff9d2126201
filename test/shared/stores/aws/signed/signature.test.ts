import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { type Credentials, signedHeaders, type Unsigned } from '../../../../../shared/stores/aws/signed/signature.ts'
import { startFakeAws } from '../../../../support/fake-aws.ts'

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

const AT_MS = Date.parse('2015-08-30T12:36:00Z')

interface Sent extends Partial<Unsigned> {
  path?: string
  origin?: string
  credentials?: Credentials
  atMs?: number
}

const headersOf = ({ path = '/', origin = 'https://example.amazonaws.com', credentials, atMs, ...request }: Sent) =>
  signedHeaders(
    {
      service: 'service',
      region: 'us-east-1',
      method: 'GET',
      url: new URL(`${origin}${path}`),
      headers: {},
      body: '',
      ...request,
    },
    credentials ?? CREDENTIALS,
    atMs ?? AT_MS,
  )

const signatureOf = (sent: Sent) => headersOf(sent).authorization?.split('Signature=')[1]

const NOT_UNRESERVED = new URLSearchParams({ '@#$%^': '', '+': '/,?><`";:\\|][{}' })

/** Of AWS's own test suite for Signature Version 4. */
const SUITE: [name: string, sent: Sent, signature: string][] = [
  ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-unreserved',
    { path: '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' },
    '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  ],
  [
    'get-header-value-trim',
    { headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' } },
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ],
  [
    'get-vanilla-query-order-key-case',
    { path: '/?Param2=value2&Param1=value1' },
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  ['get-vanilla-utf8-query', { path: '/?ሴ=bar' }, '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04'],
  ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-header-key-sort',
    { method: 'POST', headers: { 'my-header1': 'value1' } },
    'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  ],
  [
    'post-vanilla-query-nonunreserved',
    { method: 'POST', path: `/?${NOT_UNRESERVED}` },
    '66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e',
  ],
  [
    'post-x-www-form-urlencoded',
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Param1=value1',
    },
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
]

test.each(SUITE)("signs AWS's test request %s", (_, sent, signature) => {
  expect(signatureOf(sent)).toBe(signature)
})

/** The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. */
describe('signs for S3', () => {
  const s3 = {
    service: 's3',
    origin: 'https://examplebucket.s3.amazonaws.com',
    atMs: Date.parse('2013-05-24T00:00:00Z'),
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
  }

  test('a GET of a range', () => {
    const sent = { ...s3, path: '/test.txt', headers: { range: 'bytes=0-9' } }

    expect(signatureOf(sent)).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41')
  })

  test('a PUT of a key that is encoded once, with its body and more headers', () => {
    const headers = { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' }
    const sent = { ...s3, method: 'PUT', path: '/test%24file.text', headers, body: 'Welcome to Amazon S3.' }

    expect(signatureOf(sent)).toBe('98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd')
  })

  test('a listing', () => {
    const sent = { ...s3, path: '/?prefix=J&max-keys=2' }

    expect(signatureOf(sent)).toBe('34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7')
  })
})

test('sends and signs the token of temporary credentials', () => {
  const headers = headersOf({ credentials: { ...CREDENTIALS, sessionToken: 'the token' } })

  expect(headers['x-amz-security-token']).toBe('the token')
  expect(headers.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,')
})

test('signs a request of the SDK as the SDK does', async () => {
  const aws = await startFakeAws(() => ({ body: {} }))
  const client = new DynamoDBClient({ ...aws.options, maxAttempts: 1 })
  await client.send(new GetItemCommand({ TableName: 'ledger', Key: { id: { S: 'ä' } } }))
  const [{ headers, body, url, method } = expect.fail('Nothing was sent.')] = aws.calls
  const [, list = ''] = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? []
  const at = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'])) ?? []
  const [, year, month, day, hour, minute, second] = at

  const signed = headersOf({
    service: 'dynamodb',
    region: aws.options.region,
    method,
    origin: aws.options.endpoint,
    path: url.pathname,
    headers: Object.fromEntries(list.split(';').map((name) => [name, String(headers[name])])),
    body,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    atMs: Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
  })

  expect(signed.authorization).toBe(headers.authorization)
  client.destroy()
  await aws.close()
})
