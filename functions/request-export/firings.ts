import type { SQSRecord } from 'aws-lambda'
import { parsedBody, type RecordKey, recordsOf, unreadable } from '../record-message.ts'

/** A schedule's time, as EventBridge Scheduler tells it. */
export interface Firing {
  schedule: string
  atMs: number
}

const MINUTE_MS = 60_000

/**
 * What a message of the exports' queue tells: that a schedule's time has come, or records from the sweep. A firing that
 * doesn't say for which time it is (an emulator's) is for the minute in which it was sent. Throws RelayError
 * `message_unreadable`.
 */
export function firingsIn({ body, attributes }: SQSRecord): { firing?: Firing; records: RecordKey[] } {
  const message = parsedBody(body)
  const records = recordsOf(message)
  if (records) return { records }
  const { schedule, time } = (message ?? {}) as { schedule?: unknown; time?: unknown }
  if (typeof schedule !== 'string') throw unreadable()
  const saidMs = typeof time === 'string' ? Date.parse(time) : Number.NaN
  const ms = Number.isNaN(saidMs) ? Number(attributes.SentTimestamp) : saidMs
  return { firing: { schedule, atMs: Math.floor(ms / MINUTE_MS) * MINUTE_MS }, records: [] }
}
