import type { Answer } from './answer.ts'
import type { AccountContext } from './context.ts'
import { importChunks, listedImport } from './import-json.ts'
import { importOf, importRow } from './import-row.ts'
import { pageOf } from './paging.ts'
import type { Call } from './request.ts'
import { type KeptTags, UseChanges } from './tag-uses.ts'

/** `GET /v1/imports`, the newest first. */
export function listImports(context: AccountContext, call: Call): Answer {
  const { limit, offset } = pageOf(context, call.query)
  const ties = context.unknowns['U-22'] === 'higher-id-first' ? 'DESC' : 'ASC'
  const rows = context.db.all(
    `SELECT * FROM imports WHERE account = ? ORDER BY created_ms / 1000 DESC, id ${ties} LIMIT ? OFFSET ?`,
    context.account.id,
    limit,
    offset,
  )
  return { status: 200, json: rows.map((row) => listedImport(importRow(row))) }
}

export function showImport(context: AccountContext, _: Call, id: number): Answer {
  return { status: 200, chunks: importChunks(context, importOf(context, id)) }
}

/** `DELETE /v1/imports/:id`: 202 with an empty body; its responses go with it. */
export function deleteImport(context: AccountContext, _: Call, id: number): Answer {
  const { firstResponse, responses } = importOf(context, id)
  const { db } = context
  const range = [firstResponse, firstResponse + responses - 1] as const
  const changes = new UseChanges()
  db.transaction(() => {
    for (const { tags } of db.all("SELECT tags FROM responses WHERE id BETWEEN ? AND ? AND tags <> '[]'", ...range)) {
      changes.add(JSON.parse(String(tags)) as KeptTags, -1)
    }
    changes.write(db)
    db.run('DELETE FROM responses WHERE id BETWEEN ? AND ?', ...range)
    db.run('DELETE FROM imports WHERE id = ?', id)
  })
  return { status: 202 }
}
