import type { Answer } from './answer.ts'
import type { AccountContext } from './context.ts'
import type { Row } from './database.ts'
import { hashOf, textOf } from './parameters.ts'
import { notFound, refuse, refuseParameter } from './refusal.ts'
import type { Call } from './request.ts'

/** `GET /v1/projects`: all of them, without pages. */
export function listProjects(context: AccountContext): Answer {
  const rows = context.db.all('SELECT * FROM projects WHERE account = ? ORDER BY id', context.account.id)
  const counts = countsByProject(context)
  return { status: 200, json: rows.map((row) => shown(row, counts)) }
}

export function createProject(context: AccountContext, call: Call): Answer {
  const name = nameIn(context, call)
  if (name === undefined) throw refuseParameter('project[name]', 'is missing')
  const { id } = insertProject(context, name)
  return { status: Number(context.unknowns['U-07']), json: projectOf(context, id) }
}

export const insertProject = ({ db, account, clock }: AccountContext, name: string) =>
  db.run('INSERT INTO projects (account, name, created_at) VALUES (?, ?, ?)', account.id, name, clock.seconds())

export function updateProject(context: AccountContext, call: Call, id: number): Answer {
  projectOf(context, id)
  const name = nameIn(context, call, id)
  if (name !== undefined) context.db.run('UPDATE projects SET name = ? WHERE id = ?', name, id)
  return { status: 200, json: projectOf(context, id) }
}

function nameIn({ db, account, unknowns }: AccountContext, call: Call, own?: number): string | undefined {
  const name = textOf(hashOf(call.fields, 'project'), 'name')
  if (name === undefined) return undefined
  if (name.trim() === '') throw refuseParameter('project[name]', 'is empty')
  const other = db.get(
    'SELECT id FROM projects WHERE account = ? AND name = ? AND id IS NOT ?',
    account.id,
    name,
    own ?? null,
  )
  if (other && unknowns['U-14'] === 'refuse') {
    throw refuse(422, `project[name] has already been taken by project ${other.id}.`)
  }
  return name
}

function projectOf(context: AccountContext, id: number) {
  const row = context.db.get('SELECT * FROM projects WHERE id = ? AND account = ?', id, context.account.id)
  if (!row) throw notFound(`There is no project ${id}.`)
  return shown(row, countsByProject(context))
}

const shown = (row: Row, counts: Map<number, number>) => ({
  id: row.id,
  name: row.name,
  response_count: counts.get(Number(row.id)) ?? 0,
  created_at: row.created_at,
})

/** Responses come to projects by their imports, and count once those are counted. */
function countsByProject({ db, account }: AccountContext): Map<number, number> {
  const rows = db.all(
    `SELECT p.value AS id, sum(responses) AS n FROM imports, json_each(project_ids) p
     WHERE account = ? AND analysed = 1 GROUP BY p.value`,
    account.id,
  )
  return new Map(rows.map(({ id, n }) => [Number(id), Number(n)]))
}
