import type { AccountContext } from './context.ts'
import type { Row } from './database.ts'
import { notFound } from './refusal.ts'

export interface ImportRow {
  id: number
  account: number
  name: string
  source: string | null
  metricType: string | null
  language: string
  categoryId: number | null
  createdMs: number
  firstResponse: number
  responses: number
  /** Keys of its responses' properties, in the file's order. */
  columns: string[]
  projectIds: number[]
  /** Tags that were given to all of its responses. */
  tagIds: number[]
  isAnalysed: boolean
}

/** Throws a Refusal where the account has no such import. */
export function importOf({ db, account }: Pick<AccountContext, 'db' | 'account'>, id: number): ImportRow {
  const row = db.get('SELECT * FROM imports WHERE id = ? AND account = ?', id, account.id)
  if (!row) throw notFound(`There is no import ${id}.`)
  return importRow(row)
}

export function importRow(row: Row): ImportRow {
  return {
    id: Number(row.id),
    account: Number(row.account),
    name: String(row.name),
    source: row.source === null ? null : String(row.source),
    metricType: row.metric_type === null ? null : String(row.metric_type),
    language: String(row.language),
    categoryId: row.secondary_product_category_id === null ? null : Number(row.secondary_product_category_id),
    createdMs: Number(row.created_ms),
    firstResponse: Number(row.first_response),
    responses: Number(row.responses),
    columns: JSON.parse(String(row.columns)) as string[],
    projectIds: JSON.parse(String(row.project_ids)) as number[],
    tagIds: JSON.parse(String(row.tag_ids)) as number[],
    isAnalysed: row.analysed === 1,
  }
}
