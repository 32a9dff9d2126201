import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs'
import { messageOf } from '../shared/errors.ts'
import type { Logger } from '../shared/ports.ts'
import { onAws } from '../shared/stores/aws/aws-errors.ts'
import { type RecordKey, recordMessage } from './record-message.ts'

/** Messages that one request of SQS takes. */
const BATCH = 10

/** Sends messages, ten in a request. Throws RelayError `store_unavailable` where some could not be sent. */
export async function sendMessages(sqs: SQSClient, queueUrl: string, bodies: string[]): Promise<void> {
  for (let from = 0; from < bodies.length; from += BATCH) {
    const Entries: SendMessageBatchRequestEntry[] = bodies
      .slice(from, from + BATCH)
      .map((MessageBody, index) => ({ Id: String(index), MessageBody }))
    await onAws('Sending messages', () => sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries })))
  }
}

/** Collects what can be worked on at once, and sends it before the function answers, since it is frozen then. */
export class Wakes {
  readonly #sqs: SQSClient
  readonly #queueUrl: string
  readonly #logger: Logger
  #waiting: RecordKey[] = []

  constructor(sqs: SQSClient, queueUrl: string, logger: Logger) {
    this.#sqs = sqs
    this.#queueUrl = queueUrl
    this.#logger = logger
  }

  add(record: RecordKey): void {
    this.#waiting.push(record)
  }

  /** A message that is lost costs a minute: the sweep finds the record too. */
  async flush(): Promise<void> {
    const bodies = this.#waiting.splice(0).map((record) => recordMessage([record]))
    try {
      await sendMessages(this.#sqs, this.#queueUrl, bodies)
    } catch (error) {
      this.#logger.warn('wake.failed', { records: bodies.length, message: messageOf(error) })
    }
  }
}
