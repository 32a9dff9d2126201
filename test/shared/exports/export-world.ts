import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExportConfig } from '../../../shared/config/types.ts'
import type { ExportDeps } from '../../../shared/exports/deps.ts'
import { createExportEngine, type ExportEngine } from '../../../shared/exports/engine.ts'
import type { ExportReceipt } from '../../../shared/exports/receipt.ts'
import { freeLeases } from '../../../shared/imports/leases.ts'
import { account, Life, relayOf, World } from '../../support/world.ts'
import { FakeExports, type Made } from './fake-exports.ts'

export const CSVS = {
  responses: 'id,feedback,score,feedback_date\n1,"a ""good"" one,\nreally",9,1790000000\n2,bad,1,1790000001\n',
  users: 'user_id,email,properties\nu-1,one@example.com,x\n',
}

export interface ExportProcess {
  engine: ExportEngine
  deps: ExportDeps
}

/** A web server for the files that mails point to, with the requests that it got. */
export class FileServer {
  readonly requests: { path: string; url: string; headers: IncomingMessage['headers'] }[] = []
  /** What is answered at a path; a CSV of the type that the path names where there is nothing. */
  readonly answers = new Map<string, (response: ServerResponse) => void>()
  readonly #server: Server
  url = ''

  constructor() {
    this.#server = createServer((request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? ''
      this.requests.push({ path, url: request.url ?? '', headers: request.headers })
      const answer = this.answers.get(path)
      if (answer) return answer(response)
      const type = path.includes('users') ? 'users' : 'responses'
      response.writeHead(200, { 'content-type': 'text/csv' }).end(CSVS[type])
    })
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  count(path: string): number {
    return this.requests.filter((request) => request.path === path).length
  }
}

/** The stores, CXI's exports, its mails and the clock of a test, and any number of processes that work on them. */
export class ExportWorld {
  readonly world: World
  readonly cxi: FakeExports
  readonly files: FileServer
  /** Whether mails arrive by themselves as exports are ready. */
  isMailed = true
  lookup: ExportDeps['lookup']
  maxDownloadBytes: number | undefined

  constructor(files: FileServer, exports: ExportConfig[] = [], accounts = [account('main')]) {
    this.files = files
    const served = accounts.map((one) => ({ ...one, apiUrl: files.url }))
    this.world = new World({ ...relayOf([], served), exports })
    this.cxi = new FakeExports(this.clock)
  }

  get clock() {
    return this.world.clock
  }

  get logger() {
    return this.world.logger
  }

  process(life = new Life()): ExportProcess {
    const api = this.cxi.api(life)
    const { lookup, maxDownloadBytes } = this
    const deps: ExportDeps = {
      ...this.world.process(life).deps,
      relay: this.world.relay,
      api: () => api,
      lookup,
      maxDownloadBytes,
    }
    return { engine: createExportEngine(deps), deps }
  }

  /** Takes over after a process that was killed. */
  async restart(): Promise<ExportProcess> {
    const process = this.process()
    await freeLeases(process.deps)
    await process.engine.plan()
    return process
  }

  /** Sends the mails of exports that are ready; the home sees what lies in the mail folder. */
  async deliver({ engine }: ExportProcess): Promise<void> {
    if (this.isMailed) for (const made of this.cxi.ready()) await this.mail(made)
    for (const key of await this.world.keys('mail/')) {
      if (/^mail\/(?!done\/|kept\/).+\.eml$/.test(key)) await engine.receiveMail(key)
    }
  }

  async mail(made: Made): Promise<void> {
    made.isDelivered = true
    await this.put(`${made.id}.eml`, { link: this.linkOf(made), id: `<${made.id}@cxi.test>`, sentMs: made.readyMs })
  }

  linkOf = ({ id, type }: Pick<Made, 'id' | 'type'>) => `${this.files.url}/${type}/${id}.csv?signature=s3cret`

  async put(name: string, mail: { link: string; id?: string; sentMs?: number }): Promise<void> {
    const text = mailOf({ sentMs: this.clock.now(), ...mail })
    await this.world.objects.put(`mail/${name}`, Buffer.from(text))
  }

  async drain(process: ExportProcess): Promise<void> {
    for (let done = 0; done < 1000; done++) {
      await this.deliver(process)
      const [record] = await this.world.due()
      if (!record) return
      await process.engine.work(record)
    }
    throw new Error('There is always something due.')
  }

  /** Lets time pass, the work be done that comes due in it, and the mails arrive. */
  async pass(process: ExportProcess, seconds: number): Promise<void> {
    const endMs = this.clock.now() + seconds * 1000
    for (;;) {
      await this.drain(process)
      if (this.clock.now() >= endMs) return
      const [next] = await this.world.ledger.due(endMs, 1)
      const mails = this.cxi.made
        .filter(({ isDelivered }) => !isDelivered && this.isMailed)
        .map(({ readyMs }) => readyMs)
      const nextMs = Math.min(endMs, next?.dueAtMs ?? endMs, ...mails)
      await this.clock.advance(Math.max(0, nextMs - this.clock.now()))
    }
  }

  /** Every file with its receipt, in the order of their names. */
  async collected(): Promise<{ receipt: ExportReceipt; csv: string }[]> {
    const keys = (await this.world.keys('exports/')).filter((key) => key.endsWith('.json'))
    return Promise.all(
      keys.map(async (key) => {
        const receipt = JSON.parse(await this.world.text(key)) as ExportReceipt
        return { receipt, csv: await this.world.text(receipt.file) }
      }),
    )
  }

  alarms(): string[] {
    return this.logger.lines.filter(({ level }) => level === 'alarm').map(({ event }) => event)
  }
}

export function mailOf({ link, id, sentMs = 0 }: { link: string; id?: string; sentMs?: number }): string {
  return [
    'From: InMoment <no-reply@wootric.com>',
    'To: someone@example.com',
    'Subject: Your export is ready',
    `Date: ${new Date(sentMs).toUTCString()}`,
    ...(id === undefined ? [] : [`Message-ID: ${id}`]),
    'MIME-Version: 1.0',
    'Content-Type: multipart/alternative; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    `Your export is ready. Download it here: ${link}`,
    '--b',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    `<p>Your export is ready.</p><a href=3D"${link.replaceAll('=', '=3D').replaceAll('&', '&amp;')}">Download</a>`,
    '<a href=3D"https://example.org/unsubscribe">no more</a>',
    '--b--',
    '',
  ].join('\r\n')
}
