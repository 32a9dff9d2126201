import type { Row } from './database.ts'
import type { ImportRow } from './import-row.ts'
import type { Parameter, Parameters } from './parameters.ts'
import { propertiesOf } from './response-json.ts'
import type { Sentiment } from './sentiment.ts'

/**
 * What a tag's `filter_rules` ask of a response: all kinds of rules must be met, each by one of its values. The product
 * scopes tags by these four (help.wootric.com, article 4178322); how its API spells them is not documented.
 */
export interface FilterRules {
  projects: number[]
  scores: number[]
  sentiments: string[]
  properties: Map<string, string[]>
}

/** Reads `project_ids`, `scores`, `sentiments` and `properties[<key>]`; other kinds are let pass. */
export function filterRulesOf(rules: Parameters): FilterRules {
  const properties = rules.properties ?? {}
  const isHash = typeof properties === 'object' && !Array.isArray(properties)
  return {
    projects: textsIn(rules.project_ids).map(Number),
    scores: textsIn(rules.scores).map(Number),
    sentiments: textsIn(rules.sentiments),
    properties: new Map(isHash ? Object.entries(properties).map(([key, value]) => [key, textsIn(value)]) : []),
  }
}

/** Whether a response of this import meets the rules. */
export function fulfils(rules: FilterRules, row: Row, sentiment: Sentiment | null, of: ImportRow): boolean {
  if (rules.projects.length > 0 && !rules.projects.some((id) => of.projectIds.includes(id))) return false
  if (rules.scores.length > 0 && (row.score === null || !rules.scores.includes(Number(row.score)))) return false
  if (rules.sentiments.length > 0 && !rules.sentiments.includes(sentiment ?? 'null')) return false
  if (rules.properties.size === 0) return true
  const held = new Map(propertiesOf(row, of, [...of.columns.keys()]).map(({ key, value }) => [key, value]))
  return [...rules.properties].every(([key, values]) => values.includes(held.get(key) ?? ''))
}

function textsIn(value: Parameter | undefined): string[] {
  if (value === undefined || value === '') return []
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string')
}
