import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { SETTINGS } from '../../functions/settings.ts'
import { bundleFunction } from '../../infra/bundle.ts'
import { completeRelay } from '../../shared/config/resolve.ts'
import { schedulesOf } from '../../shared/exports/schedules.ts'
import { type AwsAnswer, type AwsCall, type FakeAws, startFakeAws } from '../support/fake-aws.ts'
import { type RunningFunction, startFunction } from '../support/lambda/runtime.ts'
import { delivery, s3Event, s3Record, TEST_EVENT } from './events.ts'
import { httpEvent } from './webhook-home.ts'

const MAX_BYTES = {
  'import-drop': 800_000,
  'send-part': 800_000,
  'request-export': 800_000,
  'collect-export': 800_000,
  sweep: 800_000,
  'receive-webhook': 300_000,
  'flush-responses': 800_000,
}
const FUNCTIONS = Object.keys(MAX_BYTES)
const CONFIG = {
  accounts: { main: { secret: 'x' } },
  sources: { nps: { webhook: { provider: 'generic', secret: 'hook' } } },
  exports: [{ type: 'responses', schedule: '0 6 * * *' }],
}

let folder: string
const started: (RunningFunction | FakeAws)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-bundles-'))
  const config = join(folder, 'relay.config.mjs')
  await writeFile(config, `export default ${JSON.stringify(CONFIG)}`)
  for (const name of FUNCTIONS) bundleFunction(name, join(folder, name), config)
}, 60_000)

afterEach(async () => {
  for (const one of started.splice(0)) await ('stop' in one ? one.stop() : one.close())
})

afterAll(() => rm(folder, { recursive: true }))

async function run(name: string, answer: (call: AwsCall) => AwsAnswer, left: Record<string, string> = {}) {
  const aws = await startFakeAws(answer)
  const settings = Object.fromEntries(
    Object.values(SETTINGS).map((variable) => [
      variable,
      variable === SETTINGS.bucket ? 'relay' : `${aws.options.endpoint}/1/x`,
    ]),
  )
  const lambda = await startFunction(join(folder, name), {
    ...settings,
    AWS_ENDPOINT_URL: aws.options.endpoint,
    ...left,
  })
  started.push(lambda, aws)
  return { lambda, aws }
}

test.each(Object.entries(MAX_BYTES))('the bundle of %s is small enough to start quickly', async (name, maxBytes) => {
  const files = (await readdir(join(folder, name))).filter((file) => file.endsWith('.mjs'))
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, name, file))).size))

  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(maxBytes)
})

test('import-drop answers S3 and refuses what it cannot read, which comes back', async () => {
  const { lambda, aws } = await run('import-drop', () => ({ body: {} }))
  const event = delivery([TEST_EVENT, 'not ours'])

  expect(await lambda.invoke(delivery([TEST_EVENT]))).toEqual({ batchItemFailures: [] })
  expect(await lambda.invoke(event)).toEqual({
    batchItemFailures: [{ itemIdentifier: event.Records[1]?.messageId }],
  })

  expect(aws.calls.map(({ operation }) => operation)).toEqual(['ChangeMessageVisibility'])
  expect(lambda.log()).toContain('"event":"message.failed","code":"message_unreadable"')
})

test('import-drop publishes what became of a file, and lets it come back where that fails', async () => {
  const published = {
    body: '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
  }
  const refused = { status: 403, body: '<ErrorResponse><Error><Code>AuthorizationError</Code></Error></ErrorResponse>' }
  let turn = 0
  const { lambda, aws } = await run('import-drop', ({ operation }) => {
    if (operation !== undefined) return { body: {} }
    turn += 1
    return turn === 1 ? published : refused
  })
  const rows = { read: 2, imported: 1, set_aside: 1 }
  const notice = {
    source: 'nps',
    drop: 'inbox/nps/öl.csv',
    state: 'partial',
    rows,
    code: null,
    receipt: 'receipts/x.json',
  }
  const event = delivery([JSON.stringify({ notice })])

  expect(await lambda.invoke(event)).toEqual({ batchItemFailures: [] })
  expect(await lambda.invoke(event)).toEqual({ batchItemFailures: [{ itemIdentifier: event.Records[0]?.messageId }] })

  const form = new URLSearchParams(aws.calls[0]?.body)
  expect([form.get('Action'), form.get('TopicArn')]).toEqual(['Publish', `${aws.options.endpoint}/1/x`])
  expect(JSON.parse(JSON.parse(form.get('Message') ?? '').default)).toEqual(notice)
})

