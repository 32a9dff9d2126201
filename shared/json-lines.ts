import type { Logger } from './ports.ts'

/** Writes each step as one line of JSON: time, level, event, its fields, and the context it happened in. */
export class JsonLines implements Logger {
  readonly #write: (text: string) => unknown
  readonly #now: () => Date
  readonly #context: () => Record<string, unknown>

  constructor(
    write: (text: string) => unknown,
    now: () => Date = () => new Date(),
    context: () => Record<string, unknown> = () => ({}),
  ) {
    this.#write = write
    this.#now = now
    this.#context = context
  }

  info(event: string, fields: Record<string, unknown> = {}): void {
    this.#line('info', event, fields)
  }

  warn(event: string, fields: Record<string, unknown> = {}): void {
    this.#line('warn', event, fields)
  }

  alarm(event: string, fields: Record<string, unknown> = {}): void {
    this.#line('alarm', event, fields)
  }

  #line(level: 'info' | 'warn' | 'alarm', event: string, fields: Record<string, unknown>): void {
    const line = { time: this.#now().toISOString(), level, event, ...fields, ...this.#context() }
    this.#write(`${JSON.stringify(line)}\n`)
  }
}
