import { Annotations, Duration } from 'aws-cdk-lib'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Relay } from '../shared/config/types.ts'
import { clockChangeWarnings } from '../shared/exports/clock-changes.ts'
import { mailFolderOf } from '../shared/exports/mail-folders.ts'
import { tellOfObjects } from './bucket-events.ts'
import { takeFrom } from './drop-door.ts'
import { acknowledgeFolders, folders } from './folder-grants.ts'
import { type MailReceiver, MailReceiving } from './mail-receiving.ts'
import { RelayFunction } from './relay-function.ts'
import type { RelayStore } from './relay-store.ts'
import { ScheduledMessages } from './scheduled-messages.ts'
import { ledgerRecords, readSecrets, sendTo, writeSecrets } from './store-grants.ts'
import { WorkQueue } from './work-queue.ts'

export interface ExportScheduleProps {
  store: RelayStore
  relay: Relay
  /** Path of `relay.config.ts`. */
  configFile: string
}

/** Longest run of what makes short calls to CXI only. */
const ASK = Duration.minutes(3)
/** The longest there is: a file of gigabytes is brought home in one run. */
const COLLECT = Duration.minutes(15)
const ASKS_AT_ONCE = 2
const COLLECTS_AT_ONCE = 4
/** With the functions' own growing waits, twenty deliveries are half a day; then somebody has to look. */
const MAX_RECEIVE_COUNT = 20

/** Whether a configuration asks for exports, or for mails with them. */
export const wantsExports = ({ exports, accounts }: Relay) =>
  exports.length > 0 || Object.values(accounts).some(({ mailTo }) => mailTo !== undefined)

/** `--context ses=false`: for emulators, which refuse what belongs to Amazon SES. */
const hasSes = (scope: Construct) => String(scope.node.tryGetContext('ses')) !== 'false'

/**
 * EventBridge Scheduler → SQS → `request-export` (asks CXI); a mail in `mail/`, by SES and SNS or from anybody who may
 * write there → SQS → `collect-export` (follows its link and stores the file).
 */
export class ExportSchedule extends Construct {
  readonly requests: WorkQueue
  readonly collects: WorkQueue
  readonly schedules: ScheduledMessages
  readonly functions: RelayFunction[]

  constructor(scope: Construct, id: string, props: ExportScheduleProps) {
    super(scope, id)
    const { store, relay } = props
    this.requests = new WorkQueue(this, 'Requests', { functionTimeout: ASK, maxReceiveCount: MAX_RECEIVE_COUNT })
    this.collects = new WorkQueue(this, 'Collects', { functionTimeout: COLLECT, maxReceiveCount: MAX_RECEIVE_COUNT })
    const requestExport = this.#requestExport(props)
    const collectExport = this.#collectExport(props)
    this.functions = [requestExport, collectExport]
    takeFrom(this.requests.queue, requestExport, ASKS_AT_ONCE)
    takeFrom(this.collects.queue, collectExport, COLLECTS_AT_ONCE)
    this.schedules = new ScheduledMessages(this, 'Schedules', { relay, queue: this.requests })
    const { bucket } = store.files
    // What SES puts there has no suffix: its mails are taken with the verdicts on their senders only.
    tellOfObjects(bucket, this.collects.queue, { prefix: 'mail/', suffix: '.eml' })
    if (receivers(relay).length > 0 && hasSes(this)) {
      new MailReceiving(this, 'Mail', { receivers: receivers(relay), ses: relay.ses, bucket, queue: this.collects })
    }
    warn(this, relay)
  }

  /** Both queues, by the variables that tell functions of them. */
  get queues(): Record<string, Queue> {
    return { RELAY_EXPORTS_QUEUE_URL: this.requests.queue, RELAY_COLLECTS_QUEUE_URL: this.collects.queue }
  }

  #requestExport({ store, configFile }: ExportScheduleProps): RelayFunction {
    const { credentialArns, tokenArns } = store.secrets
    return new RelayFunction(this, 'RequestExport', {
      name: 'request-export',
      description: 'Asks CXI for exports',
      configFile,
      timeout: ASK,
      environment: { ...this.#queueUrls(), RELAY_TABLE: store.ledger.tableName },
      statements: [
        ledgerRecords(store),
        readSecrets([...credentialArns, ...tokenArns]),
        writeSecrets(tokenArns),
        this.#sendOn(),
      ],
    })
  }

  #collectExport({ store, relay, configFile }: ExportScheduleProps): RelayFunction {
    const { credentialArns, tokenArns } = store.secrets
    const asksCxi = relay.exports.some(({ type }) => type === 'recent')
    const collectExport = new RelayFunction(this, 'CollectExport', {
      name: 'collect-export',
      description: 'Brings exports home that were mailed, and the newest responses',
      configFile,
      timeout: COLLECT,
      memorySize: 1769,
      environment: {
        ...this.#queueUrls(),
        RELAY_TABLE: store.ledger.tableName,
        RELAY_BUCKET: store.files.bucket.bucketName,
      },
      statements: [
        ledgerRecords(store),
        ...folders(store, { reads: ['mail', 'exports'], writes: ['mail', 'exports'], deletes: ['mail'] }),
        ...(asksCxi ? [readSecrets([...credentialArns, ...tokenArns]), writeSecrets(tokenArns)] : []),
        this.#sendOn(),
      ],
    })
    acknowledgeFolders(collectExport, store, ['mail', 'exports'])
    return collectExport
  }

  #sendOn() {
    return sendTo(this.requests.queue.queueArn, this.collects.queue.queueArn)
  }

  #queueUrls(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.queues).map(([variable, { queueUrl }]) => [variable, queueUrl]))
  }
}

function receivers(relay: Relay): MailReceiver[] {
  return Object.values(relay.accounts).flatMap(({ name, mailTo }) =>
    mailTo === undefined ? [] : [{ account: name, mailTo, folder: mailFolderOf(relay, name) }],
  )
}

/** Says what of the configuration has no effect here, or another one, while there is time to mend it. */
function warn(scope: Construct, relay: Relay): void {
  const { accounts, exports, mail, ses } = relay
  const annotations = Annotations.of(scope)
  const add = (id: string, message: string) => annotations.addWarningV2(`cxi-relay:${id}`, message)
  const instead = "set the account's mailTo, or put mails into mail/ of the bucket as .eml files"
  const [only] = Object.keys(accounts)
  const mailed = exports.filter(({ type }) => type !== 'recent').map(({ account }) => account ?? only ?? '')
  const deaf = [...new Set(mailed)].filter((name) => accounts[name]?.mailTo === undefined)
  if (mail?.imap) {
    const advice = deaf.length > 0 ? `; ${instead}` : ''
    add('imap', `No mailbox is looked into on AWS: mail.imap has no effect${advice}.`)
  } else if (deaf.length > 0) {
    add('mail', `CXI mails its exports, and no address receives those of ${deaf.join(', ')} here: ${instead}.`)
  }
  if (ses && receivers(relay).length === 0) add('ses', 'No account has a mailTo: ses has no effect.')
  for (const [index, message] of clockChangeWarnings(relay, Date.now()).entries()) add(`clock-${index}`, message)
}
