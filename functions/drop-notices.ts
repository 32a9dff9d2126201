import { messageOf } from '../shared/errors.ts'
import type { Logger } from '../shared/ports.ts'
import type { LogLine, Observer } from './function-log.ts'

/** What those who subscribed are told of a file: where to look, how many rows; nothing of what is in them. */
export interface Notice {
  source: string
  drop: string
  state: 'partial' | 'rejected'
  rows: Record<string, number>
  /** Why it was rejected; the receipt has the whole sentence. */
  code: string | null
  receipt: string
}

const ROWS = ['read', 'imported', 'set_aside', 'duplicate', 'skipped']

/**
 * Sees which files were rejected or imported in part, and puts a notice of each into a queue, from where it is published
 * until that succeeds. The receipt is the record of it: a notice that can't be queued is said in the log, and forgotten.
 */
export class DropNotices implements Observer {
  readonly #send: (bodies: string[]) => Promise<void>
  readonly #logger: Logger
  #waiting: Notice[] = []

  constructor(send: (bodies: string[]) => Promise<void>, logger: Logger) {
    this.#send = send
    this.#logger = logger
  }

  see({ event, fields }: LogLine): void {
    if (event !== 'drop.finished' && event !== 'drop.rejected') return
    const { source, drop, state, receipt, code } = fields
    if (state !== 'partial' && state !== 'rejected') return
    this.#waiting.push({
      source: String(source),
      drop: String(drop),
      state,
      rows: Object.fromEntries(ROWS.map((name) => [name, Number(fields[name] ?? 0)])),
      code: typeof code === 'string' ? code : null,
      receipt: String(receipt),
    })
  }

  async flush(): Promise<void> {
    const notices = this.#waiting.splice(0)
    if (notices.length === 0) return
    try {
      await this.#send(notices.map((notice) => JSON.stringify({ notice })))
    } catch (error) {
      this.#logger.warn('notice.failed', { drops: notices.map(({ drop }) => drop), message: messageOf(error) })
    }
  }
}
