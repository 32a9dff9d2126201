import type { Clock } from '../shared/ports.ts'

/** A file that appeared in one go. */
const QUIET_MS = 1_000
/** A file that was seen growing, or is still empty: its writer may pause. */
const GROWING_QUIET_MS = 5_000
/** Nobody who still writes pauses this long; a file that lay there at the start need not be watched. */
const OLD_MS = 10_000

interface Seen {
  stamp: string
  sinceMs: number
  hasChanged: boolean
}

export interface FileStat {
  size: number
  mtimeMs: number
  ctimeMs: number
  dev: number
  ino: number
}

/** Tells when a file has finished arriving: nothing about it has changed for a while, by this process's own clock. */
export class Settling {
  readonly #clock: Clock
  readonly #seen = new Map<string, Seen>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  isSettled(path: string, stat: FileStat): boolean {
    const now = this.#clock.now()
    const stamp = `${stat.size} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.ino}`
    const before = this.#seen.get(path)
    if (!before) {
      this.#seen.set(path, { stamp, sinceMs: now, hasChanged: false })
      return stat.size > 0 && now - Math.max(stat.mtimeMs, stat.ctimeMs) >= OLD_MS
    }
    if (before.stamp !== stamp) {
      this.#seen.set(path, { stamp, sinceMs: now, hasChanged: true })
      return false
    }
    const quietMs = before.hasChanged || stat.size === 0 ? GROWING_QUIET_MS : QUIET_MS
    return now - before.sinceMs >= quietMs
  }

  forget(path: string): void {
    this.#seen.delete(path)
  }

  /** Forgets what is no longer there. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#seen.keys()) if (!paths.has(path)) this.#seen.delete(path)
  }
}
