import { createHash } from 'node:crypto'

/** Longest object key of S3 and longest sort key of DynamoDB, in bytes of UTF-8. */
const LONGEST_BYTES = 1024
const KEPT_BYTES = 940

/**
 * A key as it is; where it is longer than AWS takes, its beginning, a hash of all of it, and its file extension. What
 * is made of a long name (`receipts/<name>.<time>.json`) is longer than the name.
 */
export function fittingKey(key: string): string {
  // No character takes more than three bytes for each of its UTF-16 units.
  if (key.length * 3 <= LONGEST_BYTES || Buffer.byteLength(key) <= LONGEST_BYTES) return key
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 32)
  const [extension = ''] = /\.[a-z]{1,8}$/.exec(key) ?? []
  const beginning = new TextDecoder().decode(Buffer.from(key).subarray(0, KEPT_BYTES), { stream: true })
  return `${beginning}~${hash}${extension}`
}
