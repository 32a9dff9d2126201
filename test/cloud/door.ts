import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { GetObjectCommand, GetObjectTaggingCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { expect, inject } from 'vitest'
import type { Receipt } from '../../shared/imports/receipt.ts'
import type { Ledger, LedgerRecord } from '../../shared/ports.ts'
import { DynamoLedger } from '../../shared/stores/aws/ledger.ts'
import { systemClock } from '../../shared/stores/system-clock.ts'
import { clientsOf } from './clients.ts'
import type { CxiOrigins } from './relay-config.ts'

const run = promisify(execFile)

export interface Dropped {
  key: string
  version: string
}

/** One row of an import, as the sandbox gives it. */
export interface DumpedResponse {
  feedback: string
  user_id: string
  score: number
  feedback_date: number
}

/** A record of the ledger that somebody will look at. */
interface Waiting {
  kind: string
  account?: string
  state?: string
  lease?: { untilMs: number } | null
}

/** How long a minute is in these tests. */
const MINUTE_MS = 1000

/** What waits for CXI; a schedule's own times are no waits. */
const HASTENED = new Set(['arrival', 'drop', 'part', 'batch', 'export-mail'])
/** Parts and drops that wait for nothing but CXI's own count. */
const SENT = new Set(['described', 'finished'])

export interface DumpedImport {
  id: number
  name: string
  source: string | null
  language: string
  metric_type: string | null
  response_count: number
  responses: DumpedResponse[]
}

/** The deployed doors as the users of one account have them: through AWS's clients, and CXI's own pages. */
export class Door {
  readonly clients: ReturnType<typeof clientsOf>
  readonly bucket: string
  readonly ledger: Ledger
  readonly #account: keyof CxiOrigins
  readonly #cxi: string
  readonly #sweep: string

  constructor(account: keyof CxiOrigins) {
    const outputs = inject('outputs')
    this.clients = clientsOf(inject('endpoint'))
    this.bucket = /^s3:\/\/([^/]+)\/inbox\/$/.exec(outputs.Inbox ?? '')?.[1] ?? ''
    this.ledger = new DynamoLedger(this.clients.dynamo, outputs.LedgerTable ?? '', systemClock)
    this.#account = account
    this.#cxi = inject('cxi')[account]
    this.#sweep = outputs.Sweep ?? ''
  }

  async drop(
    key: string,
    body: string | Uint8Array,
    more: { Metadata?: Record<string, string>; Tagging?: string } = {},
  ) {
    const input = { Bucket: this.bucket, Key: `inbox/${key}`, Body: Buffer.from(body), ...more }
    const { VersionId } = await this.clients.s3.send(new PutObjectCommand(input))
    return { key: `inbox/${key}`, version: VersionId ?? '' }
  }

  async pasteCredentials(value: object): Promise<void> {
    const input = { SecretId: `cxi-relay/${this.#account}`, SecretString: JSON.stringify(value) }
    await this.clients.secrets.send(new PutSecretValueCommand(input))
  }

  /** Receipts of a dropped key, the oldest first. */
  async receipts(key: string): Promise<Receipt[]> {
    const input = { Bucket: this.bucket, Prefix: `${key.replace(/^inbox/, 'receipts')}.` }
    const { Contents = [] } = await this.clients.s3.send(new ListObjectsV2Command(input))
    return Promise.all(Contents.map(async ({ Key }) => JSON.parse(await this.text(Key ?? '')) as Receipt))
  }

  /** Waits for the receipts of a key, as many as were expected. */
  async untilReceipts(key: string, count = 1): Promise<Receipt[]> {
    let receipts: Receipt[] = []
    await expect
      .poll(
        async () => {
          receipts = await this.receipts(key)
          return receipts.length
        },
        { message: `receipts of ${key}` },
      )
      .toBe(count)
    return receipts
  }

  async untilReceipt(key: string): Promise<Receipt> {
    const [receipt] = await this.untilReceipts(key)
    if (!receipt) throw new Error(`There is no receipt of ${key}.`)
    return receipt
  }

  async text(key: string): Promise<string> {
    const { Body } = await this.clients.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }))
    return (await Body?.transformToString()) ?? ''
  }

  async keys(prefix: string): Promise<string[]> {
    const input = { Bucket: this.bucket, Prefix: prefix }
    const { Contents = [] } = await this.clients.s3.send(new ListObjectsV2Command(input))
    return Contents.map(({ Key }) => Key ?? '')
  }

  async tagsOf({ key, version }: Dropped): Promise<Record<string, string>> {
    const input = { Bucket: this.bucket, Key: key, VersionId: version }
    const { TagSet = [] } = await this.clients.s3.send(new GetObjectTaggingCommand(input))
    return Object.fromEntries(TagSet.map(({ Key, Value }) => [Key, Value]))
  }

  /** The tag comes after the receipt. */
  async untilTagged(dropped: Dropped, state: string): Promise<void> {
    await expect.poll(async () => (await this.tagsOf(dropped))['cxi-relay']).toBe(state)
  }

  /** Every import that CXI has. */
  async imports(): Promise<DumpedImport[]> {
    return (await this.control<{ imports: DumpedImport[] }>('GET', 'dump')).imports
  }

  async responses(): Promise<DumpedResponse[]> {
    return (await this.imports()).flatMap(({ responses }) => responses)
  }

  /** Users in CXI that csvOf made for a name. */
  async usersOf(name: string): Promise<string[]> {
    return (await this.responses()).map(({ user_id }) => user_id).filter((user) => user.startsWith(`${name}-`))
  }

  async control<T>(method: string, name: string, body?: unknown): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: JSON_TYPE }
    const answer = await fetch(`${this.#cxi}/_sandbox/${name}`, init)
    if (!answer.ok) throw new Error(`/_sandbox/${name}: ${answer.status}`)
    const text = await answer.text()
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  async stats(): Promise<{ tokens_issued: number; requests: Record<string, number> }> {
    return this.control('GET', 'stats')
  }

  /** Calls the sweep as its schedule does, without waiting for the minute. */
  async sweep(): Promise<void> {
    const answer = await this.clients.lambda.send(new InvokeCommand({ FunctionName: this.#sweep }))
    expect(answer.FunctionError).toBeUndefined()
  }

  /**
   * Minutes pass: what waits until a time is due, the account may be tried again, and the sweep comes round. What a
   * function holds is left to it until its lease ends; CXI's counts are looked up only where they are asked for, since
   * every file of the past waits for its own. What is other accounts' is theirs to hasten.
   */
  async minutesPass({ counts = false } = {}): Promise<void> {
    const gate = await this.#gate()
    if (gate) await this.ledger.update(gate, { value: { ...gate.value, nextProbeMs: 0 } })
    const waiting = (await this.ledger.due(Number.MAX_SAFE_INTEGER, 500)) as LedgerRecord<Waiting>[]
    const now = Date.now()
    for (const record of waiting) {
      const { kind, state = '', lease, account = this.#account } = record.value
      if (!HASTENED.has(kind) || (lease && lease.untilMs > now)) continue
      if (account !== this.#account || (SENT.has(state) && !counts)) continue
      if ((record.dueAtMs ?? 0) > now) await this.ledger.update(record, { value: record.value, dueAtMs: now })
    }
    await this.sweep()
  }

  /** Why the account's files wait; undefined where they don't. */
  async pausedFor(): Promise<string | undefined> {
    return (await this.#gate())?.value.code
  }

  #gate() {
    return this.ledger.get<{ code: string; nextProbeMs: number }>(`account#${this.#account}@${this.#cxi}`, 'gate')
  }

  /** Lets minutes pass until a dropped file has its receipt. */
  async sweptUntilReceipt(key: string): Promise<Receipt> {
    const [receipt] = await this.sweptUntil(() => this.receipts(key), hasSome, { message: `receipts of ${key}` })
    if (!receipt) throw new Error(`There is no receipt of ${key}.`)
    return receipt
  }

  /**
   * Looks until what is found will do, and lets minutes pass meanwhile, each a second long: a minute calls functions and
   * asks for all that waits, a look asks one thing.
   */
  async sweptUntil<T>(
    find: () => Promise<T>,
    willDo: (found: T) => boolean,
    { message, pass = () => this.minutesPass() }: { message: string; pass?: () => Promise<void> },
  ): Promise<T> {
    let found = await find()
    let nextMs = 0
    const look = async () => {
      if (willDo(found)) return true
      if (Date.now() >= nextMs) {
        await pass()
        nextMs = Date.now() + MINUTE_MS
      }
      found = await find()
      return willDo(found)
    }
    await expect.poll(look, { message }).toBe(true)
    return found
  }

  /** Kills the processes of this emulator that run a function, as a lost machine would. Answers how many there were. */
  async kill(functionName: string): Promise<number> {
    const emulatorPid = inject('emulatorPid')
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,args='])
    const pids = stdout
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
      .filter(([, , parent, args]) => Number(parent) === emulatorPid && args?.includes(functionName))
      .map(([, pid]) => Number(pid))
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    return pids.length
  }
}

const hasSome = (found: unknown[]) => found.length > 0

const JSON_TYPE = { 'content-type': 'application/json' }

export const DEMO = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' }

/** Rows with CXI's own column names; each says which it is. */
export function csvOf(name: string, rows: number, text = 'an answer'): string {
  const lines = Array.from({ length: rows }, (_, row) => `1790000000,${row % 11},${text},${name}-${row}`)
  return `feedback_date,score,feedback,user_id\n${lines.join('\n')}\n`
}
