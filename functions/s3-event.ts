/** An object that was put into the bucket, as the event of S3 names it. */
export interface ArrivedObject {
  key: string
  /** Undefined where the bucket keeps no versions. */
  version: string | undefined
}

/**
 * The objects that an event of S3 tells of; undefined where it is none. An `s3:TestEvent`, which S3 sends when the
 * notification is set up, tells of none.
 */
export function objectsIn(message: unknown): ArrivedObject[] | undefined {
  if ((message as { Event?: unknown } | null)?.Event === 's3:TestEvent') return []
  const events = (message as { Records?: unknown } | null)?.Records
  return Array.isArray(events) ? events.flatMap(objectOf) : undefined
}

interface S3Event {
  eventSource?: string
  eventName?: string
  s3?: { object?: { key?: string; versionId?: string; size?: number } }
}

function objectOf(event: S3Event): ArrivedObject[] {
  const { eventName = '', s3 } = event
  if (!/^(s3:)?ObjectCreated:/.test(eventName) || s3?.object?.key === undefined) return []
  const key = decodedKey(s3.object.key)
  // What the console makes for an empty folder. What is called so and holds something was dropped by somebody.
  if (key.endsWith('/') && !s3.object.size) return []
  return [{ key, version: s3.object.versionId }]
}

/** Keys in events are encoded as in a form: a space is a plus sign. */
function decodedKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch {
    // No key of S3 is encoded so; it may stand there as it is.
    return encoded
  }
}
