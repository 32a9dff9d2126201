import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SQSClient } from '@aws-sdk/client-sqs'
import { CLIENT_OPTIONS } from '../../shared/stores/aws/client-options.ts'

export const REGION = 'eu-central-1'
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' }

/** Clients of the emulator, set up as the functions' own are. */
export function clientsOf(endpoint: string) {
  const options = { ...CLIENT_OPTIONS, endpoint, region: REGION, credentials: CREDENTIALS }
  return {
    s3: new S3Client(options),
    dynamo: new DynamoDBClient(options),
    secrets: new SecretsManagerClient(options),
    sqs: new SQSClient(options),
    lambda: new LambdaClient(options),
    scheduler: new SchedulerClient(options),
  }
}
