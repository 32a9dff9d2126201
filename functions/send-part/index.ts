import { SQSClient } from '@aws-sdk/client-sqs'
import { createDispatcher } from '../../shared/cxi/dispatcher.ts'
import { accountDeps } from '../../shared/imports/account-deps.ts'
import { createImportEngine } from '../../shared/imports/engine.ts'
import { CLIENT_OPTIONS } from '../../shared/stores/aws/client-options.ts'
import { DynamoResponseBuffer } from '../../shared/stores/aws/responses.ts'
import { DropNotices } from '../drop-notices.ts'
import { dynamoOf, homeOf, workerDeps } from '../home.ts'
import { objectsOf } from '../objects.ts'
import { once } from '../once.ts'
import { privacyKeyOf, secretsOf } from '../privacy-key.ts'
import { relay } from '../relay.ts'
import { readSettings } from '../settings.ts'
import { sendMessages, Wakes } from '../wakes.ts'
import { sendParts } from './send-parts.ts'

const settings = readSettings(['stack', 'bucket', 'table', 'arrivalsQueue', 'partsQueue', 'privacySecret'])
const dynamo = dynamoOf()
const home = homeOf(settings, dynamo)
const objects = objectsOf(settings)
const buffer = new DynamoResponseBuffer(dynamo, settings.table, home.clock, async () => objects)
const secrets = secretsOf(home.clock)
const sqs = new SQSClient(CLIENT_OPTIONS)
const sendNotices = (bodies: string[]) => sendMessages(sqs, settings.arrivalsQueue, bodies)
home.logger.observe(new DropNotices(sendNotices, home.logger))
const wakes = new Wakes(sqs, settings.partsQueue, home.logger)
const dispatcher = createDispatcher()

const engine = once(async () => {
  const privacyKey = await privacyKeyOf(relay, settings.privacySecret, secrets)
  const worker = workerDeps()
  const accounts = accountDeps({ ...home, ...worker, secrets, dispatcher })
  const wake = (record: { group: string; id: string }) => wakes.add(record)
  return createImportEngine({ ...home, ...accounts, ...worker, objects, buffer, relay, privacyKey, wake })
})

export const handler = home.logger.around(sendParts({ ...home, engine, flush: () => wakes.flush() }))
