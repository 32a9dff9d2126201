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
  clock: Clock
  logger: Logger
  /** Told of each mail that lies there, again and again until it is moved away. */
  receive: (key: string) => Promise<void>
  /** @default 500 */
  pollMs?: number
}

/** Watches `mail/` by looking; what lies in its subfolders was dealt with. */
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
      const names = await this.#names()
      this.#settling.keepOnly(new Set(names))
      for (const name of names) {
        const path = join(folder, name)
        const found = await stat(path).catch(() => undefined)
        if (!found?.isFile() || !this.#settling.isSettled(name, found)) continue
        await receive(`mail/${await keyNameOf(folder, name)}`)
      }
    } catch (error) {
      this.#sayTrouble(error)
    }
  }

  async #names(): Promise<string[]> {
    const names: string[] = []
    for (const entry of await this.#entries()) {
      if (entry.name.startsWith('.') || entry.isDirectory()) continue
      if (entry.isFile() && /\.eml$/i.test(entry.name)) names.push(entry.name)
      else if (!/\.(tmp|part|crdownload)$/i.test(entry.name)) this.#sayIgnored(entry.name)
    }
    return names.sort()
  }

  async #entries() {
    try {
      return await readdir(this.#options.folder, { withFileTypes: true })
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

/** The name as the file store knows it; a file whose name no key has is renamed. */
async function keyNameOf(folder: string, name: string): Promise<string> {
  const pieces = piecesOf(name)
  if (pieces.length === 1 && pieces[0] === name) return name
  const plain = name.replace(/[^A-Za-z0-9._-]+/g, '_').slice(-100)
  const safe = plain.startsWith('.') ? `mail${plain}` : plain
  await rename(join(folder, name), join(folder, safe))
  return safe
}
