import type { AccountContext } from './context.ts'
import { hashOf, integerOf, listOf, type Parameters, textOf, truthOf } from './parameters.ts'
import { refuse, refuseParameter } from './refusal.ts'
import type { TagRow } from './tag-row.ts'

const MOST_TERMS = 100
const LONGEST_CHAIN = 50

/** Names are kept in capitals, hyphens as they are (cxi-api-docs.txt, lines 506 and 518). */
export function nameIn(
  { db, account, unknowns }: AccountContext,
  fields: Parameters,
  own?: number,
): string | undefined {
  const name = textOf(fields, 'name')?.trim().toUpperCase()
  if (name === undefined) return undefined
  if (name === '') throw refuseParameter('tag[name]', 'is empty')
  const other = db.get(
    'SELECT id FROM tags WHERE account = ? AND name = ? AND id IS NOT ?',
    account.id,
    name,
    own ?? null,
  )
  if (other && unknowns['U-14'] === 'refuse') {
    throw refuse(422, `tag[name] has already been taken by tag ${other.id}.`)
  }
  return name
}

export function modeIn({ unknowns }: AccountContext, fields: Parameters, before: TagRow['mode']): TagRow['mode'] {
  const mode = textOf(fields, 'mode')
  if (mode === undefined || mode === before) return before
  if (mode === 'manual' || mode === 'text_match') return mode
  if (mode === 'smart' && unknowns['U-10'] === 'manual') return 'manual'
  const status = mode === 'smart' && unknowns['U-10'] === 'refuse-400' ? 400 : 422
  throw refuse(status, 'tag[mode] must be manual or text_match; smart tags come with a product category.')
}

/** Throws a Refusal where there is no such parent, or where it stands below the tag itself. */
export function parentIn(context: AccountContext, fields: Parameters, own: TagRow): number | undefined {
  const parent = integerOf(fields, 'parent_id')
  if (parent === undefined) return undefined
  let above: number | null = parent
  for (let steps = 0; above !== null; steps += 1) {
    const row = context.db.get('SELECT parent_id FROM tags WHERE id = ? AND account = ?', above, context.account.id)
    if (!row || above === own.id || steps > LONGEST_CHAIN) {
      throw refuse(422, `tag[parent_id]: ${parent} is no tag that can be this one's parent.`)
    }
    above = row.parent_id === null ? null : Number(row.parent_id)
  }
  return parent
}

export function termsIn({ unknowns }: AccountContext, fields: Parameters): string[] | undefined {
  const terms = listOf(fields, 'text_match_terms')
  if (!terms || terms.length <= MOST_TERMS) return terms
  if (unknowns['U-09'] === 'cut') return terms.slice(0, MOST_TERMS)
  throw refuse(422, `tag[text_match_terms] has ${terms.length} terms; ${MOST_TERMS} is the maximum.`)
}

export const rulesIn = (fields: Parameters): Parameters | undefined =>
  fields.filter_rules === undefined || fields.filter_rules === '' ? undefined : hashOf(fields, 'filter_rules')

/** Not documented as a parameter, only as a field of a tag: without it, nothing could be scoped by its parent. */
export const scopeIn = (fields: Parameters): boolean | undefined => truthOf(fields, 'scope_by_parent')
