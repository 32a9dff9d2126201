import { RelayError, StoreForbidden } from '../../errors.ts'

/** Runs `work` on an AWS service; what the SDK throws becomes a retryable RelayError `store_unavailable`. */
export async function onAws<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw awsError(what, error)
  }
}

/** A failed call to AWS as a RelayError with advice. What is none, such as an error of the caller's, stays as it is. */
export function awsError(what: string, error: unknown): unknown {
  if (error instanceof RelayError || !isAwsError(error)) return error
  if (isForbidden(error)) return new StoreForbidden(forbidden(what, error), { cause: error })
  return new RelayError('store_unavailable', `${what} failed (${nameOf(error)}): ${adviceFor(error)}`, {
    retryable: true,
    cause: error,
  })
}

/** The service's name for what went wrong, such as `NoSuchKey`; for a connection the system's, such as `ECONNRESET`. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return error.name === 'Error' || error.name === 'AggregateError' ? (code ?? 'Error') : error.name
}

/** The HTTP status of the answer; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode
}

/** The SDK marks what it throws by `$metadata`; connections fail with the system's codes, streams among them. */
function isAwsError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  if ('$metadata' in error || 'code' in error) return true
  return error.name === 'TimeoutError' || error.name === 'CredentialsProviderError'
}

function adviceFor(error: Error): string {
  if (/Throttl|Provisioned|SlowDown|LimitExceeded/i.test(error.name)) {
    return 'AWS asks for fewer requests; it is tried again by itself.'
  }
  if (error.name === 'ResourceNotFoundException' || error.name === 'NoSuchBucket') {
    return 'the table, bucket or secret is not there. Deploy the stack again; it is tried again by itself.'
  }
  if (error.name === 'CredentialsProviderError' || /ExpiredToken/.test(error.name)) {
    return 'there are no valid AWS credentials; check the role or the environment.'
  }
  return 'AWS or the way there is out of order; it is tried again by itself.'
}

const isForbidden = (error: Error) =>
  /AccessDenied/.test(error.name) || (statusOf(error) === 403 && /^(Forbidden|Unknown.*|403)$/.test(error.name))

/** AWS names the role, the action and the resource, which is just what has to be mended; but not where it answers without a body. */
function forbidden(what: string, error: Error): string {
  const said = /AccessDenied/.test(error.name)
    ? error.message
    : 'AWS does not say why: the role lacks s3:GetObjectVersion or s3:ListBucket on the bucket, or kms:Decrypt on the key of the object'
  return `${what} failed (${nameOf(error)}): it is not allowed to. ${said}. Deploy the stack again, or mend the role's policy; it is tried again by itself.`
}
