import { RelayError } from '../../errors.ts'

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_FULL = 13

/** Runs `work` on a database; what SQLite throws becomes a retryable RelayError, `disk_full` or `store_unavailable`. */
export function onDatabase<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw databaseError(what, error)
  }
}

/**
 * A failed file operation as a retryable RelayError: `disk_full` or `store_unavailable`. Anything else, such as what
 * the body of an object threw, stays as it is.
 */
export function fileError(what: string, error: unknown): unknown {
  const code = codeOf(error)
  if (error instanceof RelayError || code === undefined || !(error instanceof Error && 'syscall' in error)) return error
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(what, error)
  return new RelayError(
    'store_unavailable',
    `${what} failed (${code}); check the folder, its disk and its permissions.`,
    { retryable: true, cause: error },
  )
}

/** The system's code of a failed file operation, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Whether nothing lies at the path, nor can. */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(codeOf(error) ?? '')
}

/** Whether SQLite refused because somebody else holds the file. */
export function isBusy(error: unknown): boolean {
  const result = resultOf(error)
  return result === SQLITE_BUSY || result === SQLITE_LOCKED
}

/** What SQLite threw as a RelayError; anything else stays as it is. */
export function databaseError(what: string, error: unknown): unknown {
  const result = resultOf(error)
  if (result === undefined) return error
  if (result === SQLITE_FULL) return diskFull(what, error)
  const advice = isBusy(error)
    ? 'another process held the database too long; it is tried again.'
    : 'check that the file is whole, writable and on a working disk.'
  const words = error instanceof Error ? error.message : 'unknown error'
  return new RelayError('store_unavailable', `${what} failed (${words}): ${advice}`, { retryable: true, cause: error })
}

/** SQLite's primary result code; the rest of `errcode` only says more precisely which kind. */
function resultOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined
}

function diskFull(what: string, cause: unknown): RelayError {
  return new RelayError('disk_full', `${what} failed because the disk is full; free some space, then it goes on.`, {
    retryable: true,
    cause,
  })
}
