import { RelayError } from '../errors.ts'
import { FileDefect } from './cut-error.ts'
import { type Column, isNamed, plain } from './header.ts'
import type { SpecialColumns } from './mapping.ts'
import type { PrivacyRule } from './privacy.ts'
import type { SpecialColumn } from './types.ts'

/**
 * Which rule each column's values are put through, by index. A rule names a column by a header as it stands, else in
 * any case, else by the special name that was mapped to it. Throws FileDefect `column_missing`.
 */
export function privateColumns(
  columns: Column[],
  special: SpecialColumns,
  privacy: Record<string, PrivacyRule> = {},
): Map<number, PrivacyRule> {
  const rules = new Map<number, PrivacyRule>()
  for (const [header, rule] of Object.entries(privacy)) {
    const named = namedColumns(columns, special, header)
    if (named.length === 0) {
      const message = `The source's privacy names the column "${header}", but the file has none of that name. Correct privacy, so that nothing private is sent by mistake.`
      throw new FileDefect('column_missing', message, { column: header, row: 1 })
    }
    for (const column of named) rules.set(column.index, rule)
  }
  refuse(rules, special.feedback_date, 'feedback_date', ['drop', 'hash', 'mask'])
  refuse(rules, special.score, 'score', ['hash', 'mask'])
  return rules
}

function namedColumns(columns: Column[], special: SpecialColumns, header: string): Column[] {
  const exact = columns.filter((column) => isNamed(column, header))
  if (exact.length > 0) return exact
  const wanted = plain(header.trim())
  const alike = columns.filter(({ clean, texts }) => [clean, ...texts].some((text) => plain(text) === wanted))
  if (alike.length > 0) return alike
  const mapped = special[wanted as SpecialColumn]
  return mapped ? [mapped] : []
}

function refuse(rules: Map<number, PrivacyRule>, column: Column | undefined, name: string, forbidden: PrivacyRule[]) {
  const rule = column && rules.get(column.index)
  if (!rule || !forbidden.includes(rule)) return
  throw new RelayError(
    'privacy_invalid',
    `privacy: '${rule}' can't be applied to the column that is ${name}: CXI needs its values. Remove that rule.`,
  )
}
