import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, RelayError } from '../shared/errors.ts'
import { isSystemsOwn } from '../shared/feedback/zip-name.ts'
import type { Clock, DropObject, Logger } from '../shared/ports.ts'
import { codeOf } from '../shared/stores/sqlite/store-errors.ts'
import { Repeating, SaidLately } from './repeating.ts'
import { type FileStat, Settling } from './settling.ts'

const POLL_MS = 300
/** Files taken at once: each waits for the disk several times. */
const TAKES_AT_ONCE = 8
const STILL_ARRIVING = ['.part', '.tmp', '.crdownload']
const SIDECAR = '.meta.json'

export interface InboxOptions {
  /** Absolute path of `inbox/`. */
  folder: string
  clock: Clock
  logger: Logger
  take: (path: string) => Promise<DropObject | undefined>
  receive: (drop: DropObject) => Promise<unknown>
  /** @default 300 */
  pollMs?: number
}

/** Watches a folder by looking, which works on every disk and share, and takes each file when it has arrived whole. */
export class Inbox {
  readonly #options: InboxOptions
  readonly #settling: Settling
  readonly #repeating: Repeating
  readonly #said = new SaidLately()
  /** Taken, but not yet noted in the ledger. */
  readonly #taken: DropObject[] = []
  readonly #links = new Set<string>()

  constructor(options: InboxOptions) {
    this.#options = options
    this.#settling = new Settling(options.clock)
    this.#repeating = new Repeating(() => this.look(), options.pollMs ?? POLL_MS)
  }

  /** Begins to watch; `taken` are drops that an earlier process took. */
  start(taken: DropObject[] = []): void {
    this.#taken.push(...taken)
    this.#repeating.start()
  }

  async stop(): Promise<void> {
    await this.#repeating.stop()
  }

  /** One look over the whole inbox. */
  async look(): Promise<void> {
    try {
      await this.#noteTaken()
      const paths: string[] = []
      for await (const path of this.#files('')) paths.push(path)
      this.#settling.keepOnly(new Set(paths))
      const left = paths[Symbol.iterator]()
      const taker = async () => {
        for (const path of left) if (!this.#repeating.isStopped) await this.#consider(path)
      }
      const ended = await Promise.allSettled(Array.from({ length: TAKES_AT_ONCE }, taker))
      const failed = ended.find(({ status }) => status === 'rejected')
      if (failed) throw (failed as PromiseRejectedResult).reason
    } catch (error) {
      this.#sayTrouble(error)
    }
  }

  async #noteTaken(): Promise<void> {
    for (;;) {
      const [drop] = this.#taken
      if (!drop) return
      await this.#options.receive(drop)
      this.#taken.shift()
    }
  }

  async #consider(path: string): Promise<void> {
    const stat = await statOf(join(this.#options.folder, path))
    if (!stat || !this.#settling.isSettled(path, stat)) return
    const drop = await this.#options.take(path)
    if (!drop) return
    this.#settling.forget(path)
    try {
      await this.#options.receive(drop)
    } catch (error) {
      this.#taken.push(drop)
      throw error
    }
  }

  async *#files(base: string): AsyncGenerator<string> {
    for (const entry of await this.#entries(base)) {
      const path = base + entry.name
      if (entry.name.startsWith('.') || isSystemsOwn(entry.name)) continue
      if (entry.isDirectory()) yield* this.#files(`${path}/`)
      else if (entry.isFile()) {
        if (!isArriving(entry.name) && !entry.name.endsWith(SIDECAR)) yield path
      } else this.#sayLink(path)
    }
  }

  async #entries(base: string): Promise<Dirent[]> {
    try {
      const entries = await readdir(join(this.#options.folder, base), { withFileTypes: true })
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    }
  }

  #sayLink(path: string): void {
    if (this.#links.has(path)) return
    this.#links.add(path)
    const message = `inbox/${path} is a link or no regular file, which is never followed; copy the file itself there.`
    this.#options.logger.warn('inbox.not_a_file', { drop: `inbox/${path}`, message })
  }

  #sayTrouble(error: unknown): void {
    const { clock, logger } = this.#options
    const code = error instanceof RelayError ? error.code : (codeOf(error) ?? 'unexpected')
    if (!this.#said.isNews(code, clock.now())) return
    logger.alarm('inbox.trouble', { code, message: `The inbox can't be worked on: ${messageOf(error)}` })
  }
}

const isArriving = (name: string) => STILL_ARRIVING.some((ending) => name.toLowerCase().endsWith(ending))

/** Size 0 is the longest watched: so is a name that is not UTF-8, by which nothing can be looked at. */
const UNSEEN: FileStat = { size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0 }

async function statOf(path: string): Promise<FileStat | undefined> {
  try {
    const stat = await lstat(path)
    return stat.isFile() ? stat : undefined
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return path.includes('\uFFFD') ? UNSEEN : undefined
  }
}
