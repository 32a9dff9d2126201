import type { Relay } from '../config/types.ts'
import type { Ledger } from '../ports.ts'
import { nextTimeMs } from './cron.ts'
import { type ExportRequest, hasEnded, type ScheduleRecord, SELF, scheduleGroup } from './records.ts'
import { openRequests, readRequest } from './requests.ts'
import { schedulesOf } from './schedules.ts'

/** An export that is on its way, or the last one of a schedule. Times are ISO 8601, UTC. */
export interface ExportLine {
  id: string
  type: string
  account: string
  state: ExportRequest['state']
  asked_at: string | null
  /** Why it waits, or why it failed. */
  message: string | null
  file: string | null
  rows: number | null
}

export interface ScheduleLine {
  type: string
  account: string
  schedule: string
  timezone: string
  /** Null while no home watches it. */
  next_at: string | null
  last: ExportLine | null
}

export interface ExportStatus {
  open: ExportLine[]
  schedules: ScheduleLine[]
}

/**
 * What is asked for, and what each schedule of the configuration brought last. `timedFromMs`: now, for a home whose
 * schedules are watched by a service; else the ledger knows when they are next due.
 */
export async function exportStatusOf(ledger: Ledger, relay: Relay, timedFromMs?: number): Promise<ExportStatus> {
  const deps = { ledger }
  const open: ExportLine[] = []
  for (const identity of new Set(Object.values(relay.accounts).map((account) => account.identity))) {
    for (const { value } of await openRequests(deps, identity))
      if (!hasEnded(value) || value.state === 'overdue') open.push(lineOf(value))
  }
  const schedules: ScheduleLine[] = []
  for (const watched of schedulesOf(relay)) {
    const { key, account, type, schedule, timezone } = watched
    const record = await ledger.get<ScheduleRecord>(scheduleGroup(key), SELF)
    const last = record?.value.request ? await readRequest(deps, record.value.request) : undefined
    schedules.push({
      type,
      account: account.name,
      schedule,
      timezone,
      next_at: isoOf(timedFromMs === undefined ? record?.dueAtMs : nextTimeMs(watched, timedFromMs)),
      last: last ? lineOf(last.value) : null,
    })
  }
  return { open, schedules }
}

const isPending = (state: ExportRequest['state']) => state === 'queued' || state === 'asking' || state === 'asked'

const isoOf = (ms: number | null | undefined) => (ms ? new Date(ms).toISOString() : null)

function lineOf({ id, type, account, state, overdueMs, askedMs, note, error, file, rows }: ExportRequest): ExportLine {
  return {
    id,
    type,
    account,
    state: overdueMs !== null && isPending(state) ? 'overdue' : state,
    asked_at: isoOf(askedMs),
    message: (error ?? note)?.message ?? null,
    file: state === 'collected' ? file : null,
    rows,
  }
}
