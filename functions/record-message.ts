import { RelayError } from '../shared/errors.ts'

/** A ledger record that somebody should look at; all that a message of ours says. */
export interface RecordKey {
  group: string
  id: string
}

/** Records in one message; a look at CXI's list of imports serves all of them. */
export const RECORDS_PER_MESSAGE = 25

export const recordMessage = (records: RecordKey[]): string =>
  JSON.stringify({ records: records.map(({ group, id }) => ({ group, id })) })

/** The records that a message names; undefined where it is no message of ours. */
export function recordsOf(message: unknown): RecordKey[] | undefined {
  const records = (message as { records?: unknown } | null)?.records
  return Array.isArray(records) && records.every(isKey) ? records : undefined
}

/** A message's body as JSON. Throws RelayError `message_unreadable`. */
export function parsedBody(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw unreadable(cause)
  }
}

export const unreadable = (cause?: unknown) =>
  new RelayError(
    'message_unreadable',
    'The message is neither an S3 event nor one of our own; find out who else writes to this queue.',
    { cause },
  )

const isKey = (value: unknown): value is RecordKey =>
  typeof (value as RecordKey | null)?.group === 'string' && typeof (value as RecordKey).id === 'string'
