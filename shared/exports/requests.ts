import { randomBytes } from 'node:crypto'
import type { Account } from '../config/types.ts'
import { stampOf } from '../imports/paths.ts'
import { IDLE } from '../imports/records.ts'
import { changeAnyway } from '../imports/store-access.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ExportDeps } from './deps.ts'
import {
  type ExportRequest,
  hasEnded,
  isLeased,
  OPEN_FOR_MS,
  openGroup,
  type RecentRequest,
  recentGroup,
  requestGroup,
  SELF,
} from './records.ts'

const DAY_MS = 86_400_000
/** No request waits as long as its record is kept. */
const REMEMBERED_MS = 400 * DAY_MS

/** An entry of an account's list of open requests; `id` is the request's. */
interface Open {
  kind: 'open-export'
}

/** What asking takes; answering is up to the home that works. */
export type AskDeps = Pick<ExportDeps, 'relay' | 'clock' | 'ledger' | 'logger' | 'wake'>

/** A name for a request made by hand. */
export const newRequestId = (nowMs: number, type: string) =>
  `${stampOf(nowMs)}-${type}-${randomBytes(4).toString('hex')}`

/** Writes a request unless it is known; it is worked on from now on. */
export async function createRequest(
  deps: AskDeps,
  id: string,
  fields: Pick<ExportRequest, 'type' | 'schedule' | 'coolDownMs'> & { account: Account },
): Promise<void> {
  const { account, type, schedule, coolDownMs } = fields
  const now = deps.clock.now()
  const value: ExportRequest = {
    ...IDLE,
    kind: 'export',
    id,
    account: account.name,
    identity: account.identity,
    type,
    schedule,
    coolDownMs,
    queuedMs: now,
    state: 'queued',
    firstAskedMs: null,
    askedMs: null,
    asks: 0,
    overdueMs: null,
    refusedSinceMs: null,
    mail: null,
    readyMs: null,
    file: null,
    rows: null,
    error: null,
  }
  const created = await deps.ledger.create({
    group: requestGroup(id),
    id: SELF,
    value,
    dueAtMs: now,
    expiresAtMs: now + REMEMBERED_MS,
  })
  if (!created) return
  deps.logger.info('export.queued', { request: id, type, account: account.name })
  deps.wake?.({ group: created.group, id: created.id })
}

/** Writes a reading of the newest responses unless it is known. */
export async function createRecent(deps: ExportDeps, id: string, account: Account): Promise<void> {
  const now = deps.clock.now()
  const { name, identity } = account
  const value: RecentRequest = { ...IDLE, kind: 'recent', id, account: name, identity, queuedMs: now, since: null }
  const created = await deps.ledger.create({
    group: recentGroup(id),
    id: SELF,
    value,
    dueAtMs: now,
    expiresAtMs: now + REMEMBERED_MS,
  })
  if (created) deps.wake?.({ group: created.group, id: created.id })
}

export const readRequest = (deps: Pick<ExportDeps, 'ledger'>, id: string) =>
  deps.ledger.get<ExportRequest>(requestGroup(id), SELF)

/** Enters a request into its account's list; repeatable. */
export async function enter(deps: ExportDeps, { identity, id }: ExportRequest): Promise<void> {
  await deps.ledger.create<Open>({ group: openGroup(identity), id, value: { kind: 'open-export' } })
}

/** The requests of an account that have not ended, and overdue ones of the last days; the oldest first. */
export async function openRequests(
  deps: Pick<ExportDeps, 'ledger'>,
  identity: string,
): Promise<LedgerRecord<ExportRequest>[]> {
  const open: LedgerRecord<ExportRequest>[] = []
  for (const entry of await deps.ledger.list<Open>(openGroup(identity))) {
    const request = await readRequest(deps, entry.id)
    // Its end was written, but not yet here.
    if (!request || (hasEnded(request.value) && request.value.state !== 'overdue')) {
      await deps.ledger.remove(entry)
    } else open.push(request)
  }
  return open
}

/**
 * Takes an ended request off its account's list, once its end is written; an overdue one stays for some days, since its
 * mail may come late. The next in the queue is told.
 */
export async function leave(deps: ExportDeps, request: ExportRequest): Promise<void> {
  const entry = await deps.ledger.get<Open>(openGroup(request.identity), request.id)
  if (entry && request.state === 'overdue') {
    const expiresAtMs = (request.firstAskedMs ?? deps.clock.now()) + OPEN_FOR_MS
    await deps.ledger.update(entry, { value: entry.value, expiresAtMs })
  } else if (entry) await deps.ledger.remove(entry)
  await wakeNext(deps, request.identity)
}

/** Whose turn it is: the one that waits longest; one whose mail is overdue waits since then. */
export function firstInQueue(open: LedgerRecord<ExportRequest>[]): LedgerRecord<ExportRequest> | undefined {
  const sinceMs = ({ value }: LedgerRecord<ExportRequest>) => value.overdueMs ?? value.queuedMs
  return open
    .filter(({ value }) => value.state === 'queued')
    .reduce<LedgerRecord<ExportRequest> | undefined>(
      (first, record) => (first && sinceMs(first) <= sinceMs(record) ? first : record),
      undefined,
    )
}

/** The oldest request that waits may try at once: CXI has finished an export. */
export async function wakeNext(deps: ExportDeps, identity: string): Promise<void> {
  const now = deps.clock.now()
  const next = firstInQueue(await openRequests(deps, identity))
  if (!next) return
  const woken = await changeAnyway<ExportRequest>(deps, next.group, next.id, (value) =>
    value.state === 'queued' && !isLeased(value, now) ? { value, dueAtMs: now } : undefined,
  )
  if (woken) deps.wake?.({ group: woken.group, id: woken.id })
}
