import type { Answer } from './answer.ts'
import { isCategory } from './categories.ts'
import type { AccountContext } from './context.ts'
import { importChunks } from './import-json.ts'
import { type ImportRow, importOf } from './import-row.ts'
import { metricTypeOf } from './metric-type.ts'
import { hashOf, integerOf, listOf, type Parameters, textOf } from './parameters.ts'
import { refuse, refuseParameter } from './refusal.ts'
import type { Call } from './request.ts'

/**
 * `PUT /v1/imports/:id`; what is not sent keeps its value. The answer shows the projects already, new tags not yet
 * (cxi-api-docs.txt, lines 825 and 856).
 */
export async function updateImport(context: AccountContext, call: Call, id: number): Promise<Answer> {
  const before = importOf(context, id)
  const after = changed(context, before, hashOf(call.fields, 'import'))
  context.db.run(
    `UPDATE imports SET name = ?, source = ?, metric_type = ?, language = ?, secondary_product_category_id = ?,
       project_ids = ?, tag_ids = ? WHERE id = ?`,
    after.name,
    after.source,
    after.metricType,
    after.language,
    after.categoryId,
    JSON.stringify(after.projectIds),
    JSON.stringify(after.tagIds),
    id,
  )
  // A tag that comes to all responses need not be found in them any more, and rules may ask for projects.
  const rulesSeeIt =
    String(before.tagIds) !== String(after.tagIds) || String(before.projectIds) !== String(after.projectIds)
  if (rulesSeeIt) await context.analysis.importChanged(id)
  const without = new Set(after.tagIds.filter((tag) => !before.tagIds.includes(tag)))
  return { status: 200, chunks: importChunks(context, importOf(context, id), { without }) }
}

function changed(context: AccountContext, before: ImportRow, fields: Parameters): ImportRow {
  const category = integerOf(fields, 'secondary_product_category_id')
  if (category !== undefined && !isCategory(category)) throw refuseParameter('import[secondary_product_category_id]')
  return {
    ...before,
    name: textOf(fields, 'name') ?? before.name,
    source: textOf(fields, 'source') ?? before.source,
    metricType: metricTypeOf(fields, 'import') ?? before.metricType,
    language: textOf(fields, 'language') ?? before.language,
    categoryId: category ?? before.categoryId,
    projectIds: projectIdsIn(context, fields) ?? before.projectIds,
    tagIds: tagIdsIn(context, fields) ?? before.tagIds,
  }
}

/** Only what exists counts; what doesn't is ignored or refused. */
function tagIdsIn({ db, account, unknowns }: AccountContext, fields: Parameters): number[] | undefined {
  return existing(listOf(fields, 'tag_names'), (name) => {
    const tag = db.get('SELECT id FROM tags WHERE account = ? AND name = ?', account.id, name.trim().toUpperCase())
    if (!tag && unknowns['U-08'] === 'refuse')
      throw refuse(422, `import[tag_names]: there is no tag ${name.slice(0, 100)}.`)
    return tag?.id
  })
}

function projectIdsIn({ db, account, unknowns }: AccountContext, fields: Parameters): number[] | undefined {
  return existing(listOf(fields, 'project_ids'), (text) => {
    if (!/^\d{1,15}$/.test(text)) throw refuseParameter('import[project_ids]', 'is invalid')
    const project = db.get('SELECT id FROM projects WHERE account = ? AND id = ?', account.id, Number(text))
    if (!project && unknowns['U-08'] === 'refuse')
      throw refuse(422, `import[project_ids]: there is no project ${text}.`)
    return project?.id
  })
}

function existing(texts: string[] | undefined, idOf: (text: string) => unknown): number[] | undefined {
  if (!texts) return undefined
  const ids = texts.map(idOf).filter((id) => id !== undefined)
  return [...new Set(ids.map(Number))]
}
