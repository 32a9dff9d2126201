import { changeAnyway } from '../imports/store-access.ts'
import type { ExportDeps } from './deps.ts'
import { ownFile } from './own-file.ts'
import { type ExportRequest, isLeased, requestGroup, SELF } from './records.ts'
import { leave, wakeNext } from './requests.ts'

/** Gives a request to the mail that brings it; undefined where another mail does, or it has ended. Repeatable. */
export async function bindRequest(
  deps: ExportDeps,
  id: string,
  mail: { id: string; readyMs: number },
): Promise<ExportRequest | undefined> {
  const now = deps.clock.now()
  const record = await deps.ledger.get<ExportRequest>(requestGroup(id), SELF)
  if (!record) return undefined
  if (record.value.state === 'collecting') return record.value.mail === mail.id ? record.value : undefined
  const { type, askedMs, queuedMs } = record.value
  const file = await ownFile(deps, { id, type, atMs: askedMs ?? queuedMs })
  const bound = await changeAnyway<ExportRequest>(deps, record.group, record.id, (value) => {
    const isFree = value.state === 'asked' || value.state === 'missing' || value.state === 'asking'
    if (!isFree || isLeased(value, now)) return undefined
    const readyMs = Math.min(now, Math.max(mail.readyMs, value.askedMs ?? 0))
    const next = {
      ...value,
      state: 'collecting' as const,
      mail: mail.id,
      readyMs,
      file,
      error: null,
      note: null,
      waits: 0,
    }
    return { value: { ...next, lease: null }, dueAtMs: null }
  })
  if (bound) await wakeNext(deps, bound.value.identity)
  return bound?.value
}

/** The request's file is there. */
export async function endCollected(deps: ExportDeps, id: string, rows: number): Promise<void> {
  await end(deps, id, (value) => ({ ...value, state: 'collected', rows, error: null }))
}

/**
 * The mail came, but its link is of no use: an expired one is asked for once more, since the export itself was made.
 * A request that was reported as missing stays so.
 */
export async function endUseless(
  deps: ExportDeps,
  id: string,
  error: { code: string; message: string },
): Promise<'asked again' | 'failed' | undefined> {
  const now = deps.clock.now()
  let outcome: 'asked again' | 'failed' | undefined
  const changed = await changeAnyway<ExportRequest>(deps, requestGroup(id), SELF, (value) => {
    outcome = undefined
    if (value.state !== 'asked' && value.state !== 'collecting') return undefined
    const fresh = { ...value, mail: null, readyMs: null, file: null, askedMs: null }
    outcome = error.code === 'link_expired' && value.asks < 2 ? 'asked again' : 'failed'
    return outcome === 'failed'
      ? { value: { ...value, state: 'failed', error }, dueAtMs: null }
      : { value: { ...fresh, state: 'queued' }, dueAtMs: now }
  })
  if (!changed) return undefined
  if (outcome === 'failed') {
    const { type, account } = changed.value
    deps.logger.alarm('export.failed', { request: id, type, account, ...error })
    await leave(deps, changed.value)
  } else deps.wake?.({ group: changed.group, id: changed.id })
  return outcome
}

async function end(deps: ExportDeps, id: string, change: (value: ExportRequest) => ExportRequest): Promise<void> {
  const ended = await changeAnyway<ExportRequest>(deps, requestGroup(id), SELF, (value) => ({
    value: change(value),
    dueAtMs: null,
  }))
  if (ended) await leave(deps, ended.value)
}
