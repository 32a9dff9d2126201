import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { createTransport } from 'nodemailer'
import { collectExports } from '../../functions/collect-export/collect-exports.ts'
import type { Home } from '../../functions/home.ts'
import { type RecordKey, recordMessage } from '../../functions/record-message.ts'
import { requestExports } from '../../functions/request-export/request-exports.ts'
import { sweep } from '../../functions/sweep/sweep.ts'
import { type Sandbox, startSandbox } from '../../sandbox/server.ts'
import { completeRelay } from '../../shared/config/resolve.ts'
import type { ExportConfig, MailConfig, Relay } from '../../shared/config/types.ts'
import { createDispatcher } from '../../shared/cxi/dispatcher.ts'
import type { ExportDeps } from '../../shared/exports/deps.ts'
import { createExportEngine } from '../../shared/exports/engine.ts'
import type { ExportReceipt } from '../../shared/exports/receipt.ts'
import { schedulesOf } from '../../shared/exports/schedules.ts'
import { accountDeps } from '../../shared/imports/account-deps.ts'
import { MemoryLedger } from '../../shared/stores/memory/ledger.ts'
import { MemoryObjectStore } from '../../shared/stores/memory/objects.ts'
import { MemorySecretStore } from '../../shared/stores/memory/secrets.ts'
import { ManualClock, MemoryLogger } from '../support/fakes.ts'
import { delivery, s3Event, s3Record } from './events.ts'

export const BUCKET = 'relay'
const DEMO = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' }

interface SentMail {
  to: string
  subject: string
  text: string
  sent_at: string
}

/** What SES says of a mail's sender; what is left out passed. */
export interface Verdicts {
  dkim?: string
  dmarc?: string
  virus?: string
  dmarcPolicy?: string
}

