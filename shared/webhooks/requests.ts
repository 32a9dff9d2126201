import { gunzipSync } from 'node:zlib'
import { RelayError } from '../errors.ts'
import type { WebhookRequest } from './types.ts'
import { unreadable } from './values.ts'

const isGzip = ({ headers }: WebhookRequest) => /^\s*(?:x-)?gzip\s*$/i.test(headers['content-encoding'] ?? '')

/**
 * The body as its sender wrote it, out of its gzip. Throws RelayErrors `body_too_large` where it opens to more than
 * `maxBytes`, and `webhook_unreadable` where it is no gzip.
 */
export function unpacked(request: WebhookRequest, maxBytes: number): Uint8Array {
  if (!isGzip(request)) return request.body
  try {
    return gunzipSync(request.body, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new RelayError('body_too_large', `The body opens to more than ${maxBytes} bytes.`, { cause: error })
    }
    throw unreadable('The body is said to be gzip, and is not, or not whole.', error)
  }
}

/** Whether a gateway handed the body over as text although it was none: its bytes can't be got back. */
export const isMangled = (request: WebhookRequest) => request.isText === true && isGzip(request)
