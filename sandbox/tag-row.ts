import type { AccountContext } from './context.ts'
import type { Row } from './database.ts'
import type { Parameters } from './parameters.ts'
import { notFound } from './refusal.ts'

export interface TagRow {
  id: number
  name: string
  description: string | null
  mode: 'manual' | 'smart' | 'text_match'
  enabled: boolean
  parentId: number | null
  /** Null for a smart tag. */
  scopeByParent: boolean | null
  terms: string[]
  filterRules: Parameters
}

type Owned = Pick<AccountContext, 'db' | 'account'>

/** Throws a Refusal where the account has no such tag. */
export function tagOf({ db, account }: Owned, id: number): TagRow {
  const row = db.get('SELECT * FROM tags WHERE id = ? AND account = ?', id, account.id)
  if (!row) throw notFound(`There is no tag ${id}.`)
  return tagRow(row)
}

export function allTags({ db, account }: Owned): TagRow[] {
  return db.all('SELECT * FROM tags WHERE account = ? ORDER BY id', account.id).map(tagRow)
}

function tagRow(row: Row): TagRow {
  return {
    id: Number(row.id),
    name: String(row.name),
    description: row.description === null ? null : String(row.description),
    mode: row.mode as TagRow['mode'],
    enabled: row.enabled === 1,
    parentId: row.parent_id === null ? null : Number(row.parent_id),
    scopeByParent: row.mode === 'smart' ? null : row.scope_by_parent === 1,
    terms: JSON.parse(String(row.terms)) as string[],
    filterRules: JSON.parse(String(row.filter_rules)) as Parameters,
  }
}

/** The nine fields of a tag that was created or updated. */
export const plainTag = (tag: TagRow) => ({
  id: tag.id,
  name: tag.name,
  display_name: tag.name,
  description: tag.description,
  mode: tag.mode,
  enabled: tag.enabled,
  scope_by_parent: tag.scopeByParent,
  text_match_terms: tag.terms,
  filter_rules: tag.filterRules,
})
