import type { LedgerRecord } from '../../shared/ports.ts'
import { RECORDS_PER_MESSAGE, type RecordKey } from '../record-message.ts'

export type QueueName = 'arrivals' | 'parts' | 'responses' | 'exports' | 'collects'

/** The queue whose function works on a kind of record; what is of another kind waits for nobody here. */
const QUEUE_OF: ReadonlyMap<unknown, QueueName> = new Map<string, QueueName>([
  ['arrival', 'arrivals'],
  ['drop', 'parts'],
  ['part', 'parts'],
  ['batch', 'responses'],
  ['fetch', 'responses'],
  ['late', 'responses'],
  ['export', 'exports'],
  ['export-schedule', 'exports'],
  ['export-mail', 'collects'],
  ['recent', 'collects'],
])

/** What is due, by the queue that it goes to, in the order in which it came. */
export function byQueue(due: LedgerRecord<unknown>[]): Map<QueueName, LedgerRecord<unknown>[]> {
  const found = new Map<QueueName, LedgerRecord<unknown>[]>()
  for (const record of due) {
    const queue = QUEUE_OF.get(workOf(record).kind)
    if (!queue) continue
    const records = found.get(queue)
    if (records) records.push(record)
    else found.set(queue, [record])
  }
  return found
}

/**
 * Sorts a queue's records into messages. Looking comes first and always fits: for uploads whose answer was lost, and
 * for CXI's counts; many share a message, since one reading of CXI's list serves them all. Other work fills the room
 * that there is.
 */
export function messagesOf(records: LedgerRecord<unknown>[], room: number): RecordKey[][] {
  const looks = records.filter(isLook)
  const others = records.filter((record) => !isLook(record)).slice(0, Math.max(0, room))
  return [...grouped(looks), ...others.map((record) => [record])]
}

function isLook(record: LedgerRecord<unknown>): boolean {
  const { kind, state } = workOf(record)
  return kind === 'part' && (state === 'uploading' || state === 'described')
}

const workOf = ({ value }: LedgerRecord<unknown>) => (value ?? {}) as { kind?: unknown; state?: unknown }

function grouped(records: RecordKey[]): RecordKey[][] {
  const groups: RecordKey[][] = []
  for (let from = 0; from < records.length; from += RECORDS_PER_MESSAGE) {
    groups.push(records.slice(from, from + RECORDS_PER_MESSAGE))
  }
  return groups
}
