import { createHash } from 'node:crypto'
import type { Account, Relay } from '../config/types.ts'
import { stampOf } from '../imports/paths.ts'
import type { LedgerRecord } from '../ports.ts'
import { lastTimeMs, nextTimeMs } from './cron.ts'
import type { ExportDeps } from './deps.ts'
import {
  type ExportRequest,
  type ExportType,
  requestGroup,
  type ScheduleRecord,
  SELF,
  scheduleGroup,
} from './records.ts'
import { createRecent, createRequest } from './requests.ts'

/** A schedule of the configuration with its defaults in place. */
export interface Schedule {
  /** The same as long as account, type, cron line and zone are. */
  key: string
  account: Account
  type: ExportType | 'recent'
  schedule: string
  timezone: string
  coolDownMs: number
}

const DEFAULT_COOL_DOWN_MINUTES = 60
const DAY_MS = 86_400_000

/** The schedules of a configuration, for homes that watch the time and for those that have it watched. */
export function schedulesOf(relay: Relay): Schedule[] {
  const [only = ''] = Object.keys(relay.accounts)
  return relay.exports.flatMap(({ type, schedule, timezone = 'UTC', account: name = only, coolDownMinutes }) => {
    const account = relay.accounts[name]
    if (!account) return []
    const key = hash(account.identity, type, schedule, timezone)
    const coolDownMs = (coolDownMinutes ?? DEFAULT_COOL_DOWN_MINUTES) * 60_000
    return [{ key, account, type, schedule, timezone, coolDownMs }]
  })
}

/** How long CXI is left alone after it was asked for such an export by hand. */
export function coolDownMsOf(relay: Relay, account: Account, type: ExportType): number {
  const same = schedulesOf(relay).filter((one) => one.account.identity === account.identity && one.type === type)
  return Math.max(...same.map(({ coolDownMs }) => coolDownMs), 0) || DEFAULT_COOL_DOWN_MINUTES * 60_000
}

/** For a home that watches the time itself, at its start: a time that was missed meanwhile is due at once, once. */
export async function planSchedules(deps: ExportDeps): Promise<void> {
  const now = deps.clock.now()
  for (const schedule of schedulesOf(deps.relay)) {
    const { key } = schedule
    const record = await deps.ledger.get<ScheduleRecord>(scheduleGroup(key), SELF)
    if (!record) {
      const value = { ...NEW, key, lastMs: now, isTimed: true }
      await deps.ledger.create<ScheduleRecord>({ ...idOf(key), value, dueAtMs: nextTimeMs(schedule, now) })
    } else if (record.dueAtMs === null || !record.value.isTimed) {
      await deps.ledger.update(record, { value: { ...record.value, isTimed: true }, dueAtMs: now })
    }
  }
}

/** A schedule's time has come, as whoever watches it says; the same time twice, or an older one, does nothing. */
export async function fireSchedule(deps: ExportDeps, key: string, atMs: number): Promise<void> {
  const schedule = schedulesOf(deps.relay).find((one) => one.key === key)
  if (!schedule) return
  for (;;) {
    const record =
      (await deps.ledger.get<ScheduleRecord>(scheduleGroup(key), SELF)) ??
      (await deps.ledger.create<ScheduleRecord>({ ...idOf(key), value: { ...NEW, key } }))
    if (!record) continue
    const fired = await markFired(deps, record, schedule, atMs)
    if (fired) return writePending(deps, fired, schedule)
  }
}

/** Works on a schedule that is due: its time has come, or what it asks for has not been written yet. */
export async function workSchedule(deps: ExportDeps, record: LedgerRecord<ScheduleRecord>): Promise<void> {
  const { key, lastMs, isPending } = record.value
  const schedule = schedulesOf(deps.relay).find((one) => one.key === key)
  if (!schedule) {
    await deps.ledger.remove(record)
    return
  }
  if (isPending) return writePending(deps, record, schedule)
  const atMs = lastTimeMs(schedule, deps.clock.now())
  if (atMs === null || atMs <= (lastMs ?? 0)) {
    await deps.ledger.update(record, { value: record.value, dueAtMs: dueAfter(deps, record.value, schedule) })
    return
  }
  const fired = await markFired(deps, record, schedule, atMs)
  if (fired) await writePending(deps, fired, schedule)
}

const NEW: ScheduleRecord = {
  kind: 'export-schedule',
  key: '',
  lastMs: null,
  request: null,
  isPending: false,
  isTimed: false,
}
const idOf = (key: string) => ({ group: scheduleGroup(key), id: SELF })
const hash = (...fields: string[]) => createHash('sha256').update(fields.join('\0')).digest('hex').slice(0, 16)

/** Notes first that the time has come, then writes its request: a crash in between is made up for. */
async function markFired(
  deps: ExportDeps,
  record: LedgerRecord<ScheduleRecord>,
  schedule: Schedule,
  atMs: number,
): Promise<LedgerRecord<ScheduleRecord> | undefined> {
  const { value } = record
  if (atMs <= (value.lastMs ?? Number.NEGATIVE_INFINITY)) return record
  if (value.isPending) await writePending(deps, record, schedule)
  if (value.isPending) return undefined
  const isWaiting = await isStillQueued(deps, value.request)
  if (isWaiting) deps.logger.info('export.folded', { type: schedule.type, request: value.request })
  const fired = isWaiting
    ? { ...value, lastMs: atMs }
    : { ...value, lastMs: atMs, request: requestIdOf(schedule, atMs), isPending: true }
  const dueAtMs = isWaiting ? dueAfter(deps, fired, schedule) : deps.clock.now()
  return deps.ledger.update<ScheduleRecord>(record, { value: fired, dueAtMs })
}

/** An earlier time's request that CXI has not been asked for yet will bring what this one would. */
async function isStillQueued(deps: ExportDeps, request: string | null): Promise<boolean> {
  if (request === null) return false
  const record = await deps.ledger.get<ExportRequest>(requestGroup(request), SELF)
  return record?.value.state === 'queued'
}

async function writePending(deps: ExportDeps, record: LedgerRecord<ScheduleRecord>, schedule: Schedule): Promise<void> {
  const { value } = record
  if (!value.isPending || value.request === null || value.lastMs === null) return
  const { account, type, coolDownMs, key } = schedule
  if (type === 'recent') await createRecent(deps, value.request, account)
  else await createRequest(deps, value.request, { account, type, coolDownMs, schedule: { key, atMs: value.lastMs } })
  const written = { ...value, isPending: false }
  await deps.ledger.update(record, { value: written, dueAtMs: dueAfter(deps, written, schedule) })
}

function dueAfter(deps: ExportDeps, value: ScheduleRecord, schedule: Schedule): number | null {
  if (!value.isTimed) return null
  // A line that never comes round again is looked at once a day, so that a new zone file may change that.
  return nextTimeMs(schedule, Math.max(deps.clock.now(), value.lastMs ?? 0)) ?? deps.clock.now() + DAY_MS
}

const requestIdOf = ({ key, type }: Schedule, atMs: number) => `${stampOf(atMs)}-${type}-${key.slice(0, 8)}`
