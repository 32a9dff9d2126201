import { SQSClient } from '@aws-sdk/client-sqs'
import { accountGates } from '../../shared/imports/account-gates.ts'
import { dropGroup } from '../../shared/imports/records.ts'
import { CLIENT_OPTIONS } from '../../shared/stores/aws/client-options.ts'
import { DynamoResponseBuffer } from '../../shared/stores/aws/responses.ts'
import { type WebhookDeps, webhookSources } from '../../shared/webhooks/deps.ts'
import { createWebhookEngine } from '../../shared/webhooks/engine.ts'
import { flushSources } from '../../shared/webhooks/flush.ts'
import { alarmForgotten } from '../../shared/webhooks/forgotten-sources.ts'
import { PROVIDERS } from '../../shared/webhooks/providers/registry.ts'
import { dynamoOf, homeOf, workerDeps } from '../home.ts'
import { objectsOf } from '../objects.ts'
import { once } from '../once.ts'
import { privacyKeyOf, secretsOf } from '../privacy-key.ts'
import { relay } from '../relay.ts'
import { readSettings } from '../settings.ts'
import { Wakes } from '../wakes.ts'
import { WITHOUT_CXI } from '../without-cxi.ts'
import { flushResponses } from './flush-responses.ts'

const settings = readSettings(['stack', 'bucket', 'table', 'partsQueue', 'responsesQueue', 'privacySecret'])
const dynamo = dynamoOf()
const home = homeOf(settings, dynamo)
const objects = objectsOf(settings)
const secrets = secretsOf(home.clock)
const buffer = new DynamoResponseBuffer(dynamo, settings.table, home.clock, async () => objects)
const sqs = new SQSClient(CLIENT_OPTIONS)
const parts = new Wakes(sqs, settings.partsQueue, home.logger)
const responses = new Wakes(sqs, settings.responsesQueue, home.logger)

/** Only tools that deliver ids alone are asked for the answers. */
async function dispatcherForTools() {
  const isAsked = webhookSources({ relay }).some(({ webhook }) => PROVIDERS.get(webhook.provider)?.fetcher)
  return isAsked ? (await import('../../shared/cxi/dispatcher.ts')).createDispatcher() : undefined
}

const deps = once(async (): Promise<WebhookDeps> => {
  const privacyKey = await privacyKeyOf(relay, settings.privacySecret, secrets)
  const worker = workerDeps()
  const dispatcher = await dispatcherForTools()
  const stores = { objects, buffer, secrets }
  const gate = accountGates({ ...home, ...worker })
  // What a batch becomes is sent like a file; all else is this function's own.
  const wake: WebhookDeps['wake'] = (record) => (record.group.startsWith(dropGroup('')) ? parts : responses).add(record)
  return { ...home, ...worker, ...WITHOUT_CXI, ...stores, gate, dispatcher, relay, privacyKey, wake }
})

const engine = once(async () => createWebhookEngine(await deps()))

export const handler = home.logger.around(
  flushResponses({
    ...home,
    engine,
    flushSources: async () => {
      await flushSources(await deps())
      await alarmForgotten(await deps())
    },
    sendWakes: async () => {
      await Promise.all([parts.flush(), responses.flush()])
    },
  }),
)
