import type { Clock } from '../shared/ports.ts'

/** More than any survey tool sends, and less than what would keep the home from its other work. */
const PER_SECOND = 500
const BURST = 2000

/** How many requests of each source are looked at: 500 a second, 2,000 at once. */
export class RequestRate {
  readonly #clock: Clock
  readonly #left = new Map<string, { tokens: number; atMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  allows(source: string): boolean {
    const now = this.#clock.now()
    const { tokens, atMs } = this.#left.get(source) ?? { tokens: BURST, atMs: now }
    const filled = Math.min(BURST, tokens + (Math.max(0, now - atMs) / 1000) * PER_SECOND)
    this.#left.set(source, { tokens: Math.max(0, filled - 1), atMs: now })
    return filled >= 1
  }
}
