import { SQSClient } from '@aws-sdk/client-sqs'
import { createDispatcher } from '../../shared/cxi/dispatcher.ts'
import { createExportEngine } from '../../shared/exports/engine.ts'
import { accountDeps } from '../../shared/imports/account-deps.ts'
import { CLIENT_OPTIONS } from '../../shared/stores/aws/client-options.ts'
import { comingBack } from '../come-back.ts'
import { ExportWakes } from '../export-wakes.ts'
import { homeOf, workerDeps } from '../home.ts'
import { secretsOf } from '../privacy-key.ts'
import { relay } from '../relay.ts'
import { readSettings } from '../settings.ts'
import { noObjects } from './no-objects.ts'
import { requestExports } from './request-exports.ts'

const settings = readSettings(['stack', 'table', 'exportsQueue', 'collectsQueue'])
const home = homeOf(settings)
const sqs = new SQSClient(CLIENT_OPTIONS)
const wakes = new ExportWakes(sqs, settings, home.logger)
const worker = workerDeps()
const accounts = accountDeps({
  ...home,
  ...worker,
  secrets: secretsOf(home.clock),
  dispatcher: createDispatcher(),
})
const wake = (record: { group: string; id: string }) => wakes.add(record)

export const handler = home.logger.around(
  requestExports({
    ...home,
    engine: createExportEngine({ ...home, ...accounts, ...worker, objects: noObjects, relay, wake }),
    flush: () => wakes.flush(),
    comeBack: comingBack(sqs, settings.exportsQueue),
  }),
)
