import { readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, RelayError } from '../shared/errors.ts'
import type { Clock, Logger } from '../shared/ports.ts'
import { piecesOf } from '../shared/stores/sqlite/file-keys.ts'
import { codeOf } from '../shared/stores/sqlite/store-errors.ts'
import { Repeating, SaidLately } from './repeating.ts'
import { Settling } from './settling.ts'

const POLL_MS = 500

export interface MailFolderOptions {
  /** Absolute path of `mail/`. */
  folder: string
  /** Where there are several, each has a folder of its own in it. */
  accounts?: string[]
  clock: Clock
  logger: Logger
  /** Told of each mail that lies there, again and again until it is moved away. */
  receive: (key: string) => Promise<void>
  /** @default 500 */
  pollMs?: number
}

/** Watches `mail/`, and the folders of several accounts in it, by looking; what lies in others was dealt with. */
export class MailFolder {
  readonly #options: MailFolderOptions
  readonly #settling: Settling
  readonly #repeating: Repeating
  readonly #said = new SaidLately()
  readonly #ignored = new Set<string>()

  constructor(options: MailFolderOptions) {
    this.#options = options
    this.#settling = new Settling(options.clock)
    this.#repeating = new Repeating(() => this.look(), options.pollMs ?? POLL_MS)
  }

  start(): void {
    this.#repeating.start()
  }

  async stop(): Promise<void> {
    await this.#repeating.stop()
  }

  /** One look over the folder. */
  async look(): Promise<void> {
    const { folder, receive } = this.#options
    try {
      const paths = await this.#paths()
      this.#settling.keepOnly(new Set(paths))
      for (const path of paths) {
        const found = await stat(join(folder, path)).catch(() => undefined)
        if (!found?.isFile() || !this.#settling.isSettled(path, found)) continue
        await receive(`mail/${await keyNameOf(folder, path)}`)
      }
    } catch (error) {
      this.#sayTrouble(error)
    }
  }

  async #paths(): Promise<string[]> {
    const { accounts = [] } = this.#options
    const paths: string[] = []
    for (const folder of ['', ...(accounts.length > 1 ? accounts.map((account) => `${account}/`) : [])]) {
      for (const entry of await this.#entries(folder)) {
        const path = `${folder}${entry.name}`
        if (entry.name.startsWith('.') || entry.isDirectory()) continue
        if (entry.isFile() && /\.eml$/i.test(entry.name)) paths.push(path)
        else if (!/\.(tmp|part|crdownload)$/i.test(entry.name)) this.#sayIgnored(path)
      }
    }
    return paths.sort()
  }

  async #entries(folder: string) {
    try {
      return await readdir(join(this.#options.folder, folder), { withFileTypes: true })
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    }
  }

  #sayIgnored(name: string): void {
    if (this.#ignored.has(name)) return
    this.#ignored.add(name)
    const message = `mail/${name} is no mail that is read here; save mails as .eml files.`
    this.#options.logger.warn('mail.ignored', { mail: `mail/${name}`, message })
  }

  #sayTrouble(error: unknown): void {
    const { clock, logger } = this.#options
    const code = error instanceof RelayError ? error.code : (codeOf(error) ?? 'unexpected')
    if (!this.#said.isNews(code, clock.now())) return
    logger.alarm('mail.trouble', { code, message: `The mail folder can't be worked on: ${messageOf(error)}` })
  }
}

/** The path as the file store knows it; a file whose name no key has is renamed. */
async function keyNameOf(root: string, path: string): Promise<string> {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const name = path.slice(folder.length)
  const pieces = piecesOf(name)
  if (pieces.length === 1 && pieces[0] === name) return path
  const plain = name.replace(/[^A-Za-z0-9._-]+/g, '_').slice(-100)
  const safe = plain.startsWith('.') ? `mail${plain}` : plain
  await rename(join(root, path), join(root, folder, safe))
  return `${folder}${safe}`
}
