import { FileDefect } from './cut-error.ts'
import type { Dialect } from './dialects/dialect.ts'
import { type Column, isMatched, isNamed, plain } from './header.ts'
import { CXI_NAMES } from './sent-names.ts'
import type { ReadOptions, SpecialColumn } from './types.ts'

const SPECIAL: readonly SpecialColumn[] = [...CXI_NAMES, 'response_id']

export type SpecialColumns = Partial<Record<SpecialColumn, Column>>

/**
 * Finds the special columns: as configured, else by CXI's own name, else by the dialect. Throws FileDefect
 * `column_missing`, `duplicate_column` and `feedback_date_column_missing`.
 */
export function specialColumns(
  columns: Column[],
  configured: ReadOptions['columns'],
  dialect: Dialect,
): SpecialColumns {
  const found: SpecialColumns = {}
  const free = new Set(columns)
  const claim = (name: SpecialColumn, column: Column | undefined) => {
    if (!column) return
    found[name] = column
    free.delete(column)
  }
  for (const name of SPECIAL) {
    const wanted = configured?.[name]
    if (wanted === undefined) continue
    const column = configuredColumn(columns, name, wanted)
    const other = SPECIAL.find((special) => found[special] === column)
    // An id that CXI doesn't know by name may well be one that it does.
    if (other && name !== 'response_id') throw claimedTwice(column, other, name)
    claim(name, column)
  }
  for (const name of SPECIAL) if (!found[name]) claim(name, ownColumn([...free], name))
  for (const name of SPECIAL) if (!found[name]) claim(name, dialectColumn([...free], dialect.columns[name] ?? []))
  if (!found.score) claim('score', dialect.scoreOf?.([...free]))
  if (!found.feedback_date) throw dateMissing(columns)
  return found
}

function configuredColumn(columns: Column[], name: SpecialColumn, wanted: string | RegExp): Column {
  const matching = columns.filter((column) =>
    typeof wanted === 'string' ? isNamed(column, wanted) : isMatched(column, wanted),
  )
  if (matching.length > 1) throw claimedByTwo(name, matching)
  const [column] = matching
  if (column) return column
  const header = typeof wanted === 'string' ? wanted : String(wanted)
  const message = `The source's columns.${name} is ${typeof wanted === 'string' ? `"${header}"` : header}, but the file has no such column. ${listed(columns)}`
  throw new FileDefect('column_missing', message, { column: header, row: 1 })
}

function ownColumn(columns: Column[], name: SpecialColumn): Column | undefined {
  const matching = columns.filter(({ clean, texts }) => [clean, ...texts].some((text) => plain(text) === name))
  if (matching.length > 1 && name !== 'response_id') throw claimedByTwo(name, matching)
  return matching[0]
}

function dialectColumn(columns: Column[], headers: (string | RegExp)[]): Column | undefined {
  for (const header of headers) {
    const column = columns.find((candidate) =>
      typeof header === 'string'
        ? [candidate.clean, ...candidate.texts].some((text) => plain(text) === plain(header))
        : isMatched(candidate, header),
    )
    if (column) return column
  }
  return undefined
}

function claimedByTwo(name: SpecialColumn, columns: Column[]): FileDefect {
  const places = columns.map(({ index, found }) => `${index + 1} ("${shortened(found)}")`).join(' and ')
  const message = `Columns ${places} both claim to be ${name}. Rename one of them in the file, or name the right one in the source's columns.${name}.`
  return new FileDefect('duplicate_column', message, { column: columns[0]?.found ?? name, row: 1 })
}

function claimedTwice(column: Column, first: SpecialColumn, second: SpecialColumn): FileDefect {
  const message = `The column "${shortened(column.found)}" is claimed by columns.${first} and by columns.${second}. Change one of them in the source's configuration.`
  return new FileDefect('duplicate_column', message, { column: column.found, row: 1 })
}

function dateMissing(columns: Column[]): FileDefect {
  const example = columns.find(({ found }) => /date|time|\bat$/i.test(found))?.found ?? 'Submitted At'
  const message = `The file has no column feedback_date, which CXI requires. ${listed(columns)} Say which of them is the date: columns: { feedback_date: '${shortened(example).replaceAll("'", "\\'")}' }.`
  return new FileDefect('feedback_date_column_missing', message, { row: 1 })
}

/** For a source whose rows are told by their ids. */
export function idMissing(columns: Column[]): FileDefect {
  const message = `This source tells responses by their ids (dedupe: 'rows'), but the file has no column of ids. ${listed(columns)} Say which of them is the id: columns: { response_id: '…' }, or set the source's dedupe: 'drop'.`
  return new FileDefect('column_missing', message, { column: 'response_id', row: 1 })
}

/** What the header holds, for a message; a first row that is data, not headers, is not shown. */
function listed(columns: Column[]): string {
  if (columns.some(({ found }) => /\S@\S+\.\S|^\d{4}-\d{2}-\d{2}|^\d{9,}$/.test(found) || found.length > 300)) {
    return 'Its first row seems to be data: the file needs a header row.'
  }
  const names = columns.slice(0, 20).map(({ found }) => (found === '' ? '(no header)' : `"${shortened(found)}"`))
  const more = columns.length > names.length ? ` and ${columns.length - names.length} more` : ''
  return `It has: ${names.join(', ')}${more}.`
}

function shortened(header: string): string {
  return header.length > 60 ? `${header.slice(0, 59)}…` : header
}
