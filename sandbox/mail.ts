import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import type { Database, Row } from './database.ts'

const FROM = 'InMoment CXI <no-reply@cxi.example>'
const SMTP_TIMEOUT_MS = 5000

export interface Mail {
  to: string
  subject: string
  body: string
  sentMs: number
}

export interface MailerOptions {
  db: Database
  /** Folder into which every mail is written as an `.eml` file. */
  folder: string | undefined
  /** Where mails are sent too, `smtp://user:password@host:25`. */
  smtp: string | undefined
}

/** Keeps mails, and brings them to a folder and a mail server where there are such. */
export class Mailer {
  readonly #options: MailerOptions
  readonly #server: ReturnType<typeof createTransport> | undefined
  readonly #writer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  #running: Promise<void> = Promise.resolve()

  constructor(options: MailerOptions) {
    this.#options = options
    const timeouts = {
      connectionTimeout: SMTP_TIMEOUT_MS,
      greetingTimeout: SMTP_TIMEOUT_MS,
      socketTimeout: SMTP_TIMEOUT_MS,
    }
    this.#server = options.smtp === undefined ? undefined : createTransport({ url: options.smtp, ...timeouts })
  }

  /** Keeps a mail, as part of the caller's transaction; `deliver` brings it on its way. */
  keep({ to, subject, body, sentMs }: Mail): void {
    const { db } = this.#options
    db.run('INSERT INTO mails (recipient, subject, body, sent_ms) VALUES (?, ?, ?, ?)', to, subject, body, sentMs)
  }

  /** Resolves when everything kept was delivered, or could not be now: it is tried again with the next call. */
  deliver(): Promise<void> {
    this.#running = this.#running
      .then(() => this.#deliverAll())
      .catch((error: Error & { code?: string }) =>
        console.error(`A mail could not be delivered (${error.code ?? error.name}).`),
      )
    return this.#running
  }

  /** The mails that were sent, newest first. */
  get json() {
    return this.#options.db
      .all('SELECT * FROM mails ORDER BY id DESC')
      .map(({ recipient, subject, body, sent_ms }) => ({
        to: recipient,
        subject,
        text: body,
        sent_at: new Date(Number(sent_ms)).toISOString(),
      }))
  }

  async close(): Promise<void> {
    await this.#running
    this.#server?.close()
  }

  async #deliverAll(): Promise<void> {
    const { db, folder } = this.#options
    for (const row of db.all('SELECT * FROM mails WHERE delivered = 0 ORDER BY id')) {
      const mail = messageOf(row)
      if (folder !== undefined) await this.#write(folder, row, mail)
      await this.#server?.sendMail(mail)
      db.run('UPDATE mails SET delivered = 1 WHERE id = ?', Number(row.id))
    }
  }

  /** Whoever watches the folder sees a mail whole or not at all, and a second try writes the same file. */
  async #write(folder: string, row: Row, mail: object): Promise<void> {
    const { message } = await this.#writer.sendMail(mail)
    const time = new Date(Number(row.sent_ms)).toISOString().replace(/[-:.]/g, '')
    const name = `${time}-${row.id}.eml`
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `.${name}.tmp`), message)
    await rename(join(folder, `.${name}.tmp`), join(folder, name))
  }
}

const messageOf = ({ id, recipient, subject, body, sent_ms }: Row) => ({
  from: FROM,
  to: String(recipient),
  subject: String(subject),
  text: String(body),
  date: new Date(Number(sent_ms)),
  messageId: `<${sent_ms}.${id}@cxi.example>`,
})
