import { FileError, type FileErrorCode } from '../errors.ts'
import type { CutCounts, Problem } from './types.ts'

/** What a pass had found when it met the defect that rejects the file. */
export interface CutFindings {
  counts: CutCounts
  /** The first 100. */
  problems: Problem[]
  /** Lower-case hex SHA-256 of the raw bytes; null where they were not read to their end. */
  sha256: string | null
  /** Raw bytes read. */
  bytes: number
}

/** A file that cannot be cut; every FileError that leaves `cut` is one. */
export class CutError extends FileError {
  readonly found: CutFindings

  constructor(defect: FileDefect, found: CutFindings) {
    super(defect.code, defect.message, {
      ...(defect.row === undefined ? {} : { row: defect.row }),
      ...(defect.column === undefined ? {} : { column: defect.column }),
      cause: defect.cause,
    })
    this.found = found
  }
}

/** The same defect, said of one file of an archive: with that, all of the archive is left out. */
export function inArchive(name: string, defect: FileDefect): FileDefect {
  const { code, message, row, column, cause } = defect
  const isSaid = code === 'archive_unsafe'
  const whole = `In "${name}": ${message}${isSaid ? '' : ' Nothing of the archive was imported.'}`
  const at = { ...(row === undefined ? {} : { row }), ...(column === undefined ? {} : { column }), cause }
  return new FileDefect(code, whole, at)
}

/** Thrown inside a pass only: `cut` turns it into a CutError with what the pass had found. */
export class FileDefect extends Error {
  override readonly name = 'FileDefect'
  readonly code: FileErrorCode
  readonly row: number | undefined
  readonly column: string | undefined

  constructor(code: FileErrorCode, message: string, at: { row?: number; column?: string; cause?: unknown } = {}) {
    super(message, at.cause === undefined ? undefined : { cause: at.cause })
    this.code = code
    this.row = at.row
    this.column = at.column
  }
}
