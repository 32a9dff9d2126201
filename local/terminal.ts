import type { Logger } from '../shared/ports.ts'
import { QUIET, sentenceOf } from './sentences.ts'

type Level = 'info' | 'warn' | 'alarm'

const MARKS: Record<Level, string> = { info: ' ', warn: '!', alarm: '‼' }

export interface TerminalOptions {
  out: { write(text: string): unknown; isTTY?: boolean; columns?: number }
  now?: () => Date
}

/** One calm line for each step, and below them, on a terminal, one line that changes while something long goes on. */
export class Terminal implements Logger {
  readonly #out: TerminalOptions['out']
  readonly #now: () => Date
  #status = ''

  constructor({ out, now = () => new Date() }: TerminalOptions) {
    this.#out = out
    this.#now = now
  }

  info(event: string, fields: Record<string, unknown> = {}): void {
    this.#step('info', event, fields)
  }

  warn(event: string, fields: Record<string, unknown> = {}): void {
    this.#step('warn', event, fields)
  }

  alarm(event: string, fields: Record<string, unknown> = {}): void {
    this.#step('alarm', event, fields)
  }

  get isLive(): boolean {
    return this.#out.isTTY === true
  }

  /** A line as it is. */
  print(text: string): void {
    const status = this.#status
    this.status('')
    this.#out.write(`${text}\n`)
    this.status(status)
  }

  /** The changing line; nothing where there is no terminal. */
  status(text: string): void {
    if (!this.#out.isTTY || text === this.#status) return
    this.#status = text
    this.#out.write(`\r\x1b[K${text.slice(0, (this.#out.columns ?? 80) - 1)}`)
  }

  #step(level: Level, event: string, fields: Record<string, unknown>): void {
    if (QUIET.has(event)) return
    const time = this.#now().toTimeString().slice(0, 8)
    this.print(`${time} ${MARKS[level]} ${harmless(sentenceOf(event, fields))}`)
  }
}

/** Names of files are other people's: what would move the cursor or colour the terminal is shown, not done. */
function harmless(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
