import { RelayError } from '../errors.ts'
import type { LedgerRecord } from '../ports.ts'
import { workRequest } from './ask.ts'
import type { ExportDeps } from './deps.ts'
import type { ExportRequest, ExportType, MailRecord, RecentRequest, ScheduleRecord } from './records.ts'
import { type AskDeps, createRequest, newRequestId } from './requests.ts'
import { coolDownMsOf, fireSchedule, planSchedules, workSchedule } from './schedules.ts'

/** `ask`: short calls to CXI. `collect`: brings files home. */
export type ExportLane = 'ask' | 'collect'

/** The exports as a home uses them. Whatever must be remembered is in the ledger when a call resolves. */
export interface ExportEngine {
  /** For a home that watches the time by the ledger, at its start; else the home calls `fire`. */
  plan(): Promise<void>
  /** The time of a schedule (`schedulesOf` gives its key) has come; repeatable. */
  fire(scheduleKey: string, atMs: number): Promise<void>
  /** Asks for an export by hand; answers the request's id. Throws RelayError `unknown_account`. */
  ask(type: ExportType, account?: string): Promise<string>
  /** A mail lies at `mail/<name>` or `mail/<account>/<name>`; repeatable. `fail`: the home found that it holds a virus. */
  receiveMail(key: string, verdict?: 'fail' | null): Promise<void>
  /** Works on one due record until it has nothing to do or must wait; throws only where a store is out of reach. */
  work(record: LedgerRecord<unknown>): Promise<void>
  /** What kind of work a due record is; undefined: not this engine's. */
  laneOf(record: LedgerRecord<unknown>): ExportLane | undefined
}

type Known = ExportRequest | ScheduleRecord | MailRecord | RecentRequest

const LANES: Record<Known['kind'], ExportLane> = {
  export: 'ask',
  'export-schedule': 'ask',
  'export-mail': 'collect',
  recent: 'collect',
}

/** What brings files home is loaded by those who do that: asking needs neither a mail parser nor a CSV reader. */
const mails = () => import('./mail.ts')
const recent = () => import('./recent.ts')

export function createExportEngine(deps: ExportDeps): ExportEngine {
  return {
    plan: () => planSchedules(deps),
    fire: (key, atMs) => fireSchedule(deps, key, atMs),
    ask: (type, account) => askByHand(deps, type, account),
    receiveMail: async (key, verdict = null) => (await mails()).receiveMail(deps, key, verdict),
    work: async (record) => {
      if (!isKnown(record)) return
      const { value } = record
      if (value.kind === 'export') await workRequest(deps, { ...record, value })
      else if (value.kind === 'export-schedule') await workSchedule(deps, { ...record, value })
      else if (value.kind === 'export-mail') await (await mails()).workMail(deps, { ...record, value })
      else await (await recent()).workRecent(deps, { ...record, value })
    },
    laneOf: (record) => (isKnown(record) ? LANES[record.value.kind] : undefined),
  }
}

const isKnown = (record: LedgerRecord<unknown>): record is LedgerRecord<Known> =>
  Object.hasOwn(LANES, (record.value as { kind?: string } | null)?.kind ?? '')

/** Writes a request; also for a command beside the process that works on it. Throws RelayError `unknown_account`. */
export async function askByHand(deps: AskDeps, type: ExportType, name?: string): Promise<string> {
  const known = Object.keys(deps.relay.accounts)
  const account = deps.relay.accounts[name ?? known[0] ?? '']
  if (!account || (name === undefined && known.length > 1)) {
    const message = `Name the account (--account): relay.config.ts has ${known.join(', ')}.`
    throw new RelayError('unknown_account', message)
  }
  const id = newRequestId(deps.clock.now(), type)
  const coolDownMs = coolDownMsOf(deps.relay, account, type)
  await createRequest(deps, id, { account, type, coolDownMs, schedule: null })
  return id
}
