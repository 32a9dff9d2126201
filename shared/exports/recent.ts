import type { Account } from '../config/types.ts'
import { isExhausted } from '../imports/deaths.ts'
import { accountOf, type ImportDeps } from '../imports/deps.ts'
import { endFailed, putOff } from '../imports/failures.ts'
import { Held } from '../imports/held.ts'
import { workWaits } from '../imports/waiting.ts'
import type { LedgerRecord } from '../ports.ts'
import { ownFile } from './own-file.ts'
import { type RecentReading, readRecent, type Since } from './read-recent.ts'
import { csvOf, ndjsonOf } from './recent-files.ts'
import { type RecentRequest, SELF } from './records.ts'

const STEP = 'recent'

/** The highest id that an incremental reading has stored. */
interface Mark {
  kind: 'recent-mark'
  id: number
}

/** What a reading stored, as its receipt says it; `files` is empty where nothing was new. */
export interface RecentReceipt {
  account: string
  since: { id: number | null; date: string | null }
  rows: number
  newest_id: number | null
  /** How many responses CXI has, how many could be read, and whether all that were wanted are among them. */
  total: number
  reached: number
  complete: boolean
  message: string
  files: string[]
  read_at: string
}

/** Works on a scheduled reading: stores what has come since the last one. */
export async function workRecent(deps: ImportDeps, record: LedgerRecord<RecentRequest>): Promise<void> {
  const account = await workWaits(deps, record, () => accountOf(deps, record.value))
  if (!account || (await putOff(deps, record, account))) return
  const exhausted = isExhausted(record.value, STEP)
  using held = await Held.take(deps, record, STEP)
  if (!held) return
  try {
    if (exhausted) {
      const message = `Reading the newest responses ended without a result five times in a row; it goes on at its next time. ${held.value.note?.message ?? ''}`
      deps.logger.alarm('recent.failed', { account: account.name, message: message.trim() })
    } else {
      // Kept before anything is stored, so that another attempt stores the same again and not what is left of it.
      if (held.value.since === null) {
        const since = await sinceLast(deps, account)
        await held.change((value) => ({ ...value, since }))
      }
      const { id, queuedMs: atMs, since } = held.value
      await storeRecent(deps, account, { id, atMs, since: since ?? ALL, isNext: true })
      await deps.gate(account).open()
    }
    await held.release((value) => value, null)
  } catch (error) {
    await endFailed(deps, held, error, account)
  }
}

const ALL: Since = { id: null, dateMs: null }

const markOf = (account: Account) => ({ group: `recent-mark#${account.identity}`, id: SELF })

/** What has come since the last reading that was one of a series. */
export async function sinceLast(deps: ImportDeps, account: Account): Promise<Since> {
  const { group, id } = markOf(account)
  return { id: (await deps.ledger.get<Mark>(group, id))?.value.id ?? null, dateMs: null }
}

/**
 * Reads the newest responses and stores them as NDJSON and CSV with a receipt; `isNext`: the next reading of the series
 * goes on after it. The same request again writes the same files again. Throws CxiErrors.
 */
export async function storeRecent(
  deps: ImportDeps,
  account: Account,
  request: { id: string; atMs: number; since: Since; isNext: boolean },
): Promise<RecentReceipt> {
  const reading = await readRecent(deps.api(account), request.since)
  const receipt = receiptOf(deps, account, request.since, reading)
  if (reading.responses.length > 0) await write(deps, request, reading, receipt)
  if (request.isNext && reading.newestId !== null) await advance(deps, account, reading.newestId)
  const { rows, total, reached } = receipt
  deps.logger.info('recent.stored', { account: account.name, rows, total, reached, file: receipt.files[0] ?? null })
  if (!receipt.complete) deps.logger.warn('recent.incomplete', { account: account.name, message: receipt.message })
  return receipt
}

async function advance(deps: ImportDeps, account: Account, newestId: number): Promise<void> {
  const place = markOf(account)
  const value: Mark = { kind: 'recent-mark', id: newestId }
  const mark = await deps.ledger.get<Mark>(place.group, place.id)
  if (!mark) await deps.ledger.create({ ...place, value })
  else if (mark.value.id < newestId) await deps.ledger.update(mark, { value })
}

async function write(
  deps: ImportDeps,
  { id, atMs }: { id: string; atMs: number },
  { responses }: RecentReading,
  receipt: RecentReceipt,
): Promise<void> {
  const csv = await ownFile(deps, { id, type: 'recent', atMs })
  const ndjson = csv.replace(/\.csv$/, '.ndjson')
  await deps.objects.put(csv, Buffer.from(csvOf(responses)))
  await deps.objects.put(ndjson, Buffer.from(ndjsonOf(responses)))
  receipt.files = [csv, ndjson]
  const key = csv.replace(/\.csv$/, '.json')
  await deps.objects.put(key, Buffer.from(`${JSON.stringify(receipt, null, 2)}\n`))
}

function receiptOf(deps: ImportDeps, account: Account, since: Since, reading: RecentReading): RecentReceipt {
  return {
    account: account.name,
    since: { id: since.id, date: since.dateMs === null ? null : iso(since.dateMs) },
    rows: reading.responses.length,
    newest_id: reading.newestId,
    total: reading.total,
    reached: reading.reached,
    complete: reading.isComplete,
    message: sentence(reading),
    files: [],
    read_at: iso(deps.clock.now()),
  }
}

function sentence({ isComplete, total, reached, gap }: RecentReading): string {
  if (isComplete) return 'Every response that was asked for is among these.'
  const between = gap ? `, with feedback dates between ${iso(gap.fromMs)} and ${iso(gap.toMs)},` : ''
  return `CXI has ${total} responses and lists only the 1,500 newest and the 1,500 oldest: ${reached} could be read, the ${total - reached} others${between} could not, and some that were asked for may be among them. To get all, use "export".`
}

const iso = (ms: number) => (Number.isNaN(ms) ? 'unknown' : new Date(ms).toISOString())
