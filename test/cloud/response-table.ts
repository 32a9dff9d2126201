import { randomUUID } from 'node:crypto'
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand, DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { S3ObjectStore } from '../../shared/stores/aws/objects.ts'
import { DynamoResponseBuffer } from '../../shared/stores/aws/responses.ts'
import { ManualClock } from '../support/fakes.ts'
import { clientsOf } from './clients.ts'
import { tableInput } from './table-input.ts'

/** Response buffers of two processes on a table and a bucket of their own. */
export async function openResponses(endpoint: string, open: () => DynamoDBClient) {
  const { s3 } = clientsOf(endpoint)
  const [client, other] = [open(), open()]
  const name = `suite-${randomUUID()}`
  await client.send(new CreateTableCommand(tableInput(name)))
  await s3.send(new CreateBucketCommand({ Bucket: name }))
  const clock = new ManualClock()
  const objects = async () => new S3ObjectStore(s3, name)
  const keys = async (prefix: string) => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: name, Prefix: prefix }))
    return Contents.map(({ Key = '' }) => Key)
  }
  return {
    buffer: new DynamoResponseBuffer(client, name, clock, objects),
    peer: new DynamoResponseBuffer(other, name, clock, objects),
    clock,
    table: name,
    client,
    keys,
    /** Forgets objects, as the bucket's lifecycle does. */
    expire: async (prefix: string) => {
      for (const Key of await keys(prefix)) await s3.send(new DeleteObjectCommand({ Bucket: name, Key }))
    },
    close: async () => {
      client.destroy()
      other.destroy()
      s3.destroy()
    },
  }
}