test('send-part looks at the record that a message names', async () => {
  const { lambda, aws } = await run('send-part', () => ({ body: {} }))

  const answer = await lambda.invoke(delivery([JSON.stringify({ records: [{ group: 'drop#1', id: 'part#1' }] })]))

  expect(answer).toEqual({ batchItemFailures: [] })
  expect(aws.calls.map(({ operation, json }) => [operation, json.Key])).toEqual([
    ['GetItem', { group: { S: 'drop#1' }, id: { S: 'part#1' } }],
  ])
})

test('request-export notes the time of a schedule that the configuration has, and none of others', async () => {
  const { lambda, aws } = await run('request-export', ({ operation }) =>
    operation === 'GetItem' ? { body: {} } : { status: 400, body: { __type: 'ValidationException', message: 'no' } },
  )
  const time = '2026-11-24T06:00:00Z'

  const unknown = await lambda.invoke(delivery([JSON.stringify({ schedule: 'unknown', time })]))
  expect(aws.calls).toEqual([])
  const key = schedulesOf(completeRelay(CONFIG))[0]?.key
  const known = await lambda.invoke(delivery([JSON.stringify({ schedule: key, time })]))

  expect(unknown).toEqual({ batchItemFailures: [] })
  expect(known).toMatchObject({ batchItemFailures: [{}] })
  expect(aws.calls.map(({ operation, json }) => [operation, json.Key?.group ?? json.Item?.group])).toEqual(
    expect.arrayContaining([['PutItem', { S: `export-schedule#${key}` }]]),
  )
})

test('collect-export notes a mail, and reads it with its parser when it is its turn', async () => {
  const items: Record<string, object> = {}
  const { lambda, aws } = await run('collect-export', ({ operation, method, json, url }) => {
    if (operation === 'GetItem') return { body: { Item: items[json.Key.group.S] } }
    if (operation === 'PutItem') items[json.Item.group.S] = json.Item
    if (operation === 'Query') return { body: { Items: [] } }
    if (method === 'GET' && url.pathname.endsWith('/mail/x.eml')) return { body: 'Subject: hello\r\n\r\nno link\r\n' }
    return { body: {} }
  })

  await lambda.invoke(delivery([s3Event(s3Record('mail/x.eml', 'v1'))]))
  const sent = aws.calls.find(({ operation }) => operation === 'SendMessageBatch')
  await lambda.invoke(delivery([sent?.json.Entries[0].MessageBody]))

  expect(lambda.log()).toContain('"event":"mail.received"')
  expect(lambda.log()).toContain('"reason":"no_link"')
})

test('sweep looks for what is due, and answers again and again', async () => {
  const { lambda, aws } = await run('sweep', () => ({ body: { Items: [] } }))

  await lambda.invoke({})
  await lambda.invoke({})

  expect(aws.calls.map(({ operation }) => operation)).toEqual(Array(16).fill('Query'))
  expect(lambda.log().match(/"event":"sweep.done"/g)).toHaveLength(2)
})

test('receive-webhook reads the secret once, stores what is delivered, and refuses what is forged', async () => {
  const { lambda, aws } = await run('receive-webhook', ({ operation }) => ({
    body: operation === 'GetSecretValue' ? { SecretString: '{"secret":"sesame"}', VersionId: 'v1' } : {},
  }))
  const deliver = (token: string, body: string) => lambda.invoke(httpEvent({ rawQueryString: `token=${token}`, body }))

  const accepted = await deliver('sesame', '{"id":"1","feedback":"good"}')
  const form = await lambda.invoke(
    httpEvent({
      rawQueryString: 'token=sesame',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x\r\ncontent-disposition: form-data; name="id"\r\n\r\n2\r\n--x--\r\n',
    }),
  )
  const forged = await deliver('guess', '{"id":"3"}')

  expect(accepted).toMatchObject({ statusCode: 202, body: '{"status":"accepted"}' })
  expect([form, forged]).toMatchObject([{ statusCode: 202 }, { statusCode: 401 }])
  const keys = aws.calls.filter(({ operation }) => operation === 'PutItem').map(({ json }) => json.Item.group.S)
  expect(keys).toEqual(['1', '2'].map((id) => expect.stringMatching(`^response#[\\w-]{16}#${id}$`)))
  // The third delivery fits no secret that is known, so that it is read anew.
  expect(aws.calls.filter(({ operation }) => operation === 'GetSecretValue')).toHaveLength(2)
  expect(lambda.log()).not.toMatch(/sesame|guess|good/)
})

test('receive-webhook answers in time while the store does not', async () => {
  const { lambda } = await run('receive-webhook', ({ operation }) =>
    operation === 'GetSecretValue' ? { body: { SecretString: '{"secret":"sesame"}' } } : 'break',
  )

  const answer = await lambda.invoke(httpEvent({ rawQueryString: 'token=sesame', body: '{"id":"1"}' }))

  expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '30' } })
})

