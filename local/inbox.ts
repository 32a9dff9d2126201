import type { Dirent } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { messageOf, RelayError } from '../shared/errors.ts'
import type { Clock, DropObject, Logger } from '../shared/ports.ts'
import { codeOf } from '../shared/stores/sqlite/store-errors.ts'
import { endsInNul, isLeftAlone } from './arriving.ts'
import { inodeOf, openForWriting } from './open-for-writing.ts'
import { Repeating, SaidLately } from './repeating.ts'
import { type FileStat, Settling } from './settling.ts'

const POLL_MS = 300
/** Files taken at once: each waits for the disk several times. */
const TAKES_AT_ONCE = 8
const SIDECAR = '.meta.json'
/** A network share fills what it reserved sooner than this. */
const UNWRITTEN_SAID_MS = 600_000

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
  /** Paths that can't be taken, of which that was said. */
  readonly #told = new Set<string>()
  /** Files that end in NUL bytes, and since when; null once that was said. */
  readonly #unwritten = new Map<string, number | null>()

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
      const there = new Set(paths)
      this.#settling.keepOnly(there)
      for (const path of this.#unwritten.keys()) if (!there.has(path)) this.#unwritten.delete(path)
      const isWhole = await Promise.all(paths.map((path) => this.#isWhole(path)))
      const quiet = paths.filter((_, index) => isWhole[index])
      const written =
        quiet.length === 0 ? new Set<string>() : await openForWriting(new Set(quiet.map((path) => basename(path))))
      const left = quiet[Symbol.iterator]()
      const taker = async () => {
        for (const path of left) if (!this.#repeating.isStopped) await this.#consider(path, written)
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

  async #isWhole(path: string): Promise<boolean> {
    const found = await statOf(join(this.#options.folder, path))
    return !!found && this.#settling.isSettled(path, found) && !(await this.#isUnwritten(path, found.size))
  }

  async #consider(path: string, written: ReadonlySet<string>): Promise<void> {
    const found = await statOf(join(this.#options.folder, path))
    if (!found || written.has(inodeOf(found))) return
    const drop = await this.#take(path)
    if (!drop) return
    this.#settling.forget(path)
    try {
      await this.#options.receive(drop)
    } catch (error) {
      this.#taken.push(drop)
      throw error
    }
  }

  /** One file that may not be read keeps no other waiting. */
  async #take(path: string): Promise<DropObject | undefined> {
    try {
      return await this.#options.take(path)
    } catch (error) {
      if (!isForbidden(error)) throw error
      this.#sayForbidden(path)
      return undefined
    }
  }

  async #isUnwritten(path: string, size: number): Promise<boolean> {
    const ends = await endsInNul(join(this.#options.folder, path), size).catch(() => false)
    if (!ends) {
      this.#unwritten.delete(path)
      return false
    }
    const now = this.#options.clock.now()
    const sinceMs = this.#unwritten.get(path)
    if (sinceMs === undefined) this.#unwritten.set(path, now)
    else if (sinceMs !== null && now - sinceMs >= UNWRITTEN_SAID_MS) {
      this.#unwritten.set(path, null)
      const message = `inbox/${path} ends in NUL bytes, as a file does that is still being copied to a network share; it is taken once it is whole. If nothing writes it any more, copy it there again.`
      this.#options.logger.warn('inbox.unwritten', { drop: `inbox/${path}`, message })
    }
    return true
  }

  async *#files(base: string): AsyncGenerator<string> {
    for (const entry of await this.#entries(base)) {
      const path = base + entry.name
      if (isLeftAlone(entry.name)) continue
      if (entry.isDirectory() || (base === '' && (await this.#isLinkedFolder(entry)))) yield* this.#files(`${path}/`)
      else if (!entry.isFile()) this.#sayLink(path)
      else if (!entry.name.endsWith(SIDECAR)) yield path
    }
  }

  /** A source's folder may be a link to where its files are written. */
  async #isLinkedFolder(entry: Dirent): Promise<boolean> {
    if (!entry.isSymbolicLink()) return false
    const target = await stat(join(this.#options.folder, entry.name)).catch(() => undefined)
    return target?.isDirectory() ?? false
  }

  async #entries(base: string): Promise<Dirent[]> {
    try {
      const entries = await readdir(join(this.#options.folder, base), { withFileTypes: true })
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      if (base === '' || !isForbidden(error)) throw error
      this.#sayForbidden(base)
      return []
    }
  }

  #sayLink(path: string): void {
    const message = `inbox/${path} is a link or no regular file, which is never followed; copy the file itself there.`
    this.#sayOnce('inbox.not_a_file', path, message)
  }

  #sayForbidden(path: string): void {
    const message = `inbox/${path} may not be read or moved by the user who runs cxi-relay; change its permissions, then it is taken.`
    this.#sayOnce('inbox.forbidden', path, message)
  }

  #sayOnce(event: string, path: string, message: string): void {
    if (this.#told.has(path)) return
    this.#told.add(path)
    this.#options.logger.warn(event, { drop: `inbox/${path}`, message })
  }

  #sayTrouble(error: unknown): void {
    const { clock, logger } = this.#options
    const code = error instanceof RelayError ? error.code : (codeOf(error) ?? 'unexpected')
    if (!this.#said.isNews(code, clock.now())) return
    logger.alarm('inbox.trouble', { code, message: `The inbox can't be worked on: ${messageOf(error)}` })
  }
}

const isForbidden = (error: unknown): boolean =>
  ['EACCES', 'EPERM'].includes(codeOf(error instanceof RelayError ? error.cause : error) ?? '')

/** Size 0 is the longest watched: so is a name that is not UTF-8, by which nothing can be looked at. */
const UNSEEN: FileStat = { size: 0, mtimeMs: 0, ctimeMs: 0, dev: 0, ino: 0 }

async function statOf(path: string): Promise<FileStat | undefined> {
  try {
    const stat = await lstat(path)
    return stat.isFile() ? stat : undefined
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return path.includes('\uFFFD') ? UNSEEN : undefined
  }
}
