import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'

const FIRST_SECONDS = 30
const LONGEST_SECONDS = 3600

/** Seconds until a message that failed at its n-th delivery is delivered again: doubling, up to an hour. */
export const comeBackSeconds = (deliveries: number): number =>
  Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.max(0, deliveries - 1))

/** Shortens the wait of a failed message; where that fails too, it comes when its visibility time-out ends. */
export const comingBack = (sqs: SQSClient, queueUrl: string) => async (message: SQSRecord) => {
  const VisibilityTimeout = comeBackSeconds(Number(message.attributes.ApproximateReceiveCount))
  const input = { QueueUrl: queueUrl, ReceiptHandle: message.receiptHandle, VisibilityTimeout }
  await sqs.send(new ChangeMessageVisibilityCommand(input)).catch(() => undefined)
}
