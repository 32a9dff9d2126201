import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import * as signed from '../../shared/stores/aws/signed/dynamodb.ts'
import { REGION } from './clients.ts'

/** The client that signs by hand in the place of the SDK's, for the SDK's commands: what the bundler does otherwise. */
export function signedClient(endpoint: string): DynamoDBClient {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  })
  const client = new signed.DynamoDBClient()
  const send = async (command: { input: unknown }) => {
    const { input } = command
    const operation = command.constructor.name.replace(/Command$/, '')
    try {
      return await client.send({ operation, input })
    } catch (error) {
      if (!(error instanceof signed.ConditionalCheckFailedException)) throw error
      const { message, $metadata, Item } = error
      throw Object.assign(new ConditionalCheckFailedException({ message, $metadata }), { Item })
    }
  }
  return { send, destroy: () => undefined } as unknown as DynamoDBClient
}
