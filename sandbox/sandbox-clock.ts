import type { Database } from './database.ts'
import { setSetting, settingOf } from './settings.ts'

/** The sandbox's time: the machine's, moved on by whoever tests. Kept with the data, so that a restart goes on from it. */
export class SandboxClock {
  readonly #db: Database
  readonly #machine: () => number
  #aheadMs: number

  constructor(db: Database, machine: () => number) {
    this.#db = db
    this.#machine = machine
    this.#aheadMs = Number(settingOf(db, 'ahead_ms') ?? 0)
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#machine() + this.#aheadMs
  }

  /** Unix seconds, as the API gives times. */
  seconds(): number {
    return Math.floor(this.now() / 1000)
  }

  advance(seconds: number): void {
    this.#set(this.#aheadMs + seconds * 1000)
  }

  reset(): void {
    this.#set(0)
  }

  #set(aheadMs: number): void {
    this.#aheadMs = aheadMs
    setSetting(this.#db, 'ahead_ms', String(aheadMs))
  }
}
