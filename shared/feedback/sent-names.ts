import { FileDefect } from './cut-error.ts'
import { type Column, plain } from './header.ts'

/** Names that CXI's documentation forbids in a CSV. */
const RESERVED: ReadonlySet<string> = new Set(['tags', 'wootric_response_id'])

/** Names that CXI makes attributes of a response. */
export const CXI_NAMES = ['feedback', 'score', 'user_id', 'feedback_date'] as const
export type CxiName = (typeof CXI_NAMES)[number]

export interface SentNames {
  /** Name of each column in the parts, by index: unique, never empty, never reserved. */
  names: string[]
  /** What had to be renamed, for the receipt: header as found → name sent. */
  renamed: Record<string, string>
}

/**
 * Names the columns for CXI. A second column of a name becomes `name_2`, one without a header `column_N`. Throws
 * FileDefect `reserved_column` where `reserved` is 'reject'.
 */
export function sentNames(
  columns: Column[],
  special: ReadonlyMap<number, CxiName>,
  reserved: 'rename' | 'reject' = 'rename',
): SentNames {
  // Headers as they stand come first, so that a renamed column never takes the name of another.
  const taken = new Set<string>(columns.map(({ clean }) => clean))
  const used = new Set<string>()
  const names: string[] = []
  const renamed: Record<string, string> = {}
  for (const column of columns) {
    const name = special.get(column.index) ?? column.clean
    const isForbidden = !special.has(column.index) && isReservedOrSpecial(name)
    if (isForbidden && reserved === 'reject' && RESERVED.has(plain(name))) throw rejected(column)
    const base = name || `column_${column.index + 1}`
    const isFree = !isForbidden && !used.has(base) && (name !== '' || !taken.has(base))
    const sent = isFree ? base : freeName(base, (other) => !taken.has(other) && !used.has(other))
    if (isForbidden) renamed[renamedKey(column)] = sent
    used.add(sent)
    names.push(sent)
  }
  return { names, renamed }
}

/** In a receipt the names of CXI stand for what was mapped to them. */
function renamedKey({ found, index }: Column): string {
  return (CXI_NAMES as readonly string[]).includes(found) ? `${found} (column ${index + 1})` : found
}

function isReservedOrSpecial(name: string): boolean {
  const lower = plain(name)
  return RESERVED.has(lower) || (CXI_NAMES as readonly string[]).includes(lower)
}

function freeName(base: string, isFree: (name: string) => boolean): string {
  let n = 2
  while (!isFree(`${base}_${n}`)) n++
  return `${base}_${n}`
}

function rejected(column: Column): FileDefect {
  const message = `The column "${column.found}" bears a name that CXI reserves. Rename it in the file, or set the source's reserved: 'rename'.`
  return new FileDefect('reserved_column', message, { column: column.found, row: 1 })
}
