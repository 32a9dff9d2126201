import { Duration, Stack } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'

export interface WorkQueueProps {
  /** Time-out of the function that takes from it; a message is hidden six times as long, as AWS advises. */
  functionTimeout: Duration
  /** Deliveries before a message is set aside. */
  maxReceiveCount: number
}

const COMMON = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(14) }

/** A queue for one function. What that can't work on goes to the stack's dead letters. */
export class WorkQueue extends Construct {
  readonly queue: Queue

  constructor(scope: Construct, id: string, { functionTimeout, maxReceiveCount }: WorkQueueProps) {
    super(scope, id)
    this.queue = new Queue(this, 'Queue', {
      ...COMMON,
      visibilityTimeout: Duration.seconds(functionTimeout.toSeconds() * 6),
      deadLetterQueue: { queue: deadLettersOf(this), maxReceiveCount },
    })
  }
}

/** One queue for all: one alarm sees it, and SQS remembers of each message which queue it goes back to. */
export function deadLettersOf(scope: Construct): Queue {
  const stack = Stack.of(scope)
  const there = stack.node.tryFindChild('DeadLetters')
  if (there) return there as Queue
  const deadLetters = new Queue(stack, 'DeadLetters', COMMON)
  acknowledge(deadLetters, 'It is where the other queues send what failed.', 'Serverless-SQSRedrivePolicy')
  return deadLetters
}
