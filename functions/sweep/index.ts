import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { onAws } from '../../shared/stores/aws/aws-errors.ts'
import { CLIENT_OPTIONS } from '../../shared/stores/aws/client-options.ts'
import { homeOf } from '../home.ts'
import { relay } from '../relay.ts'
import { OPTIONAL_QUEUES, readSettings } from '../settings.ts'
import { sendMessages } from '../wakes.ts'
import type { QueueName } from './plan.ts'
import { type SweptQueue, sweep } from './sweep.ts'

/** An upload takes a second and more, so that each of those at once does about this many in a minute. */
const UPLOADS_PER_MINUTE = 60
/** Messages of a queue that are worked on in a minute, about. */
const FULL: Record<QueueName, number> = {
  arrivals: 100,
  parts: UPLOADS_PER_MINUTE * relay.limits.concurrency,
  responses: 100,
  exports: 100,
  collects: 20,
}

const settings = readSettings(['stack', 'table', 'arrivalsQueue', 'partsQueue'])
const home = homeOf(settings)
const sqs = new SQSClient(CLIENT_OPTIONS)

async function waitingIn(QueueUrl: string): Promise<number> {
  const input = { QueueUrl, AttributeNames: ['ApproximateNumberOfMessages' as const] }
  const { Attributes } = await onAws('Looking at a queue', () => sqs.send(new GetQueueAttributesCommand(input)))
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0)
}

const queue = (name: QueueName, url: string): SweptQueue => ({
  full: FULL[name],
  waiting: () => waitingIn(url),
  send: (bodies) => sendMessages(sqs, url, bodies),
})

const optional = Object.entries(OPTIONAL_QUEUES).flatMap(([name, variable]) => {
  const url = process.env[variable]
  return url ? [[name, queue(name as QueueName, url)] as const] : []
})

export const handler = home.logger.around(
  sweep({
    ...home,
    queues: {
      arrivals: queue('arrivals', settings.arrivalsQueue),
      parts: queue('parts', settings.partsQueue),
      ...Object.fromEntries(optional),
    },
  }),
)
