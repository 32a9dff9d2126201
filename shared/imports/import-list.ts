import type { CxiApi } from '../cxi/api.ts'
import type { CxiImport } from '../cxi/types.ts'
import type { Clock } from '../ports.ts'

const PER_PAGE = 50
const LAST_PAGE = 30

/** The newest imports of an account, as far back as was asked. */
export interface Listing {
  startedMs: number
  /** Every import created at this Unix second or later is in it, unless `cut`. */
  sinceSeconds: number
  items: CxiImport[]
  /** The list ended at its last page before `sinceSeconds` was reached: what is not in it may still exist. */
  cut: boolean
}

/** Reads the import list of one account; parts that need it at the same time share one reading. */
export class ImportList {
  readonly #api: CxiApi
  readonly #clock: Clock
  #latest: { startedMs: number; sinceSeconds: number; listing: Promise<Listing> } | undefined

  constructor(api: CxiApi, clock: Clock) {
    this.#api = api
    this.#clock = clock
  }

  /** Everything created since `sinceSeconds`, by a reading that began at `notBeforeMs` or later. Throws CxiError. */
  read(sinceSeconds: number, notBeforeMs: number): Promise<Listing> {
    const latest = this.#latest
    if (latest && latest.startedMs >= notBeforeMs && latest.sinceSeconds <= sinceSeconds) return latest.listing
    const startedMs = this.#clock.now()
    const listing = this.#load(sinceSeconds, startedMs)
    const entry = { startedMs, sinceSeconds, listing }
    this.#latest = entry
    listing.catch(() => {
      if (this.#latest === entry) this.#latest = undefined
    })
    return listing
  }

  async #load(sinceSeconds: number, startedMs: number): Promise<Listing> {
    const items: CxiImport[] = []
    for (let page = 1; page <= LAST_PAGE; page++) {
      const batch = await this.#api.listImports({ page, per_page: PER_PAGE })
      items.push(...batch)
      const last = batch.at(-1)
      if (batch.length < PER_PAGE || !last || last.created_at < sinceSeconds) {
        return { startedMs, sinceSeconds, items, cut: false }
      }
    }
    return { startedMs, sinceSeconds, items, cut: true }
  }
}
