import { createHmac, timingSafeEqual } from 'node:crypto'
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { Agent, setGlobalDispatcher } from 'undici'
import { z } from 'zod'

/** A function as most people would write it: everything that it may need is imported at the top, and made at once. */

const dynamo = new DynamoDBClient()
const secrets = new SecretsManagerClient()
export const objects = new S3Client()
setGlobalDispatcher(new Agent({ keepAliveTimeout: 1000 }))

const { RELAY_TABLE: TableName = '', PEER_SECRET = '' } = process.env

const Delivery = z.object({ headers: z.record(z.string(), z.string()), body: z.string() })
const Typeform = z.object({
  form_response: z.object({
    token: z.string(),
    submitted_at: z.iso.datetime(),
    answers: z.array(z.looseObject({ type: z.string() })),
  }),
})
const Messages = z.object({ Records: z.array(z.object({ body: z.string() })) })
const Named = z.object({ records: z.array(z.object({ group: z.string(), id: z.string() })) })

export async function handler(event: unknown): Promise<unknown> {
  const delivery = Delivery.safeParse(event)
  if (delivery.success) return receive(delivery.data)
  const { Records = [] } = Messages.partial().parse(event)
  for (const { body } of Records) for (const record of Named.parse(JSON.parse(body)).records) await look(record)
  if (Records.length === 0) await look({ group: 'due', id: 'self' })
  return { batchItemFailures: [] }
}

/** A webhook: verified, read, stored, answered. */
async function receive({ headers, body }: z.infer<typeof Delivery>) {
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: PEER_SECRET }))
  const { secret } = z.object({ secret: z.string() }).parse(JSON.parse(SecretString ?? '{}'))
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('base64')}`)
  const given = Buffer.from(headers['typeform-signature'] ?? '')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { statusCode: 401 }
  const { form_response: response } = Typeform.parse(JSON.parse(body))
  const Item = { group: { S: `response#${response.token}` }, id: { S: 'self' }, content: { S: body } }
  const ConditionExpression = 'attribute_not_exists(id)'
  await dynamo.send(new PutItemCommand({ TableName, Item, ConditionExpression }))
  return { statusCode: 202, body: '{"status":"accepted"}' }
}

async function look({ group, id }: { group: string; id: string }) {
  await dynamo.send(new GetItemCommand({ TableName, Key: { group: { S: group }, id: { S: id } } }))
}
