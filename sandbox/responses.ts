import type { Answer } from './answer.ts'
import type { AccountContext } from './context.ts'
import { pageOf } from './paging.ts'
import { textOf } from './parameters.ts'
import { refuseParameter } from './refusal.ts'
import type { Call } from './request.ts'
import { countResponses } from './response-count.ts'
import { ResponseReader } from './response-json.ts'

/** `GET /v1/responses`: a page of all responses by `feedback_date`, and how many there are in all. */
export function listResponses(context: AccountContext, call: Call): Answer {
  const { limit, offset } = pageOf(context, call.query)
  const sort = textOf(call.query, 'sort_order') ?? 'desc'
  if (sort !== 'asc' && sort !== 'desc') throw refuseParameter('sort_order')
  // An ascending list is the descending one backwards, so that the index serves both.
  const ties = (context.unknowns['U-22'] === 'higher-id-first') === (sort === 'desc') ? 'desc' : 'asc'
  const rows = context.db.all(
    `SELECT r.* FROM
       (SELECT id FROM responses WHERE account = ? ORDER BY feedback_date ${sort}, id ${ties} LIMIT ? OFFSET ?) page
     JOIN responses r ON r.id = page.id ORDER BY r.feedback_date ${sort}, r.id ${ties}`,
    context.account.id,
    limit,
    offset,
  )
  const reader = new ResponseReader(context)
  return { status: 200, json: { total_count: countResponses(context), items: rows.map((row) => reader.shown(row)) } }
}
