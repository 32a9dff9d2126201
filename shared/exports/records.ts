import type { Lease, Work } from '../imports/records.ts'
import type { Since } from './read-recent.ts'

/** What CXI exports by mail. */
export type ExportType = 'responses' | 'users'

export type RequestState =
  | 'queued'
  | 'asking'
  | 'asked'
  | 'collecting'
  /** How it may end; an `overdue` one is still collected where its mail comes after all. */
  | 'collected'
  | 'overdue'
  | 'failed'
  /** A newer file of its type came first. */
  | 'superseded'

/** One export that somebody or a schedule asked for. Times are ms since the epoch. */
export interface ExportRequest extends Work {
  kind: 'export'
  /** `<time>-<type>-<8 hex>`; in code point order the oldest comes first. */
  id: string
  account: string
  identity: string
  type: ExportType
  /** Which schedule it is for, and for which of its times; null by hand. */
  schedule: { key: string; atMs: number } | null
  coolDownMs: number
  queuedMs: number
  state: RequestState
  /** When CXI was asked first and last, and how often it was. */
  firstAskedMs: number | null
  askedMs: number | null
  asks: number
  /** Since when its mail is overdue; null while it is not. It stays open for that mail all the same. */
  overdueMs: number | null
  /** Since when CXI answers that another export is running; null where it does not. */
  refusedSinceMs: number | null
  /** The mail that brings it, and when that was sent. */
  mail: string | null
  readyMs: number | null
  /** Where its file lies, or is going to. */
  file: string | null
  rows: number | null
  /** Why it failed. */
  error: { code: string; message: string } | null
}

/** A line of the configuration, and which of its times was seen to last. */
export interface ScheduleRecord {
  kind: 'export-schedule'
  key: string
  lastMs: number | null
  /** The request of its last time, and whether that still has to be written. */
  request: string | null
  isPending: boolean
  /** Whether this home watches the time itself. */
  isTimed: boolean
}

export type MailEnd =
  | 'collected'
  | 'duplicate'
  | 'foreign'
  | 'unmatched'
  | 'no_link'
  | 'broken_link'
  | 'unreadable'
  | 'untrusted'
  | 'expired'
  | 'not_csv'

/** A mail that arrived, until it has been dealt with. */
export interface MailRecord extends Work {
  kind: 'export-mail'
  id: string
  /** `mail/<name>` or `mail/<account>/<name>` */
  key: string
  receivedMs: number
  /** `fail`: it holds a virus; null where the home has found none, or does not look. */
  verdict: 'fail' | null
  /** The request that it brings. */
  request: string | null
  end: MailEnd | null
}

/** A reading of the newest responses from CXI's list. */
export interface RecentRequest extends Work {
  kind: 'recent'
  id: string
  account: string
  identity: string
  queuedMs: number
  /** What it reads; null until it has begun. */
  since: Since | null
}

export const SELF = 'self'
export const requestGroup = (id: string) => `export#${id}`
export const recentGroup = (id: string) => `recent#${id}`
export const scheduleGroup = (key: string) => `export-schedule#${key}`
export const mailGroup = (id: string) => `export-mail#${id}`
/** The requests of an account that have not ended, and overdue ones, which a late mail may still bring. */
export const openGroup = (identity: string) => `exports#${identity}`
export const lockGroup = (identity: string) => `export-lock#${identity}`

/** Whether somebody works on it at this time. */
export const isLeased = (work: { lease: Lease | null }, nowMs: number) =>
  work.lease !== null && work.lease.untilMs > nowMs

export const hasEnded = ({ state }: ExportRequest) =>
  state === 'collected' || state === 'overdue' || state === 'failed' || state === 'superseded'

/** Whether CXI was asked for it and its mail has not come: a mail may bring it. */
export const isOpenForMail = ({ state, firstAskedMs }: ExportRequest) =>
  firstAskedMs !== null && (state === 'asked' || state === 'asking' || state === 'overdue' || state === 'queued')

/** How long a request stays open for its mail, from when CXI was asked first. */
export const OPEN_FOR_MS = 7 * 86_400_000
