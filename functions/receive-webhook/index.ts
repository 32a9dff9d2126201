import { IMPATIENT_OPTIONS } from '../../shared/stores/aws/client-options.ts'
import { DynamoResponseBuffer } from '../../shared/stores/aws/responses.ts'
import { SignedObjects } from '../../shared/stores/aws/signed/objects.ts'
import { createWebhookDoor } from '../../shared/webhooks/door.ts'
import { dynamoOf, homeOf } from '../home.ts'
import { once } from '../once.ts'
import { privacyKeyOf, secretsOf } from '../privacy-key.ts'
import { relay } from '../relay.ts'
import { readSettings } from '../settings.ts'
import { receiveWebhook } from './receive-webhook.ts'

const settings = readSettings(['stack', 'bucket', 'table', 'privacySecret'])
const dynamo = dynamoOf(IMPATIENT_OPTIONS)
const home = homeOf(settings, dynamo)
const secrets = secretsOf(home.clock, IMPATIENT_OPTIONS)

const objects = new SignedObjects(settings.bucket)

const door = once(async () => {
  const privacyKey = await privacyKeyOf(relay, settings.privacySecret, secrets)
  return createWebhookDoor({
    ...home,
    relay,
    secrets,
    privacyKey,
    buffer: new DynamoResponseBuffer(dynamo, settings.table, home.clock, async () => objects),
    objects,
  })
})

export const handler = home.logger.around(receiveWebhook({ ...home, door }))
