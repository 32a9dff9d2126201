import { Annotations, Duration } from 'aws-cdk-lib'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Relay } from '../shared/config/types.ts'
import { RelayError } from '../shared/errors.ts'
import { tellOfObjects } from './bucket-events.ts'
import { acknowledgeFolders, droppedFiles, folders } from './folder-grants.ts'
import { RelayFunction } from './relay-function.ts'
import type { RelayStore } from './relay-store.ts'
import { ledgerRecords, manyResponses, publishTo, readSecrets, sendTo, writeSecrets } from './store-grants.ts'
import { WorkQueue } from './work-queue.ts'

export interface DropDoorProps {
  store: RelayStore
  relay: Relay
  /** Told of files that were rejected or imported in part. */
  dropEnds: Topic
  /** Path of `relay.config.ts`. */
  configFile: string
}

const LONGEST = Duration.minutes(15)
/** Of the longest run of a function, what must be left beside an upload: tokens, reading the part, describing it. */
const BESIDE_UPLOAD_SECONDS = 180
/** Large files at once; each takes a core of its own. */
const CUTS_AT_ONCE = 10
/** SQS gives no event source less. */
const LEAST_CONCURRENCY = 2

/** S3 → SQS → `import-drop` (reads and cuts) → SQS → `send-part` (everything that calls CXI). */
export class DropDoor extends Construct {
  readonly arrivals: WorkQueue
  readonly parts: WorkQueue
  readonly functions: RelayFunction[]

  constructor(scope: Construct, id: string, props: DropDoorProps) {
    super(scope, id)
    const { store, relay } = props
    checkLimits(this, relay)
    // With the function's own growing waits, twenty deliveries are half a day; then somebody has to look.
    this.arrivals = new WorkQueue(this, 'Arrivals', { functionTimeout: LONGEST, maxReceiveCount: 20 })
    this.parts = new WorkQueue(this, 'Parts', { functionTimeout: LONGEST, maxReceiveCount: 5 })
    const importDrop = this.#importDrop(props)
    const sendPart = this.#sendPart(props)
    this.functions = [importDrop, sendPart]
    takeFrom(this.arrivals.queue, importDrop, CUTS_AT_ONCE)
    takeFrom(this.parts.queue, sendPart, Math.max(LEAST_CONCURRENCY, relay.limits.concurrency))
    tellOfObjects(store.files.bucket, this.arrivals.queue, { prefix: 'inbox/' })
  }

  #importDrop({ store, dropEnds, configFile }: DropDoorProps): RelayFunction {
    const importDrop = new RelayFunction(this, 'ImportDrop', {
      name: 'import-drop',
      description: 'Reads, checks and cuts dropped files',
      configFile,
      memorySize: 1769,
      environment: { ...this.#queueUrls(), ...stored(store), RELAY_DROP_ENDS_TOPIC: dropEnds.topicArn },
      statements: [
        ledgerRecords(store),
        manyResponses(store),
        droppedFiles(store),
        ...folders(store, {
          reads: ['responses', 'rows'],
          writes: ['parts', 'receipts', 'rejected', 'responses', 'rows'],
          deletes: ['parts', 'rejected', 'responses', 'rows'],
        }),
        readSecrets([store.secrets.privacyKeyArn]),
        sendTo(this.arrivals.queue.queueArn, this.parts.queue.queueArn),
        publishTo(dropEnds.topicArn),
      ],
    })
    acknowledgeFolders(importDrop, store, ['inbox', 'parts', 'receipts', 'rejected', 'responses', 'rows'])
    return importDrop
  }

  #sendPart({ store, configFile }: DropDoorProps): RelayFunction {
    const { credentialArns, tokenArns, privacyKeyArn } = store.secrets
    const sendPart = new RelayFunction(this, 'SendPart', {
      name: 'send-part',
      description: 'Sends parts to CXI, describes and confirms them',
      configFile,
      environment: { ...this.#queueUrls(), ...stored(store) },
      statements: [
        ledgerRecords(store),
        manyResponses(store),
        droppedFiles(store),
        ...folders(store, {
          reads: ['parts', 'responses', 'rows'],
          writes: ['receipts', 'rejected', 'responses'],
          deletes: ['parts', 'responses'],
        }),
        readSecrets([...credentialArns, ...tokenArns, privacyKeyArn]),
        writeSecrets(tokenArns),
        sendTo(this.arrivals.queue.queueArn, this.parts.queue.queueArn),
      ],
    })
    acknowledgeFolders(sendPart, store, ['inbox', 'parts', 'receipts', 'rejected', 'responses', 'rows'])
    return sendPart
  }

  /** Both queues, by the variables that tell functions of them. */
  get queues(): Record<string, Queue> {
    return { RELAY_ARRIVALS_QUEUE_URL: this.arrivals.queue, RELAY_PARTS_QUEUE_URL: this.parts.queue }
  }

  #queueUrls(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.queues).map(([variable, { queueUrl }]) => [variable, queueUrl]))
  }
}

const stored = ({ files: { bucket }, ledger, secrets }: RelayStore) => ({
  RELAY_BUCKET: bucket.bucketName,
  RELAY_TABLE: ledger.tableName,
  RELAY_PRIVACY_SECRET: secrets.privacyKeyArn,
})

/** One message a call: a large file or a slow upload takes minutes, and must not take others down with it. */
export function takeFrom(queue: Queue, { lambda }: RelayFunction, maxConcurrency: number): void {
  lambda.addEventSource(new SqsEventSource(queue, { batchSize: 1, maxConcurrency, reportBatchItemFailures: true }))
}

function checkLimits(scope: Construct, { limits }: Relay): void {
  const longest = LONGEST.toSeconds() - BESIDE_UPLOAD_SECONDS
  if (limits.postSeconds > longest) {
    throw new RelayError(
      'config_invalid',
      `relay.config.ts: limits.postSeconds must be ${longest} or less on AWS, where a function ends after 15 minutes.`,
    )
  }
  if (limits.concurrency < LEAST_CONCURRENCY) {
    Annotations.of(scope).addWarningV2(
      'cxi-relay:concurrency',
      `limits.concurrency is ${limits.concurrency}, but SQS gives no function less than ${LEAST_CONCURRENCY} messages at once.`,
    )
  }
}
