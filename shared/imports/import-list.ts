import type { CxiApi } from '../cxi/api.ts'
import type { CxiImport } from '../cxi/types.ts'
import type { Clock } from '../ports.ts'

const PER_PAGE = 50
const LAST_PAGE = 30

/** The newest imports of an account, as far back as was asked. */
export interface Listing {
  startedMs: number
  items: CxiImport[]
  /** The list ended at its last page before `since` was reached: what is not in it may still exist. */
  cut: boolean
}

/** A moment by our clock, and CXI's clock minus ours as it was known then. */
export interface Since {
  atMs: number
  offsetMs: number
}

/** Reads the import list of one account; parts that need it at the same time share one reading. */
export class ImportList {
  readonly #api: CxiApi
  readonly #clock: Clock
  #latest: { startedMs: number; since: Since; listing: Promise<Listing> } | undefined

  constructor(api: CxiApi, clock: Clock) {
    this.#api = api
    this.#clock = clock
  }

  /**
   * Everything created since then, by a reading that began at `notBeforeMs` (our clock) or later. CXI's times are judged
   * by its own clock, as the answers show it now and as it was known then, whichever goes back further. Throws CxiError.
   */
  read(since: Since, notBeforeMs: number): Promise<Listing> {
    const latest = this.#latest
    if (latest && latest.startedMs >= notBeforeMs && reachesBack(latest.since, since)) return latest.listing
    const startedMs = this.#clock.now()
    const listing = this.#load(since, startedMs)
    const entry = { startedMs, since, listing }
    this.#latest = entry
    listing.catch(() => {
      if (this.#latest === entry) this.#latest = undefined
    })
    return listing
  }

  async #load({ atMs, offsetMs }: Since, startedMs: number): Promise<Listing> {
    const items: CxiImport[] = []
    for (let page = 1; page <= LAST_PAGE; page++) {
      const batch = await this.#api.listImports({ page, per_page: PER_PAGE })
      items.push(...batch)
      const last = batch.at(-1)
      const sinceSeconds = Math.floor((atMs + Math.min(offsetMs, this.#api.clockOffsetMs())) / 1000)
      if (batch.length < PER_PAGE || !last || last.created_at < sinceSeconds) {
        return { startedMs, items, cut: false }
      }
    }
    return { startedMs, items, cut: true }
  }
}

const reachesBack = (earlier: Since, since: Since) =>
  earlier.atMs <= since.atMs && earlier.atMs + earlier.offsetMs <= since.atMs + since.offsetMs
