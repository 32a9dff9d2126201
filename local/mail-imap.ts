import type { FetchMessageObject, ImapFlow, ImapFlowOptions } from 'imapflow'
import type { ImapConfig } from '../shared/config/types.ts'
import { RelayError } from '../shared/errors.ts'
import type { Clock, Ledger, Logger, SecretStore } from '../shared/ports.ts'

const LOOK_EVERY_MS = 60_000
const SAY_AGAIN_MS = 3_600_000
/** How far back the first look goes. */
const FIRST_LOOK_MS = 7 * 86_400_000
const MAX_BYTES = 5_000_000
const TIMEOUT_MS = 30_000

export interface MailboxOptions {
  imap: ImapConfig
  secrets: SecretStore
  ledger: Ledger
  clock: Clock
  logger: Logger
  /** Keeps a mail under a name if it may bring an export; the mailbox may be a person's. */
  keep: (name: string, mail: Uint8Array) => Promise<void>
  /** @default 60,000 */
  everyMs?: number
}

/** Up to which message a mailbox was looked at. */
interface Mark {
  kind: 'imap-mark'
  uidValidity: string
  uid: number
}

/** Looks into an IMAP mailbox every minute. Nothing in it is changed, moved or marked as read. */
export class Mailbox {
  readonly #options: MailboxOptions
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  #said = { text: '', atMs: Number.NEGATIVE_INFINITY }

  constructor(options: MailboxOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, everyMs = LOOK_EVERY_MS } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.look()
      await clock.sleep(everyMs, signal).catch(() => undefined)
    }
  }

  /** One look; trouble is reported, and the next look tries again. */
  async look(): Promise<void> {
    let client: ImapFlow | undefined
    try {
      client = await this.#connect()
      const lock = await client.getMailboxLock(this.#options.imap.mailbox ?? 'INBOX', { readOnly: true })
      try {
        await this.#read(client)
      } finally {
        lock.release()
      }
      await client.logout()
      this.#said.text = ''
    } catch (error) {
      client?.close()
      if (!this.#stopping.signal.aborted) this.#sayTrouble(error)
    }
  }

  async #connect(): Promise<ImapFlow> {
    const { imap, secrets } = this.#options
    const { ImapFlow } = await import('imapflow')
    const auth = await this.#credentials(secrets)
    const secure = imap.secure ?? true
    const options: ImapFlowOptions = {
      host: imap.host,
      port: imap.port ?? (secure ? 993 : 143),
      secure,
      auth,
      logger: false,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      // Credentials never cross a network in the clear.
      ...(secure ? {} : { doSTARTTLS: !isLoopback(imap.host) }),
    }
    const client = new ImapFlow(options)
    // Without a listener a broken connection would end the process; the call that runs fails too.
    client.on('error', () => {})
    this.#stopping.signal.addEventListener('abort', () => client.close(), { once: true })
    await client.connect()
    return client
  }

  async #credentials(secrets: SecretStore): Promise<{ user: string; pass?: string; accessToken?: string }> {
    const name = this.#options.imap.secret
    const { user, pass, accessToken } = (await secrets.read(name))?.value ?? {}
    if (typeof user === 'string' && typeof accessToken === 'string') return { user, accessToken }
    if (typeof user === 'string' && typeof pass === 'string') return { user, pass }
    const message = `The secret "${name}" of mail.imap must be {"user":"…","pass":"…"} or {"user":"…","accessToken":"…"}.`
    throw new RelayError('credentials_missing', message)
  }

  async #read(client: ImapFlow): Promise<void> {
    const { ledger, imap, keep, clock } = this.#options
    if (!client.mailbox) return
    const uidValidity = String(client.mailbox.uidValidity)
    const place = { group: `imap#${imap.host}#${imap.mailbox ?? 'INBOX'}`, id: 'mark' }
    const record = await ledger.get<Mark>(place.group, place.id)
    const known = record?.value.uidValidity === uidValidity ? record.value.uid : undefined
    const since = new Date(clock.now() - FIRST_LOOK_MS)
    const range = known === undefined ? await client.search({ since }, { uid: true }) : `${known + 1}:*`
    let highest = known ?? client.mailbox.uidNext - 1
    if (typeof range === 'string' || (range && range.length > 0)) {
      for (const { uid, size = 0 } of await fetched(client, range)) {
        // "n:*" gives the last message even where it is older.
        if (uid <= (known ?? 0)) continue
        if (size <= MAX_BYTES) await this.#keep(client, uid, (mail) => keep(`imap-${uidValidity}-${uid}.eml`, mail))
        highest = Math.max(highest, uid)
      }
    }
    const value: Mark = { kind: 'imap-mark', uidValidity, uid: highest }
    if (record) await ledger.update(record, { value })
    else await ledger.create({ ...place, value })
  }

  async #keep(client: ImapFlow, uid: number, keep: (mail: Uint8Array) => Promise<void>): Promise<void> {
    const message = await client.fetchOne(String(uid), { uid: true, source: true }, { uid: true })
    const source = message ? message.source : undefined
    if (source) await keep(source)
  }

  /** The same trouble once an hour; the library's errors hold answers of the server, of which only the code is told. */
  #sayTrouble(error: unknown): void {
    const { clock, logger, imap } = this.#options
    const text = troubleOf(error)
    if (text === this.#said.text && clock.now() - this.#said.atMs < SAY_AGAIN_MS) return
    this.#said = { text, atMs: clock.now() }
    const message = `The mailbox at ${imap.host} can't be looked into (${text}); it is tried again every minute.`
    logger.alarm('mail.imap_trouble', { host: imap.host, message })
  }
}

/** All at once: the connection carries one command at a time. */
async function fetched(client: ImapFlow, range: string | number[]): Promise<FetchMessageObject[]> {
  return client.fetchAll(range, { uid: true, size: true }, { uid: true })
}

function troubleOf(error: unknown): string {
  if (error instanceof RelayError) return error.message
  if (!(error instanceof Error)) return 'unknown'
  if ('authenticationFailed' in error && error.authenticationFailed) {
    return 'user or password were refused; check the secret of mail.imap'
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

const isLoopback = (host: string) => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host)
