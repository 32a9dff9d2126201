import { JsonLines } from '../shared/json-lines.ts'
import type { Logger } from '../shared/ports.ts'

export interface LogLine {
  level: 'info' | 'warn' | 'alarm'
  event: string
  fields: Record<string, unknown>
}

/** Sees every line, and tells others of them when the invocation ends. */
export interface Observer {
  see(line: LogLine): void
  /** Never throws: what is told of work must not undo it. */
  flush(): Promise<void>
}

/** A function's log: one JSON line a step, each with the invocation's id, as Lambda names it in its own lines. */
export class FunctionLog implements Logger {
  readonly #lines: JsonLines
  readonly #observers: Observer[] = []
  #requestId: string | undefined

  constructor(write: (text: string) => unknown) {
    this.#lines = new JsonLines(write, undefined, () => (this.#requestId ? { requestId: this.#requestId } : {}))
  }

  observe(observer: Observer): void {
    this.#observers.push(observer)
  }

  info(event: string, fields: Record<string, unknown> = {}): void {
    this.#lines.info(event, fields)
    this.#show({ level: 'info', event, fields })
  }

  warn(event: string, fields: Record<string, unknown> = {}): void {
    this.#lines.warn(event, fields)
    this.#show({ level: 'warn', event, fields })
  }

  alarm(event: string, fields: Record<string, unknown> = {}): void {
    this.#lines.alarm(event, fields)
    this.#show({ level: 'alarm', event, fields })
  }

  /** A handler as Lambda calls it: its lines bear the invocation's id, and what was seen is told before it answers. */
  around<E, A>(handler: (event: E) => Promise<A>): (event: E, context: { awsRequestId: string }) => Promise<A> {
    return async (event, { awsRequestId }) => {
      this.#requestId = awsRequestId
      try {
        return await handler(event)
      } finally {
        // The last one first: what goes wrong in telling others is measured too.
        for (const observer of this.#observers.toReversed()) await observer.flush()
      }
    }
  }

  #show(line: LogLine): void {
    for (const observer of this.#observers) observer.see(line)
  }
}
