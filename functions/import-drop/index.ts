import { SQSClient } from '@aws-sdk/client-sqs'
import { accountGates } from '../../shared/imports/account-gates.ts'
import type { ImportDeps } from '../../shared/imports/deps.ts'
import { createImportEngine } from '../../shared/imports/engine.ts'
import { arrivalGroup } from '../../shared/imports/records.ts'
import { CLIENT_OPTIONS } from '../../shared/stores/aws/client-options.ts'
import { DynamoResponseBuffer } from '../../shared/stores/aws/responses.ts'
import { comingBack } from '../come-back.ts'
import { DropNotices } from '../drop-notices.ts'
import { dynamoOf, homeOf, workerDeps } from '../home.ts'
import { objectsOf } from '../objects.ts'
import { once } from '../once.ts'
import { relay } from '../relay.ts'
import { readSettings } from '../settings.ts'
import { sendMessages, Wakes } from '../wakes.ts'
import { WITHOUT_CXI } from '../without-cxi.ts'
import { importDrops } from './import-drops.ts'
import { publisherTo } from './publish.ts'

const settings = readSettings([
  'stack',
  'bucket',
  'table',
  'arrivalsQueue',
  'partsQueue',
  'privacySecret',
  'dropEndsTopic',
])
const dynamo = dynamoOf()
const home = homeOf(settings, dynamo)
const objects = objectsOf(settings)
const buffer = new DynamoResponseBuffer(dynamo, settings.table, home.clock, async () => objects)
const sqs = new SQSClient(CLIENT_OPTIONS)
const sendNotices = (bodies: string[]) => sendMessages(sqs, settings.arrivalsQueue, bodies)
home.logger.observe(new DropNotices(sendNotices, home.logger))
const wakes = new Wakes(sqs, settings.partsQueue, home.logger)

const engine = once(async () => {
  const { homeKeyOf, privacyKeyOf, secretsOf } = await import('../privacy-key.ts')
  const worker = workerDeps()
  const secrets = secretsOf(home.clock)
  const privacyKey = await privacyKeyOf(relay, settings.privacySecret, secrets)
  const rowKey = once(async () => privacyKey ?? (await homeKeyOf(settings.privacySecret, secrets)))
  const dropRows: ImportDeps['dropRows'] = async (deps, cut) => {
    const [key, { DropRows }] = await Promise.all([rowKey(), import('../../shared/imports/again/drop-rows.ts')])
    return new DropRows(deps, key, cut)
  }
  const accounts = { ...WITHOUT_CXI, gate: accountGates({ ...home, ...worker }) }
  const wake = (record: { group: string; id: string }) => {
    // What arrives is read here and now.
    if (!record.group.startsWith(arrivalGroup(''))) wakes.add(record)
  }
  return createImportEngine({ ...home, ...accounts, ...worker, objects, buffer, relay, privacyKey, dropRows, wake })
})

export const handler = home.logger.around(
  importDrops({
    ...home,
    engine,
    newestVersion: (key) => objects.newestVersion(key),
    flush: () => wakes.flush(),
    publish: publisherTo(settings.dropEndsTopic),
    comeBack: comingBack(sqs, settings.arrivalsQueue),
  }),
)
