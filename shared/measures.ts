/** Where AWS keeps it. */
export const NAMESPACE = 'cxi-relay'

/**
 * What is measured, with CloudWatch's units. Each costs money for every hour in which it is measured, so there are few,
 * and none of them stays at zero; whatever else is counted can be counted in the log's lines.
 */
export const MEASURES = {
  /** Dropped files that came to an end, whichever. */
  Files: 'Count',
  RowsImported: 'Count',
  RowsSetAside: 'Count',
  RowsDuplicate: 'Count',
  WebhooksRefused: 'Count',
  /** Longest time since when something that can be worked on now has been waiting. */
  OldestWaiting: 'Seconds',
  UploadTime: 'Seconds',
  AccountTrouble: 'Count',
  Alarms: 'Count',
} as const

export type Measure = keyof typeof MEASURES
type Fields = Record<string, unknown>

/**
 * Alarms that are seen otherwise: an account's trouble has a measure of its own, a 503 is counted by who passes it on, and
 * what a store out of reach holds up is waiting.
 */
const SEEN_OTHERWISE: ReadonlySet<string> = new Set(['account.trouble', 'webhook.unavailable', 'store.trouble'])

const MEASURED: Record<string, (fields: Fields) => Partial<Record<Measure, unknown>>> = {
  'drop.finished': ended,
  'drop.rejected': ended,
  'drop.duplicate': ended,
  'import.created': ({ upload_ms }) => ({ UploadTime: typeof upload_ms === 'number' ? upload_ms / 1000 : undefined }),
  'webhook.refused': () => ({ WebhooksRefused: 1 }),
  'sweep.done': ({ oldest_waiting_s }) => ({ OldestWaiting: oldest_waiting_s }),
  'account.trouble': () => ({ AccountTrouble: 1 }),
}

/** What a line of the log measures; counts of nothing are left out. */
export function measuresOf(level: 'info' | 'warn' | 'alarm', event: string, fields: Fields): [Measure, number][] {
  const found = MEASURED[event]?.(fields) ?? {}
  if (level === 'alarm' && !SEEN_OTHERWISE.has(event)) found.Alarms = 1
  return Object.entries(found).filter(isMeasured)
}

/** A batch of responses ends like a file, but nobody dropped it. */
function ended({ door, imported, set_aside, duplicate }: Fields) {
  return { Files: door === 'drop' ? 1 : 0, RowsImported: imported, RowsSetAside: set_aside, RowsDuplicate: duplicate }
}

const isMeasured = (entry: [string, unknown]): entry is [Measure, number] =>
  typeof entry[1] === 'number' && (entry[1] > 0 || MEASURES[entry[0] as Measure] === 'Seconds')
