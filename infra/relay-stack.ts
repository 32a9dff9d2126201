import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Relay } from '../shared/config/types.ts'
import { webhookSources } from '../shared/webhooks/deps.ts'
import { DropDoor } from './drop-door.ts'
import { DueWork } from './due-work.ts'
import { ExportSchedule, type ExportScheduleProps, wantsExports } from './export-schedule.ts'
import { Observability } from './observability.ts'
import { RelayStore } from './relay-store.ts'
import { RelayTopics } from './relay-topics.ts'
import { WebhookDoor, type WebhookDoorProps, webhookOutputs } from './webhook-door.ts'
import { deadLettersOf } from './work-queue.ts'

export interface RelayStackProps extends StackProps {
  relay: Relay
  /** Path of `relay.config.ts`. */
  configFile: string
}

/** The whole AWS home, in one account and region. */
export class RelayStack extends Stack {
  constructor(scope: Construct, id: string, { relay, configFile, ...props }: RelayStackProps) {
    super(scope, id, props)
    const store = new RelayStore(this, 'Store', relay)
    const topics = new RelayTopics(this, 'Topics', relay)
    const door = new DropDoor(this, 'DropDoor', { store, relay, dropEnds: topics.dropEnds, configFile })
    const webhooks = this.#webhooks({ store, relay, configFile, parts: door.parts.queue })
    const exports = this.#exports({ store, relay, configFile })
    const queues = {
      ...door.queues,
      ...(webhooks && { RELAY_RESPONSES_QUEUE_URL: webhooks.responses.queue }),
      ...exports?.queues,
    }
    const { sweep } = new DueWork(this, 'DueWork', { store, configFile, queues })
    const functions = [...door.functions, ...(webhooks?.functions ?? []), ...(exports?.functions ?? []), sweep]
    new Observability(this, 'Observability', { topics, functions, sweep, ...(webhooks && { api: webhooks.api }) })
    const secrets = [...new Set(Object.values(relay.accounts).map(({ secret }) => secret))]
    new CfnOutput(this, 'Inbox', {
      value: `s3://${store.files.bucket.bucketName}/inbox/`,
      description: `Drop files below a source's folder: ${Object.keys(relay.sources).join(', ')}`,
    })
    new CfnOutput(this, 'Credentials', { value: secrets.join(' '), description: 'Secrets that wait for credentials' })
    new CfnOutput(this, 'LedgerTable', { value: store.ledger.tableName })
    new CfnOutput(this, 'ArrivalsQueue', { value: door.arrivals.queue.queueUrl })
    new CfnOutput(this, 'PartsQueue', { value: door.parts.queue.queueUrl })
    new CfnOutput(this, 'Dashboard', {
      value: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards/dashboard/${this.stackName}`,
    })
    new CfnOutput(this, 'DeadLettersQueue', { value: deadLettersOf(this).queueUrl })
    new CfnOutput(this, 'AlarmsTopic', { value: topics.alarms.topicArn, description: 'Subscribe to alarms here' })
    new CfnOutput(this, 'DropEndsTopic', {
      value: topics.dropEnds.topicArn,
      description: 'Subscribe to files that were rejected or imported in part here',
    })
    for (const { node, lambda } of functions) new CfnOutput(this, node.id, { value: lambda.functionName })
  }

  /** Only where a source has a webhook. */
  #webhooks(props: WebhookDoorProps): WebhookDoor | undefined {
    if (webhookSources(props).length === 0) return undefined
    const door = new WebhookDoor(this, 'WebhookDoor', props)
    webhookOutputs(this, props.relay, door)
    const secrets = [...props.store.secrets.webhookArns.keys()].join(' ')
    new CfnOutput(this, 'WebhookSecrets', { value: secrets, description: 'Secrets that wait for what webhooks prove' })
    new CfnOutput(this, 'ResponsesQueue', { value: door.responses.queue.queueUrl })
    return door
  }

  /** Only where the configuration asks for exports. */
  #exports(props: ExportScheduleProps): ExportSchedule | undefined {
    if (!wantsExports(props.relay)) return undefined
    const exports = new ExportSchedule(this, 'Exports', props)
    new CfnOutput(this, 'ExportsQueue', { value: exports.requests.queue.queueUrl })
    new CfnOutput(this, 'CollectsQueue', { value: exports.collects.queue.queueUrl })
    new CfnOutput(this, 'ExportSchedules', { value: exports.schedules.group.ref })
    return exports
  }
}