/** The export functions on stores in memory, with queues that are lists, and the sandbox of CXI on the same clock. */
export class ExportHome implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly ledger = new MemoryLedger(this.clock)
  readonly objects = new MemoryObjectStore(this.clock)
  readonly logger = new MemoryLogger()
  readonly queues = { exports: [] as string[], collects: [] as string[] }
  readonly cameBack: SQSRecord[] = []
  readonly relay: Relay
  readonly requestExport: (event: SQSEvent) => Promise<SQSBatchResponse>
  readonly collectExport: (event: SQSEvent) => Promise<SQSBatchResponse>
  readonly sweep: () => Promise<void>
  readonly #sandbox: Sandbox
  readonly #dispatcher = createDispatcher()

  static async start(exports: ExportConfig[], mail: MailConfig = {}): Promise<ExportHome> {
    let clock: ManualClock | undefined
    const sandbox = await startSandbox({ now: () => (clock ?? new ManualClock()).now() })
    const home = new ExportHome(sandbox, exports, mail)
    clock = home.clock
    return home
  }

  private constructor(sandbox: Sandbox, exports: ExportConfig[], mail: MailConfig) {
    this.#sandbox = sandbox
    const account = { secret: 'cxi', apiUrl: sandbox.url, tokenUrl: sandbox.tokenUrl }
    const entries = exports.map((entry) => ({ hosts: [sandbox.url], ...entry }))
    this.relay = completeRelay({ accounts: { main: account }, sources: { nps: {} }, exports: entries, mail })
    const { clock, ledger, logger, objects, relay } = this
    const home: Home = { clock, ledger, logger }
    const woken: RecordKey[] = []
    const worker = { holder: 'a function', random: () => 0.5 }
    const secrets = new MemorySecretStore({ cxi: DEMO })
    const accounts = accountDeps({ ...home, ...worker, secrets, dispatcher: this.#dispatcher })
    const wake = (record: RecordKey) => woken.push(record)
    const deps: ExportDeps = { ...home, ...accounts, ...worker, objects, relay, wake }
    const flush = async () => {
      for (const record of woken.splice(0)) {
        const queue = /^(export-mail|recent)#/.test(record.group) ? 'collects' : 'exports'
        this.queues[queue].push(recordMessage([record]))
      }
    }
    const comeBack = async (message: SQSRecord) => {
      this.cameBack.push(message)
    }
    const common = { ...home, flush, comeBack, bucket: BUCKET }
    this.requestExport = requestExports({ ...common, engine: createExportEngine(deps) })
    this.collectExport = collectExports({ ...common, engine: createExportEngine(deps) })
    const swept = (name: 'exports' | 'collects') => ({
      full: 100,
      waiting: async () => this.queues[name].length,
      send: async (bodies: string[]) => {
        this.queues[name].push(...bodies)
      },
    })
    this.sweep = sweep({ ...home, queues: { exports: swept('exports'), collects: swept('collects') } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.close()
    await this.#sandbox.close()
  }

  /** A schedule's time has come, as Scheduler tells it. */
  fire(index: number, time: string): void {
    const { key: schedule } = schedulesOf(this.relay)[index] ?? { key: 'none' }
    this.queues.exports.push(JSON.stringify({ schedule, time }))
  }

  /** Delivers everything that waits, and what comes of it, one message at a time. */
  async deliver(): Promise<void> {
    for (;;) {
      const ask = this.queues.exports.shift()
      const collect = ask === undefined ? this.queues.collects.shift() : undefined
      if (ask !== undefined) await this.requestExport(delivery([ask]))
      else if (collect !== undefined) await this.collectExport(delivery([collect]))
      else return
    }
  }

  /** Lets minutes pass, with a sweep in each. */
  async pass(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      await this.clock.advance(60_000)
      await this.control('POST', 'clock', { advance_seconds: 0 })
      await this.sweep()
      await this.deliver()
    }
  }

  /** Puts a mail that CXI sent where SES puts it, and tells of it as SES does. */
  async receive(
    mail: SentMail,
    verdicts: Verdicts = {},
    id = 'o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1',
  ): Promise<void> {
    await this.putMail(`mail/${id}`, mail)
    this.queues.collects.push(sesMessage(`mail/${id}`, verdicts))
  }

  /** Puts a mail into the bucket as a person does; S3 tells of it. */
  async put(name: string, mail: SentMail): Promise<void> {
    await this.putMail(`mail/${name}`, mail)
    this.queues.collects.push(s3Event(s3Record(`mail/${name}`, 'v1')))
  }

  async putMail(key: string, { to, subject, text, sent_at }: SentMail): Promise<void> {
    const writer = createTransport({ streamTransport: true, buffer: true })
    const from = 'no-reply@wootric.com'
    const { message } = await writer.sendMail({ from, to, subject, text, date: sent_at, messageId: `<${sent_at}@cxi>` })
    await this.objects.put(key, message as Buffer)
  }

  /** The mails that CXI sent, newest first. */
  mails(): Promise<SentMail[]> {
    return this.control('GET', 'mail')
  }

  /** How often CXI was asked for an export, by its answer. */
  async asked(): Promise<Record<string, number>> {
    const { statuses } = await this.control<{ statuses: Record<string, Record<string, number>> }>('GET', 'stats')
    return statuses['POST /v1/exports'] ?? {}
  }

  async control<T>(method: string, name: string, body?: unknown): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const answer = await fetch(`${this.#sandbox.url}/_sandbox/${name}`, {
      ...init,
      headers: { 'content-type': 'application/json' },
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`/_sandbox/${name}: ${answer.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  async keys(prefix: string): Promise<string[]> {
    const keys: string[] = []
    for await (const { key } of this.objects.list(prefix)) keys.push(key)
    return keys
  }

  async text(key: string): Promise<string> {
    const chunks: Uint8Array[] = []
    for await (const chunk of this.objects.read(key)) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }

  /** Every file that was brought home, with its receipt. */
  async collected(): Promise<{ receipt: ExportReceipt; csv: string }[]> {
    const receipts = (await this.keys('exports/')).filter((key) => key.endsWith('.json'))
    return Promise.all(
      receipts.map(async (key) => {
        const receipt = JSON.parse(await this.text(key)) as ExportReceipt
        return { receipt, csv: await this.text(receipt.file) }
      }),
    )
  }

  alarms(): string[] {
    return this.logger.lines.filter(({ level }) => level === 'alarm').map(({ event }) => event)
  }
}

/** What comes from SES by way of SNS, delivered raw, for a mail that it put into the bucket. */
export function sesMessage(objectKey: string, verdicts: Verdicts = {}, bucketName = BUCKET): string {
  const { dkim = 'PASS', dmarc = 'PASS', virus = 'PASS', dmarcPolicy } = verdicts
  const notification = {
    notificationType: 'Received',
    mail: {
      timestamp: '2026-11-24T06:01:00.000Z',
      source: 'bounces@wootric.com',
      messageId: objectKey.slice('mail/'.length),
      destination: ['exports@mail.example.com'],
    },
    receipt: {
      timestamp: '2026-11-24T06:01:00.000Z',
      processingTimeMillis: 574,
      recipients: ['exports@mail.example.com'],
      spamVerdict: { status: 'PASS' },
      virusVerdict: { status: virus },
      spfVerdict: { status: 'GRAY' },
      dkimVerdict: { status: dkim },
      dmarcVerdict: { status: dmarc },
      ...(dmarcPolicy === undefined ? {} : { dmarcPolicy }),
      action: {
        type: 'S3',
        topicArn: 'arn:aws:sns:eu-central-1:111122223333:relay-Mail',
        bucketName,
        objectKeyPrefix: 'mail/',
        objectKey,
      },
    },
  }
  return JSON.stringify(notification)
}

export const snsMessage = (Message: string) =>
  JSON.stringify({
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: 'arn:aws:sns:eu-central-1:111122223333:relay-Mail',
    Subject: 'Amazon SES Email Receipt Notification',
    Message,
    Timestamp: '2026-11-24T06:01:00.000Z',
    SignatureVersion: '1',
    Signature: 'none',
    SigningCertURL: 'https://sns.eu-central-1.amazonaws.com/x.pem',
    UnsubscribeURL: 'https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe',
  })
