import type { MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { plural } from '../sentences.ts'
import type { ClientOptions } from './aws.ts'
import type { Check } from './check.ts'
import type { FoundStack } from './find-stack.ts'

/** Whether messages were set aside, in any queue's dead letters. */
export async function checkDeadLetters(options: ClientOptions, { queues, region }: FoundStack): Promise<Check[]> {
  const { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } = await import('@aws-sdk/client-sqs')
  const sqs = new SQSClient(options)
  const attribute = async (QueueUrl: string, name: 'RedrivePolicy' | 'ApproximateNumberOfMessages') =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }))).Attributes?.[name]
  try {
    const names = new Set<string>()
    for (const url of queues.values()) {
      const { deadLetterTargetArn = '' } = JSON.parse((await attribute(url, 'RedrivePolicy')) ?? '{}')
      if (deadLetterTargetArn !== '') names.add(String(deadLetterTargetArn).split(':').at(-1) ?? '')
    }
    const problems: Check[] = []
    for (const QueueName of names) {
      const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName }))
      const count = Number(await attribute(QueueUrl, 'ApproximateNumberOfMessages'))
      if (count === 0) continue
      const message = `${plural(count, 'message')} could not be worked on and ${count === 1 ? 'lies' : 'lie'} in the queue ${QueueName}. The functions' logs tell why ("message.failed"); when that is mended, choose "Start DLQ redrive" at https://${region}.console.aws.amazon.com/sqs/v3/home?region=${region}#/queues/${encodeURIComponent(QueueUrl)}`
      problems.push({ check: 'dead_letters', state: 'problem', message })
    }
    if (problems.length > 0) return problems
    return [{ check: 'dead_letters', state: 'ok', message: 'No message was set aside in a queue.' }]
  } finally {
    sqs.destroy()
  }
}

/** Whether an alarm of the stack rings; their names begin with the stack's. */
export async function checkAlarms(options: ClientOptions, { name }: FoundStack): Promise<Check[]> {
  const { CloudWatchClient, paginateDescribeAlarms } = await import('@aws-sdk/client-cloudwatch')
  const client = new CloudWatchClient(options)
  try {
    const alarms: MetricAlarm[] = []
    const input = { AlarmNamePrefix: `${name}: ` }
    for await (const page of paginateDescribeAlarms({ client }, input)) alarms.push(...(page.MetricAlarms ?? []))
    const ringing = alarms.filter(({ StateValue }) => StateValue === 'ALARM')
    if (ringing.length > 0) {
      return ringing.map(({ AlarmName, AlarmDescription = '' }) => ({
        check: 'alarms',
        state: 'problem',
        message: `The alarm "${AlarmName}" rings. ${AlarmDescription}`.trimEnd(),
      }))
    }
    const message = alarms.length === 0 ? 'The stack has no alarms.' : `None of its ${alarms.length} alarms rings.`
    return [{ check: 'alarms', state: 'ok', message }]
  } finally {
    client.destroy()
  }
}
