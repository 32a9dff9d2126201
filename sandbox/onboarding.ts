import { chooseCategory, isOnboarded, stateOf } from './account.ts'
import type { Answer } from './answer.ts'
import { CATEGORIES, isCategory } from './categories.ts'
import type { AccountContext } from './context.ts'
import { metricTypeOf } from './metric-type.ts'
import { hashOf, integerOf, type Parameters, textOf, truthOf } from './parameters.ts'
import { insertProject } from './projects.ts'
import { refuse, refuseParameter } from './refusal.ts'
import type { Call } from './request.ts'

const GENERAL = 1
const DONE = { onboarded: true, mode: 'full' }

interface FirstImport {
  name: string | null
  source: string | null
  metric_type: string | null
  language: string
}

/** `GET /v1/onboarding` */
export function showOnboarding(context: AccountContext): Answer {
  return { status: 200, json: shown(context) }
}

/** `PUT /v1/onboarding`: a state that is built up over several calls, until `onboarded` ends it. */
export function updateOnboarding(context: AccountContext, call: Call): Answer {
  const { db, account, unknowns } = context
  if (isOnboarded(context)) {
    if (unknowns['U-02'] === 'ignore') return { status: 200, json: DONE }
    throw refuse(Number(unknowns['U-02']), 'The account is onboarded already; onboarding can be done only once.')
  }
  db.transaction(() => {
    const category = integerOf(call.fields, 'product_category_id')
    if (category !== undefined) choose(context, category)
    db.run('UPDATE accounts SET begun = 1 WHERE id = ?', account.id)
    if (call.fields.project !== undefined) nameProject(context, hashOf(call.fields, 'project'))
    if (call.fields.import !== undefined) nameImport(context, hashOf(call.fields, 'import'))
    if (truthOf(call.fields, 'onboarded')) finish(context)
  })
  return showOnboarding(context)
}

function choose(context: AccountContext, category: number): void {
  if (!isCategory(category)) throw refuseParameter('product_category_id')
  if (category !== stateOf(context).category_id) chooseCategory(context, category)
}

function nameProject({ db, account }: AccountContext, fields: Parameters): void {
  const name = textOf(fields, 'name')
  if (name !== undefined) db.run('UPDATE accounts SET project = ? WHERE id = ?', name || null, account.id)
}

function nameImport(context: AccountContext, fields: Parameters): void {
  const before = importIn(context)
  const named: FirstImport = {
    name: textOf(fields, 'name') ?? before?.name ?? null,
    source: textOf(fields, 'source') ?? before?.source ?? null,
    metric_type: metricTypeOf(fields, 'import') ?? before?.metric_type ?? null,
    language: textOf(fields, 'language') ?? before?.language ?? 'en',
  }
  context.db.run('UPDATE accounts SET import = ? WHERE id = ?', JSON.stringify(named), context.account.id)
}

const importIn = (context: AccountContext) => JSON.parse(String(stateOf(context).import)) as FirstImport | null

/** The project and the import that were named come into being. */
function finish(context: AccountContext): void {
  const { db, clock, account, unknowns } = context
  const { category_id, project } = stateOf(context)
  if (category_id === null && unknowns['U-15'] === 'refuse') {
    throw refuse(422, 'product_category_id must be chosen before the onboarding can be completed.')
  }
  if (category_id === null) chooseCategory(context, GENERAL)
  if (project !== null) insertProject(context, String(project))
  const first = importIn(context)
  if (first?.name) {
    db.run(
      `INSERT INTO imports (account, name, source, metric_type, language, created_ms, first_response, responses, analysed)
       VALUES (?, ?, ?, ?, ?, ?, 0, 0, 1)`,
      account.id,
      first.name,
      first.source,
      first.metric_type,
      first.language,
      clock.now(),
    )
  }
  db.run('UPDATE accounts SET onboarded = 1 WHERE id = ?', account.id)
}

function shown(context: AccountContext) {
  if (isOnboarded(context)) return DONE
  const { category_id, begun, project } = stateOf(context)
  const tags = context.db.all("SELECT id, name FROM tags WHERE mode = 'smart' AND account = ?", context.account.id)
  const first = importIn(context)
  return {
    onboarded: false,
    mode: 'full',
    product_category_id: category_id,
    product_categories: CATEGORIES,
    tags: tags.map(({ id, name }) => ({ id, mode: 'smart', name, response_ids: [] })),
    ...(begun === 1 ? { project: { name: project, responses: [] } } : {}),
    ...(first
      ? { import: { name: first.name, source: first.source, metric_type: first.metric_type, sample_analyzed: true } }
      : {}),
  }
}
