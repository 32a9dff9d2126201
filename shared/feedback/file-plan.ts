import { COMMA } from './bytes.ts'
import { quotedCell } from './cells.ts'
import { DateReader } from './dates.ts'
import type { Dialect } from './dialects/dialect.ts'
import { dialectOf } from './dialects/registry.ts'
import { withoutGuard } from './formula-guard.ts'
import { type Column, columnsOf, isRelayColumn, plain } from './header.ts'
import { idMissing, type SpecialColumns, specialColumns } from './mapping.ts'
import { type PrivacyRule, privateValue } from './privacy.ts'
import { privateColumns } from './private-columns.ts'
import { CXI_NAMES, type CxiName, sentNames } from './sent-names.ts'
import type { ReadOptions } from './types.ts'
import { zoneOf } from './zone.ts'

/** What is done with each record of a file, decided once from its header and the source's configuration. */
export interface FilePlan {
  dialect: Dialect
  headerRows: string[][]
  columns: Column[]
  /** Columns up to the last one that has a header: what every record must have. */
  namedWidth: number
  dates: DateReader
  date: Column
  score: Column | undefined
  /** The tool's own id of the response. */
  id: Column | undefined
  /** Sent columns by which responses differ: comment, respondent and id. */
  telling: number[]
  /** Columns that parts have, in the file's order; `change` where the value isn't sent as it is. */
  sent: { index: number; change?: (text: string) => string }[]
  /** Columns whose values are private, by index. */
  rules: ReadonlyMap<number, PrivacyRule>
  /** How many problems are shown with their row. */
  excerpts: number
  /** Apostrophes before formulas are the tool's and are not sent. */
  isGuarded: boolean
  /** Columns that a set-aside file has: all but our own. */
  original: Column[]
  skip: { index: number; values: ReadonlySet<string> }[]
  /** Header of the parts, with its line end. */
  header: Buffer
  delimiter: number
  /** Whether records can be sent as the bytes they are, but for the cells that change. */
  isCopied: boolean
  mapping: Record<string, string>
}

/** `head`: the file's first records, at most three. Throws FileDefects for the header, RelayErrors for the options. */
export function planFile(head: string[][], options: ReadOptions, delimiter: number, nowMs: number): FilePlan {
  const trimmed = head.map((row) => row.map((text) => text.trim()))
  const { dialect, headerRows: rows } = dialectOf(trimmed)
  const headerRows = head.slice(0, rows)
  const columns = columnsOf(headerRows, dialect.nameOf)
  if (dialect.endsWithDelimiter && columns.at(-1)?.clean === '') columns.pop()
  const original = columns.filter((column) => !isRelayColumn(column))
  const special = specialColumns(original, options.columns, dialect)
  const date = special.feedback_date as Column
  if (options.dedupe === 'rows' && !special.response_id) throw idMissing(original)
  const rules = privateColumns(original, special, options.privacy)
  const { names, renamed } = sentNames(original, cxiColumns(special), options.reserved)
  const kept = original.map((column, at) => ({ column, name: names[at] as string, rule: rules.get(column.index) }))
  const shown = kept.filter(({ rule }) => rule !== 'drop')
  const isGuarded = dialect.guardsFormulas === true
  const sent = shown.map(({ column: { index }, rule }) => {
    if (rule !== 'hash' && rule !== 'mask') return { index }
    const change = privateValue(rule, options.privacyKey)
    return { index, change: isGuarded ? (text: string) => change(withoutGuard(text)) : change }
  })
  return {
    dialect,
    headerRows,
    columns,
    namedWidth: columns.findLastIndex(({ clean }) => clean !== '') + 1,
    dates: new DateReader({ ...options.dates, ...zoneRule(date, options, dialect), ...halfDay(dialect), nowMs }),
    date,
    score: special.score && rules.has(special.score.index) ? undefined : special.score,
    id: special.response_id,
    telling: [special.feedback, special.user_id, special.response_id].flatMap((column) =>
      column && rules.get(column.index) !== 'drop' ? [column.index] : [],
    ),
    sent,
    rules,
    excerpts: options.excerpts ?? 0,
    isGuarded,
    original,
    skip: skipRules(columns, dialect),
    header: Buffer.from(`${shown.map(({ name }) => quotedCell(name)).join(',')}\n`),
    delimiter,
    isCopied: delimiter === COMMA,
    mapping: { ...foundHeaders(special), ...renamed },
  }
}

function cxiColumns(special: SpecialColumns): Map<number, CxiName> {
  const names = new Map<number, CxiName>()
  for (const name of CXI_NAMES) {
    const column = special[name]
    if (column) names.set(column.index, name)
  }
  return names
}

/** The zone that the file states comes before the configured one. */
function zoneRule(date: Column, options: ReadOptions, dialect: Dialect): { zone?: string } {
  const inHeader = /\(([^()]+)\)\s*$/.exec(date.found)?.[1]
  const stated = dialect.zoneOf?.(date) ?? inHeader
  if (stated !== undefined && zoneOf(stated)) return { zone: stated }
  return options.dates?.zone === undefined ? {} : { zone: options.dates.zone }
}

function halfDay(dialect: Dialect) {
  return dialect.halfDayOrder ? { halfDayOrder: dialect.halfDayOrder } : {}
}

function skipRules(columns: Column[], dialect: Dialect): FilePlan['skip'] {
  return (dialect.skip ?? []).flatMap(({ header, values }) => {
    const column = columns.find(({ texts }) => texts.some((text) => plain(text) === plain(header)))
    return column ? [{ index: column.index, values: new Set(values) }] : []
  })
}

function foundHeaders(special: SpecialColumns): Record<string, string> {
  return Object.fromEntries(Object.entries(special).map(([name, column]) => [name, column?.found ?? name]))
}
