import type { DayOrder } from '../date-forms.ts'
import type { Column } from '../header.ts'
import type { SpecialColumn } from '../types.ts'

/** The first records of a file, cells trimmed: what a dialect is known by. At most three, fewer in a short file. */
export type Head = string[][]

/** How one survey tool writes its CSV exports. */
export interface Dialect {
  name: string
  /** Made from the tool's API documentation, not from a real export. @default false */
  isUnconfirmed?: boolean
  /** Number of header rows if `head` is this tool's, else 0. */
  headerRows(head: Head): number
  /** Name of a column, where it is not simply the first header row. */
  nameOf?(rows: string[][], index: number): string
  /** Headers that bear a special column, the best first; strings are compared without regard to case. */
  columns: Partial<Record<SpecialColumn, (string | RegExp)[]>>
  /** Column of the score, where it is known by its relation to other columns. */
  scoreOf?(columns: Column[]): Column | undefined
  /** Zone that the file states for its date column, where that is elsewhere than in `… (zone)` of the header. */
  zoneOf?(date: Column): string | undefined
  /** Order of day and month in dates with AM or PM. */
  halfDayOrder?: DayOrder
  /** Rows that are no responses: previews, tests, unfinished ones. A value is compared trimmed, in lower case. */
  skip?: { header: string; values: string[] }[]
  /** The tool puts an apostrophe before texts that look like formulas, phone numbers too. @default false */
  guardsFormulas?: boolean
  /** The tool ends its lines with a delimiter, so that a last column without a header is none. @default false */
  endsWithDelimiter?: boolean
  /** What the tool writes in a cell without an answer. */
  blankScore?: string
}

/** Whether a header row has all of these headers, whatever their case. */
export function hasAll(row: string[] | undefined, headers: string[]): boolean {
  const present = new Set(row?.map((text) => text.toLowerCase()))
  return headers.every((header) => present.has(header))
}

/** Whether a header row has one of these headers, whatever its case. */
export function hasAny(row: string[] | undefined, headers: string[]): boolean {
  return headers.some((header) => hasAll(row, [header]))
}
