import { seed } from './account.ts'
import type { Answer } from './answer.ts'
import type { SandboxContext } from './context.ts'
import { accountOf } from './demo.ts'
import { finishExports } from './exports.ts'
import { importChunks } from './import-json.ts'
import { importRow } from './import-row.ts'
import type { RateLimit } from './rate-limit.ts'
import { refuse } from './refusal.ts'

export interface ControlDeps {
  context: SandboxContext
  rateLimit: RateLimit
  /** Whether the accounts begin without onboarding. */
  fresh: boolean
}

/** `/_sandbox/…`, for tests: `body` is the request's, parsed. Throws a Refusal. */
export async function control(deps: ControlDeps, name: string, body: unknown): Promise<Answer> {
  const { context } = deps
  switch (name) {
    case 'POST /_sandbox/reset':
      return reset(deps)
    case 'PUT /_sandbox/faults':
      context.faults.set(body)
      return { status: 204 }
    case 'POST /_sandbox/clock':
      return advance(context, body)
    case 'PUT /_sandbox/tags':
      return enableTag(context, body)
    case 'GET /_sandbox/stats':
      return { status: 200, json: context.stats.json }
    case 'GET /_sandbox/mail':
      finishExports(context)
      return { status: 200, json: context.mailer.json }
    case 'GET /_sandbox/dump':
      return { status: 200, chunks: dump(context) }
    default:
      throw refuse(404, 'There is no such control.')
  }
}

async function reset({ context, rateLimit, fresh }: ControlDeps): Promise<Answer> {
  await context.analysis.interrupt()
  context.db.clear()
  context.faults.reset()
  context.stats.reset()
  context.clock.reset()
  rateLimit.reset()
  seed(context, fresh)
  return { status: 204 }
}

async function advance(context: SandboxContext, body: unknown): Promise<Answer> {
  const seconds = (body as { advance_seconds?: unknown } | null)?.advance_seconds
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= 1e10)) {
    throw refuse(400, '"advance_seconds" must be a number from 0.')
  }
  context.clock.advance(seconds)
  await context.analysis.finishDue()
  finishExports(context)
  await context.mailer.deliver()
  return { status: 200, json: { now: new Date(context.clock.now()).toISOString() } }
}

/** Enables or disables a tag, which people do in the product and its API can't. */
async function enableTag({ db, analysis }: SandboxContext, body: unknown): Promise<Answer> {
  const { name, enabled } = (body ?? {}) as { name?: unknown; enabled?: unknown }
  if (typeof name !== 'string' || typeof enabled !== 'boolean') {
    throw refuse(400, '"name" must be a tag\'s name, "enabled" true or false.')
  }
  const tags = db.all('UPDATE tags SET enabled = ? WHERE name = ? RETURNING account', enabled ? 1 : 0, name)
  if (tags.length === 0) throw refuse(404, 'There is no tag of this name.')
  for (const { account } of tags) await analysis.tagsChanged(Number(account))
  return { status: 204 }
}

/** Every import as `GET /v1/imports/:id` gives it, the oldest first. */
function* dump(context: SandboxContext): Generator<string> {
  yield '{"imports":['
  const rows = context.db.all('SELECT * FROM imports ORDER BY id').map(importRow)
  for (const [index, row] of rows.entries()) {
    if (index > 0) yield ','
    yield* importChunks({ ...context, account: accountOf(row.account) }, row)
  }
  yield ']}'
}
