import type { Answer } from './answer.ts'
import type { AccountContext } from './context.ts'
import { hashOf, type Parameters, textOf } from './parameters.ts'
import { refuseParameter } from './refusal.ts'
import type { Call } from './request.ts'
import { modeIn, nameIn, parentIn, rulesIn, scopeIn, termsIn } from './tag-fields.ts'
import { plainTag, type TagRow, tagOf } from './tag-row.ts'

export async function createTag(context: AccountContext, call: Call): Promise<Answer> {
  const fields = hashOf(call.fields, 'tag')
  if (nameIn(context, fields) === undefined) throw refuseParameter('tag[name]', 'is missing')
  const { id } = context.db.transaction(() => {
    const tag = context.db.run("INSERT INTO tags (account, name, mode) VALUES (?, '', 'manual')", context.account.id)
    keep(context, fields, tagOf(context, tag.id))
    return tag
  })
  const tag = tagOf(context, id)
  if (tag.mode === 'text_match') await context.analysis.tagsChanged(context.account.id)
  return { status: Number(context.unknowns['U-07']), json: plainTag(tag) }
}

/** What is not sent keeps its value; terms are replaced as a whole. */
export async function updateTag(context: AccountContext, call: Call, id: number): Promise<Answer> {
  const before = tagOf(context, id)
  keep(context, hashOf(call.fields, 'tag'), before)
  const tag = tagOf(context, id)
  if ([before.mode, tag.mode].includes('text_match')) await context.analysis.tagsChanged(context.account.id)
  return { status: 200, json: plainTag(tag) }
}

/** Terms, rules and scope are only for tags that match text. */
function keep(context: AccountContext, fields: Parameters, before: TagRow): void {
  const mode = modeIn(context, fields, before.mode)
  const matches = mode === 'text_match'
  const terms = termsIn(context, fields) ?? before.terms
  const rules = rulesIn(fields) ?? before.filterRules
  context.db.run(
    `UPDATE tags SET name = ?, description = ?, mode = ?, parent_id = ?, scope_by_parent = ?, terms = ?, filter_rules = ?
     WHERE id = ?`,
    nameIn(context, fields, before.id) ?? before.name,
    textOf(fields, 'description') ?? before.description,
    mode,
    parentIn(context, fields, before) ?? before.parentId,
    (scopeIn(fields) ?? before.scopeByParent) ? 1 : 0,
    JSON.stringify(matches ? terms : []),
    JSON.stringify(matches ? rules : {}),
    before.id,
  )
}

/** `DELETE /v1/tags/:id`: 200 with an empty body; its children become tags of their own. */
export function deleteTag(context: AccountContext, _: Call, id: number): Answer {
  tagOf(context, id)
  const { db } = context
  // Responses still name it: its id never comes again, and what is not there is not shown.
  db.transaction(() => {
    db.run('DELETE FROM tag_uses WHERE tag_id = ?', id)
    db.run('UPDATE tags SET parent_id = NULL WHERE parent_id = ?', id)
    db.run('DELETE FROM tags WHERE id = ?', id)
  })
  return { status: 200 }
}
