import { RelayError } from '../../shared/errors.ts'
import type { Since } from '../../shared/exports/read-recent.ts'
import { sinceLast, storeRecent } from '../../shared/exports/recent.ts'
import { newRequestId } from '../../shared/exports/requests.ts'
import { withExportHome } from '../export-home.ts'
import { plural } from '../sentences.ts'
import { Terminal } from '../terminal.ts'
import { quiet } from './export.ts'
import type { StoredOptions } from './stored.ts'

export interface ResponsesOptions extends StoredOptions {
  /** As `sinceOf` reads it. */
  since: string
  account?: string
  json: boolean
}

/**
 * Reads the newest responses from CXI's list into NDJSON and CSV, without an export and its mail. Throws RelayError
 * `unknown_account`, and CxiErrors.
 */
export async function responses(options: ResponsesOptions): Promise<void> {
  const since = sinceOf(options.since)
  const logger = quiet(new Terminal({ out: process.stderr }))
  const receipt = await withExportHome(options, { ...logger, warn: () => {} }, async (deps) => {
    const { accounts } = deps.relay
    const account = accounts[options.account ?? Object.keys(accounts)[0] ?? '']
    if (!account || (options.account === undefined && Object.keys(accounts).length > 1)) {
      const known = Object.keys(accounts).join(', ')
      throw new RelayError('unknown_account', `Name the account (--account): ${options.config} has ${known}.`)
    }
    const atMs = deps.clock.now()
    const id = newRequestId(atMs, 'recent')
    const isNext = since === undefined
    return storeRecent(deps, account, { id, atMs, since: since ?? (await sinceLast(deps, account)), isNext })
  })
  if (options.json) {
    console.log(JSON.stringify(receipt, null, 2))
    return
  }
  const files = receipt.files.length === 0 ? '' : `: ${receipt.files.join(', ')}`
  console.log(`${plural(receipt.rows, 'response')}${files}`)
  console.log(receipt.message)
}

const SPAN_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** `last`, a response's id, a span (`7d`, `24h`), or a date. Throws RelayError `since_unknown`. */
export function sinceOf(text: string, nowMs = Date.now()): Since | undefined {
  if (text === 'last') return undefined
  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  if (count !== undefined) return { id: null, dateMs: nowMs - Number(count) * (SPAN_MS[unit] ?? 0) }
  if (/^\d{1,15}$/.test(text)) return { id: Number(text), dateMs: null }
  // A time without a zone is read as UTC, as a date alone is.
  const isBare = /^\d{4}-\d\d-\d\d[T ][\d:.]+$/.test(text)
  const dateMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(isBare ? `${text.replace(' ', 'T')}Z` : text) : Number.NaN
  if (!Number.isNaN(dateMs)) return { id: null, dateMs }
  throw new RelayError(
    'since_unknown',
    `"${text}" is no time (--since): it must be 'last', a response's id, a span such as 7d or 24h, or a date such as 2026-11-01.`,
  )
}
