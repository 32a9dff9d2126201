import { createHash } from 'node:crypto'
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Relay } from '../shared/config/types.ts'
import { webhookAddresses } from '../shared/webhooks/addresses.ts'
import { webhookSources } from '../shared/webhooks/deps.ts'
import { PROVIDERS } from '../shared/webhooks/providers/registry.ts'
import { acknowledge } from './acknowledge.ts'
import { EveryMinute } from './every-minute.ts'
import { acknowledgeFolders, folders } from './folder-grants.ts'
import { RelayFunction } from './relay-function.ts'
import type { RelayStore } from './relay-store.ts'
import { ledgerRecords, readSecrets, sendTo, storeRecords, waitingResponses } from './store-grants.ts'
import { WorkQueue } from './work-queue.ts'

export interface WebhookDoorProps {
  store: RelayStore
  relay: Relay
  /** Path of `relay.config.ts`. */
  configFile: string
  /** Where the parts of batches wait to be sent. */
  parts: Queue
}

/** More than any survey tool sends; what is beyond is answered 429, and sent again by its tool. */
const THROTTLE = { rateLimit: 500, burstLimit: 2000 }
/** A sender waits for it, so that a store which hangs ends the wait before the gateway does after 30 s. */
const RECEIVE_TIMEOUT = Duration.seconds(25)
const LONGEST = Duration.minutes(15)
/** Batches, and questions to survey tools, at once. */
const WORK_AT_ONCE = 4
/** Neither path nor query, since a tool's secret may be in it. */
const ACCESS_LOG = AccessLogFormat.custom(
  '{"id":"$context.requestId","at":"$context.requestTimeEpoch","route":"$context.routeKey","status":"$context.status","ms":"$context.responseLatency","error":"$context.integrationErrorMessage"}',
)

/** HTTP API → `receive-webhook` (verifies and stores), and `flush-responses` (gathers what has settled into batches). */
export class WebhookDoor extends Construct {
  readonly responses: WorkQueue
  readonly functions: RelayFunction[]
  readonly api: HttpApi

  constructor(scope: Construct, id: string, props: WebhookDoorProps) {
    super(scope, id)
    this.responses = new WorkQueue(this, 'Responses', { functionTimeout: LONGEST, maxReceiveCount: 5 })
    const receive = this.#receiveWebhook(props)
    const flush = this.#flushResponses(props)
    this.functions = [receive, flush]
    flush.lambda.addEventSource(
      new SqsEventSource(this.responses.queue, {
        batchSize: 1,
        maxConcurrency: WORK_AT_ONCE,
        reportBatchItemFailures: true,
      }),
    )
    new EveryMinute(this, 'EveryMinute', flush.lambda)
    this.api = this.#api(receive, props.relay)
  }

  #receiveWebhook({ store, configFile }: WebhookDoorProps): RelayFunction {
    const receive = new RelayFunction(this, 'ReceiveWebhook', {
      name: 'receive-webhook',
      description: 'Verifies and stores what survey tools deliver',
      configFile,
      timeout: RECEIVE_TIMEOUT,
      environment: stored(store),
      statements: [
        // What comes too late is only ever added.
        ...folders(store, { writes: ['late'] }),
        storeRecords(store),
        ...folders(store, { reads: ['responses'], writes: ['quarantine', 'responses'], deletes: ['responses'] }),
        readSecrets([...store.secrets.webhookArns.values(), store.secrets.privacyKeyArn]),
      ],
    })
    acknowledgeFolders(receive, store, ['late', 'quarantine', 'responses'])
    return receive
  }

  #flushResponses({ store, relay, configFile, parts }: WebhookDoorProps): RelayFunction {
    const { webhookArns, privacyKeyArn } = store.secrets
    const fetching = webhookSources({ relay }).filter(({ webhook }) => PROVIDERS.get(webhook.provider)?.fetcher)
    const secrets = [...new Set(fetching.map(({ webhook }) => webhookArns.get(webhook.secret) ?? ''))]
    const flush = new RelayFunction(this, 'FlushResponses', {
      name: 'flush-responses',
      description: 'Gathers settled responses into batches, every minute, and fetches answers',
      configFile,
      environment: {
        ...stored(store),
        RELAY_PARTS_QUEUE_URL: parts.queueUrl,
        RELAY_RESPONSES_QUEUE_URL: this.responses.queue.queueUrl,
      },
      statements: [
        ledgerRecords(store),
        ...waitingResponses(store),
        ...folders(store, {
          reads: ['late', 'parts', 'responses'],
          writes: ['parts', 'receipts', 'rejected', 'responses'],
          deletes: ['parts', 'responses'],
        }),
        readSecrets([...secrets, privacyKeyArn]),
        sendTo(parts.queueArn, this.responses.queue.queueArn),
      ],
    })
    acknowledgeFolders(flush, store, ['late', 'parts', 'receipts', 'rejected', 'responses'])
    return flush
  }

  #api({ lambda }: RelayFunction, relay: Relay): HttpApi {
    const api = new HttpApi(this, 'Api', {
      description: 'Webhooks of survey tools',
      createDefaultStage: false,
    })
    const log = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: { destination: new LogGroupLogDestination(log), format: ACCESS_LOG },
    })
    const integration = new HttpLambdaIntegration('Receive', lambda)
    for (const { name } of webhookSources({ relay })) {
      const routes = api.addRoutes({ path: `/webhooks/${name}`, methods: [HttpMethod.ANY], integration })
      const reason =
        'A survey tool can sign no call of AWS: each delivery is verified by the proof that its tool gives.'
      for (const route of routes) acknowledge(route, reason, 'AwsSolutions-APIG4')
    }
    return api
  }
}

/** One address for each source, as it is pasted into its tool; where a secret belongs into it, it says so. */
export function webhookOutputs(scope: Construct, relay: Relay, { api }: WebhookDoor): void {
  // Names of the stack's own that begin so.
  const taken = new Set(['WebhookDoor', 'WebhookSecrets'])
  for (const { source, url, setup } of webhookAddresses(relay, api.apiEndpoint)) {
    const plain = `Webhook${source
      .split(/[^a-z0-9]+/i)
      .map(capitalised)
      .join('')}`
    const id = taken.has(plain) ? `${plain}${createHash('sha256').update(source).digest('hex').slice(0, 6)}` : plain
    taken.add(id)
    new CfnOutput(scope, id, { value: url, description: setup })
  }
}

const capitalised = (word: string) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`

const stored = ({ files: { bucket }, ledger, secrets }: RelayStore) => ({
  RELAY_BUCKET: bucket.bucketName,
  RELAY_TABLE: ledger.tableName,
  RELAY_PRIVACY_SECRET: secrets.privacyKeyArn,
})
