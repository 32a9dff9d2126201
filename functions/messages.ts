import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { messageOf, RelayError } from '../shared/errors.ts'
import type { Logger } from '../shared/ports.ts'

/** Works on each message of a batch by itself; only those that failed are delivered again. */
export async function eachMessage(
  event: SQSEvent,
  logger: Logger,
  work: (message: SQSRecord) => Promise<void>,
  onFailure: (message: SQSRecord) => Promise<void> = async () => undefined,
): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
  for (const message of event.Records) {
    try {
      await work(message)
    } catch (error) {
      batchItemFailures.push({ itemIdentifier: message.messageId })
      const code = error instanceof RelayError ? error.code : 'unexpected'
      const receives = Number(message.attributes.ApproximateReceiveCount)
      logger.warn('message.failed', { code, message: messageOf(error), receives })
      await onFailure(message)
    }
  }
  return { batchItemFailures }
}
