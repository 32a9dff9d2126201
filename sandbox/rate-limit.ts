import type { AccountContext } from './context.ts'
import { Refusal } from './refusal.ts'

const MINUTE_MS = 60_000

/** Counts an account's requests in each minute of the sandbox's clock. */
export class RateLimit {
  readonly #perMinute: number
  readonly #counts = new Map<number, { minute: number; requests: number }>()

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  reset(): void {
    this.#counts.clear()
  }

  /** Answers the headers that tell of the limit. Throws a Refusal over it. */
  take({ account, clock, unknowns }: AccountContext): Record<string, string> {
    if (unknowns['U-16'] === 'off') return {}
    const minute = Math.floor(clock.now() / MINUTE_MS)
    const held = this.#counts.get(account.id)
    const requests = (held?.minute === minute ? held.requests : 0) + 1
    this.#counts.set(account.id, { minute, requests })
    const headers = unknowns['U-16'] === 'on' ? this.#headers(minute, requests) : {}
    if (requests <= this.#perMinute) return headers
    throw new Refusal(429, { message: 'Too many requests; try again when the minute has passed.' }, headers)
  }

  #headers(minute: number, requests: number): Record<string, string> {
    return {
      'x-rate-limit-limit': String(this.#perMinute),
      'x-rate-limit-remaining': String(Math.max(0, this.#perMinute - requests)),
      'x-rate-limit-reset': String((minute + 1) * 60),
    }
  }
}
