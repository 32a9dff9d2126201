import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3'
import { RelayError } from '../../errors.ts'
import { awsError, nameOf, onAws, statusOf } from './aws-errors.ts'

/** Connections that may break in a row without a byte between them. */
const MAX_BREAKS = 5

export interface ReadFrom {
  bucket: string
  key: string
  /** That version; else the newest. */
  version?: string
}

/**
 * Streams an object. A connection that breaks is replaced by one that goes on at the next byte of the same content.
 * Throws RelayErrors `object_missing` and `store_unavailable`.
 */
export async function* readObject(client: S3Client, from: ReadFrom): AsyncGenerator<Uint8Array> {
  const what = `Reading ${from.key}`
  let at = 0
  let breaks = 0
  let first: GetObjectCommandOutput | undefined
  for (;;) {
    const answer = await onAws(what, () => open(client, from, at, first))
    first ??= answer
    try {
      for await (const chunk of answer.Body as AsyncIterable<Uint8Array>) {
        at += chunk.length
        breaks = 0
        yield chunk
      }
    } catch (error) {
      breaks += 1
      if (breaks > MAX_BREAKS) throw awsError(what, error)
    }
    const bytes = first.ContentLength ?? at
    if (at >= bytes) return
    // A stream that ends early without an error counts as one that broke.
    if (breaks === 0 && ++breaks > MAX_BREAKS) throw endedEarly(from.key, at, bytes)
  }
}

async function open(client: S3Client, { bucket, key, version }: ReadFrom, at: number, first?: GetObjectCommandOutput) {
  const goesOn = first && {
    Range: `bytes=${at}-`,
    IfMatch: first.ETag,
    VersionId: first.VersionId === 'null' ? undefined : first.VersionId,
  }
  try {
    const input = { Bucket: bucket, Key: key, VersionId: version, ...goesOn }
    return await client.send(new GetObjectCommand(input))
  } catch (error) {
    if (isMissing(error) || (version !== undefined && isNoVersion(error))) throw missing(key, error)
    // Replaced while it was read: an unversioned bucket has the old content no more.
    if (nameOf(error) === 'PreconditionFailed') throw missing(key, error)
    throw error
  }
}

export function isMissing(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(nameOf(error)) || statusOf(error) === 404
}

/**
 * What S3 says to a version that is a delete marker, or to an id that it never gave out. The 400 of a HEAD, which has
 * no body, may as well mean expired credentials: it is never taken for a missing object.
 */
export function isNoVersion(error: unknown): boolean {
  return statusOf(error) === 405 || nameOf(error) === 'InvalidArgument'
}

function missing(key: string, cause: unknown): RelayError {
  return new RelayError('object_missing', `There is no object ${key} in the bucket.`, { cause })
}

function endedEarly(key: string, at: number, bytes: number): RelayError {
  return new RelayError(
    'store_unavailable',
    `Reading ${key} ended at byte ${at} of ${bytes}, again and again; it is tried again by itself.`,
    { retryable: true },
  )
}
