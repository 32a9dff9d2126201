import type { Clock, Logger } from '../../shared/ports.ts'

/** A clock that moves only when told; sleepers wake when it passes their time. */
export class ManualClock implements Clock {
  #nowMs: number
  #sleepers: { atMs: number; wake: () => void }[] = []

  constructor(nowMs = Date.UTC(2026, 10, 24, 6, 0, 0)) {
    this.#nowMs = nowMs
  }

  now(): number {
    return this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      this.#sleepers.push({ atMs: this.#nowMs + ms, wake: resolve })
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }

  /** Moves the time on and lets everything that was waiting for it run. */
  async advance(ms: number): Promise<void> {
    this.#nowMs += ms
    const due = this.#sleepers.filter((sleeper) => sleeper.atMs <= this.#nowMs)
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.atMs > this.#nowMs)
    for (const sleeper of due) sleeper.wake()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Keeps every line, so that a test can ask what was said (and that nothing secret was). */
export class MemoryLogger implements Logger {
  /** Told every line too. */
  also: Logger | undefined
  readonly lines: { level: 'info' | 'warn' | 'alarm'; event: string; fields: Record<string, unknown> }[] = []

  info(event: string, fields: Record<string, unknown> = {}): void {
    this.lines.push({ level: 'info', event, fields })
    this.also?.info(event, fields)
  }

  warn(event: string, fields: Record<string, unknown> = {}): void {
    this.lines.push({ level: 'warn', event, fields })
    this.also?.warn(event, fields)
  }

  alarm(event: string, fields: Record<string, unknown> = {}): void {
    this.lines.push({ level: 'alarm', event, fields })
    this.also?.alarm(event, fields)
  }

  events(): string[] {
    return this.lines.map((line) => line.event)
  }
}
