import type { AccountContext } from './context.ts'
import type { Row } from './database.ts'
import { type ImportRow, importRow } from './import-row.ts'
import { allTags, type TagRow } from './tag-row.ts'
import type { KeptTags } from './tag-uses.ts'

const READ_AT_ONCE = 500

export interface Property {
  key: string
  data_type: string
  value: string
}

/** How responses are shown. */
export interface Shown {
  /** Tags that are not shown yet. */
  without?: ReadonlySet<number>
  /** Properties as in the file, which only the upload's own answer does; else by name, backwards, as documented. */
  inFileOrder?: boolean
}

/** Reads an account's responses as the API shows them. */
export class ResponseReader {
  readonly #context: Pick<AccountContext, 'db' | 'account'>
  readonly #tags: Map<number, TagRow>
  readonly #inFileOrder: boolean
  readonly #imports = new Map<number, { row: ImportRow; order: number[] }>()

  constructor(context: Pick<AccountContext, 'db' | 'account'>, { without, inFileOrder }: Shown = {}) {
    this.#context = context
    this.#inFileOrder = inFileOrder ?? false
    this.#tags = new Map(
      allTags(context)
        .filter(({ id }) => !without?.has(id))
        .map((tag) => [tag.id, tag]),
    )
  }

  /** The responses of an import in order, read a few at a time so that their number does not matter. */
  *of({ firstResponse, responses }: ImportRow) {
    const end = firstResponse + responses
    for (let next = firstResponse; next < end; next += READ_AT_ONCE) {
      const last = Math.min(end, next + READ_AT_ONCE) - 1
      for (const row of this.#context.db.all('SELECT * FROM responses WHERE id BETWEEN ? AND ?', next, last)) {
        yield this.shown(row)
      }
    }
  }

  shown(row: Row) {
    const { row: of, order } = this.#importOf(Number(row.import_id))
    return {
      id: row.id,
      project_ids: of.projectIds,
      feedback: row.feedback,
      translated_feedback: null,
      user_id: row.user_id,
      feedback_date: row.feedback_date,
      score: row.score,
      metric_type: of.metricType,
      custom_properties: propertiesOf(row, of, order),
      tags: this.#tagsOf(row, of),
      sentiment: row.sentiment,
      wootric_response_id: null,
      wootric_account_id: row.account,
    }
  }

  #importOf(id: number) {
    const known = this.#imports.get(id)
    if (known) return known
    const row = importRow(this.#context.db.get('SELECT * FROM imports WHERE id = ?', id) ?? {})
    const order = row.columns.map((_, index) => index)
    if (!this.#inFileOrder) order.sort((a, b) => ((row.columns[a] ?? '') < (row.columns[b] ?? '') ? 1 : -1))
    const found = { row, order }
    this.#imports.set(id, found)
    return found
  }

  #tagsOf(row: Row, of: ImportRow) {
    const given: KeptTags = of.tagIds.map((id) => [id, row.sentiment as string | null])
    const found = row.tags === '[]' ? [] : (JSON.parse(String(row.tags)) as KeptTags)
    return [...given, ...found].flatMap(([id, sentiment]) => {
      const tag = this.#tags.get(id)
      return tag ? [tagIn(tag, sentiment)] : []
    })
  }
}

/** The properties from the file, with those that were changed or added later. */
export function propertiesOf(row: Row, { columns }: ImportRow, order: readonly number[]): Property[] {
  const cells = JSON.parse(String(row.cells)) as string[]
  const properties = order.map((at) => ({ key: columns[at] ?? '', data_type: 'string', value: cells[at] ?? '' }))
  if (row.changed === null) return properties
  const changed = new Map((JSON.parse(String(row.changed)) as Property[]).map((property) => [property.key, property]))
  const kept = properties.map((property) => changed.get(property.key) ?? property)
  return [...kept, ...[...changed.values()].filter(({ key }) => !columns.includes(key))]
}

const tagIn = (tag: TagRow, sentiment: string | null) => ({
  id: tag.id,
  name: tag.name,
  display_name: tag.name,
  description: tag.description,
  mode: tag.mode,
  sentiment,
  text_match_terms: tag.terms,
  filter_rules: tag.filterRules,
})
