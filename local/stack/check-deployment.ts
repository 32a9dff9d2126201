import { GetBucketNotificationConfigurationCommand, type S3Client } from '@aws-sdk/client-s3'
import type { Relay } from '../../shared/config/types.ts'
import { webhookSources } from '../../shared/webhooks/deps.ts'
import type { Check } from './check.ts'
import type { FoundStack } from './find-stack.ts'

/** Whether the last deployment came to a good end, and is of this configuration. */
export function checkDeployment(stack: FoundStack, relay: Relay, configFile: string): Check[] {
  return [checkStatus(stack), checkConfiguration(stack, relay, configFile)]
}

function checkStatus({ name, region, status }: FoundStack): Check {
  const about = `The stack ${name} in ${region}: ${status}.`
  const at = { check: 'stack' }
  if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return { ...at, state: 'ok', message: about }
  if (/_IN_PROGRESS$/.test(status)) {
    return { ...at, state: 'problem', message: `${about} It is being changed; look again when that is over.` }
  }
  const advice = `Its last deployment did not come to a good end: see its events in the CloudFormation console, mend the reason, and npm run deploy.`
  return { ...at, state: 'problem', message: `${about} ${advice}` }
}

function checkConfiguration({ queues, secrets, webhooks }: FoundStack, relay: Relay, configFile: string): Check {
  const missing: string[] = ['ArrivalsQueue', 'PartsQueue'].filter((queue) => !queues.has(queue))
  const wanted = [
    ...Object.values(relay.accounts).map(({ secret }) => secret),
    ...webhookSources({ relay }).map(({ webhook }) => webhook.secret),
  ]
  if (secrets) for (const secret of new Set(wanted)) if (!secrets.has(secret)) missing.push(`the secret "${secret}"`)
  for (const { name } of webhookSources({ relay })) {
    if (!webhooks.has(name)) missing.push(`the webhook of source "${name}"`)
  }
  const check = 'configuration'
  if (missing.length === 0) {
    return { check, state: 'ok', message: `The stack has the accounts and webhooks that ${configFile} names.` }
  }
  const message = `${configFile} is not what the stack was deployed with: the stack lacks ${missing.join(', ')}. Deploy it (npm run deploy), or name the configuration that it has (--config).`
  return { check, state: 'problem', message }
}

/** Whether S3 tells the relay of dropped files; without, they lie there unread. */
export async function checkInbox(s3: S3Client, { bucket, queues }: FoundStack): Promise<Check[]> {
  const input = { Bucket: bucket }
  const { QueueConfigurations = [] } = await s3.send(new GetBucketNotificationConfigurationCommand(input))
  const queue = (queues.get('ArrivalsQueue') ?? '').split('/').at(-1)
  const isTold = QueueConfigurations.some(
    ({ QueueArn, Events = [], Filter }) =>
      QueueArn?.split(':').at(-1) === queue &&
      Events.some((event) => event.startsWith('s3:ObjectCreated:')) &&
      (Filter?.Key?.FilterRules ?? []).every(
        ({ Name, Value }) => Name?.toLowerCase() !== 'prefix' || Value === 'inbox/',
      ),
  )
  const place = `s3://${bucket}/inbox/<source>/`
  if (isTold) return [{ check: 'inbox', state: 'ok', message: `Files that are dropped into ${place} are told of.` }]
  const message = `Nobody is told of files that are dropped into ${place}: the bucket's notification to the queue ${queue} is gone. Deploy the stack again (npm run deploy), then copy the files onto themselves that came meanwhile.`
  return [{ check: 'inbox', state: 'problem', message }]
}
