import { randomUUID } from 'node:crypto'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { CreateSecretCommand, DeleteSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { describe, inject } from 'vitest'
import type { DropEnd } from '../../shared/ports.ts'
import { DynamoLedger } from '../../shared/stores/aws/ledger.ts'
import { S3ObjectStore } from '../../shared/stores/aws/objects.ts'
import { SecretsManagerStore } from '../../shared/stores/aws/secrets.ts'
import { ManualClock } from '../support/fakes.ts'
import { describeLedger } from '../support/port-suites/ledger.ts'
import { describeObjects } from '../support/port-suites/objects.ts'
import { describeResponses } from '../support/port-suites/responses.ts'
import { describeSecrets } from '../support/port-suites/secrets.ts'
import { clientsOf } from './clients.ts'
import { openResponses } from './response-table.ts'
import { signedClient } from './signed-client.ts'
import { tableInput } from './table-input.ts'

const endpoint = inject('endpoint')

const sdkClient = () => clientsOf(endpoint).dynamo
const byHand = () => signedClient(endpoint)

describe.each([
  ['the SDK', sdkClient],
  ['calls signed by hand', byHand],
])('by %s', (_, open) => {
  describeLedger('DynamoLedger', async () => {
    const [client, peer] = [open(), open()]
    const table = `suite-${randomUUID()}`
    await client.send(new CreateTableCommand(tableInput(table)))
    const clock = new ManualClock()
    return {
      ledger: new DynamoLedger(client, table, clock),
      peer: new DynamoLedger(peer, table, clock),
      clock,
      close: async () => {
        client.destroy()
        peer.destroy()
      },
    }
  })

  describeResponses('DynamoResponseBuffer', async () => {
    const { buffer, peer, clock, close } = await openResponses(endpoint, open)
    return { buffer, peer, clock, close }
  })
})

describeObjects('S3ObjectStore', async () => {
  const { s3 } = clientsOf(endpoint)
  const Bucket = `suite-${randomUUID()}`
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  return {
    objects: new S3ObjectStore(s3, Bucket),
    drop: async (key, bytes, metadata) => {
      const input = { Bucket, Key: key, Body: bytes, Metadata: metadata ?? {}, Tagging: 'owner=somebody' }
      const { VersionId } = await s3.send(new PutObjectCommand(input))
      return { key, version: VersionId ?? '' }
    },
    lose: async (drop) => {
      await s3.send(new DeleteObjectCommand({ Bucket, Key: drop.key, VersionId: drop.version }))
    },
    endOf: async (drop) => {
      const at = { Bucket, Key: drop.key, VersionId: drop.version }
      const { TagSet = [] } = await s3.send(new GetObjectTaggingCommand(at))
      const tags = new Map(TagSet.map(({ Key, Value }) => [Key, Value]))
      if (tags.get('owner') !== 'somebody') throw new Error("The owner's own tag is gone.")
      return tags.get('cxi-relay') as DropEnd | undefined
    },
    close: async () => s3.destroy(),
  }
})

describeSecrets('SecretsManagerStore', async () => {
  const { secrets } = clientsOf(endpoint)
  const peer = clientsOf(endpoint).secrets
  return {
    secrets: new SecretsManagerStore(secrets, new ManualClock()),
    peer: new SecretsManagerStore(peer, new ManualClock()),
    put: async (name, text) => {
      if (text === undefined) {
        await secrets.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }))
        return
      }
      await secrets
        .send(new CreateSecretCommand({ Name: name, SecretString: text }))
        .catch(() => secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: text })))
    },
    close: async () => {
      secrets.destroy()
      peer.destroy()
    },
  }
})
