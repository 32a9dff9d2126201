import type { Notice } from '../drop-notices.ts'
import { parsedBody, type RecordKey, recordsOf, unreadable } from '../record-message.ts'
import { type ArrivedObject, objectsIn } from '../s3-event.ts'

interface Arrivals {
  objects: ArrivedObject[]
  records: RecordKey[]
  /** To be published. */
  notice?: Notice
}

/**
 * What a message of the arrivals' queue tells: dropped objects from S3, records from the sweep, or what became of a file.
 * Throws RelayError `message_unreadable`.
 */
export function arrivalsIn(body: string): Arrivals {
  const message = parsedBody(body)
  const records = recordsOf(message)
  if (records) return { objects: [], records }
  const { notice } = (message ?? {}) as { notice?: Notice }
  if (typeof notice?.receipt === 'string') return { objects: [], records: [], notice }
  const objects = objectsIn(message)
  if (!objects) throw unreadable()
  return { objects, records: [] }
}