test('flush-responses looks for settled responses, and at the record that a message names', async () => {
  const { lambda, aws } = await run('flush-responses', () => ({ body: { Items: [] } }))

  await lambda.invoke({ source: 'aws.scheduler' })
  const answer = await lambda.invoke(delivery([JSON.stringify({ records: [{ group: 'batch#1', id: 'self' }] })]))

  expect(answer).toEqual({ batchItemFailures: [] })
  const looks = aws.calls.filter(({ json }) => json.IndexName === 'waiting')
  expect(looks.map(({ json }) => json.ExpressionAttributeValues[':scope'].S)).toEqual(
    [0, 1, 2, 3].map((shard) => expect.stringMatching(`^[\\w-]{16}#${shard}$`)),
  )
  expect(aws.calls.at(-1)?.json.Key).toEqual({ group: { S: 'batch#1' }, id: { S: 'self' } })
})

const deliveryOf = (token: string) => ({
  rawPath: '/webhooks/nps',
  rawQueryString: `token=${token}`,
  headers: { 'content-type': 'application/json' },
  requestContext: { http: { method: 'POST' } },
  body: JSON.stringify({ id: 'r1', feedback_date: '2026-11-20T10:00:00Z', score: 9, feedback: 'Fine.' }),
  isBase64Encoded: false,
})
const SECRET = { body: { SecretString: JSON.stringify({ secret: 's3cret' }), VersionId: 'v1' } }

test('receive-webhook answers after the response is stored, and reads the secret once', async () => {
  const { lambda, aws } = await run('receive-webhook', ({ operation }) =>
    operation === 'GetSecretValue' ? SECRET : { body: {} },
  )

  const first = await lambda.invoke(deliveryOf('s3cret'))
  const second = await lambda.invoke(deliveryOf('s3cret'))

  expect(first).toMatchObject({ statusCode: 202, body: '{"status":"accepted"}' })
  expect(second).toMatchObject({ statusCode: 202 })
  expect(aws.calls.map(({ operation }) => operation)).toEqual(['GetSecretValue', 'PutItem', 'PutItem'])
  expect(aws.calls[1]?.json.Item.content.B).toMatch(/^[\w+/]+=*$/)
})

test('receive-webhook takes a response that is there already for a duplicate', async () => {
  let stored: unknown
  const { lambda } = await run('receive-webhook', ({ operation, json }) => {
    if (operation !== 'PutItem') return SECRET
    if (stored) return { status: 400, body: { __type: 'ConditionalCheckFailedException', Item: stored } }
    stored = json.Item
    return { body: {} }
  })

  await lambda.invoke(deliveryOf('s3cret'))
  const again = await lambda.invoke(deliveryOf('s3cret'))

  expect(again).toMatchObject({ statusCode: 200, body: '{"status":"duplicate"}' })
})

test('receive-webhook stores nothing for a stranger, and asks to come again while the store is out of order', async () => {
  const { lambda, aws } = await run('receive-webhook', ({ operation }) =>
    operation === 'GetSecretValue' ? SECRET : { status: 500, body: { __type: 'InternalServerError' } },
  )

  const stranger = await lambda.invoke(deliveryOf('guessed'))
  const unlucky = await lambda.invoke(deliveryOf('s3cret'))

  expect(stranger).toMatchObject({ statusCode: 401 })
  expect(unlucky).toMatchObject({ statusCode: 503 })
  expect(aws.calls.filter(({ operation }) => operation === 'PutItem')).toHaveLength(3)
  expect(lambda.log()).toContain('"code":"store_unavailable"')
})

test('flush-responses looks for settled responses and for the record that a message names', async () => {
  const { lambda, aws } = await run('flush-responses', ({ operation }) => ({
    body: operation === 'Query' ? { Items: [] } : {},
  }))

  await lambda.invoke({})
  const answer = await lambda.invoke(delivery([JSON.stringify({ records: [{ group: 'batch#1', id: 'self' }] })]))

  expect(answer).toEqual({ batchItemFailures: [] })
  const operations = aws.calls.map(({ operation }) => operation)
  expect(operations.slice(0, -1)).toContain('Query')
  expect(operations.at(-1)).toBe('GetItem')
})

test('a function that lacks settings says which, all at once', async () => {
  const { lambda } = await run('sweep', () => ({}), { RELAY_TABLE: '', RELAY_PARTS_QUEUE_URL: '' })

  await expect(lambda.invoke({})).rejects.toThrow(/lacks RELAY_TABLE, RELAY_PARTS_QUEUE_URL/)
})
