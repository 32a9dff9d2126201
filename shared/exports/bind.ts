import { changeAnyway } from '../imports/store-access.ts'
import type { ExportDeps } from './deps.ts'
import { ownFile } from './own-file.ts'
import { type ExportRequest, isLeased, isOpenForMail, requestGroup, SELF } from './records.ts'
import { leave, openRequests, wakeNext } from './requests.ts'

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
  const { type, firstAskedMs, queuedMs } = record.value
  const file = await ownFile(deps, { id, type, atMs: firstAskedMs ?? queuedMs })
  const bound = await changeAnyway<ExportRequest>(deps, record.group, record.id, (value) => {
    if (!isOpenForMail(value) || isLeased(value, now)) return undefined
    const readyMs = Math.min(now, Math.max(mail.readyMs, value.firstAskedMs ?? 0))
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

/** The request's file is there. It is newer than what older open requests of its type would bring: they end with it. */
export async function endCollected(deps: ExportDeps, id: string, rows: number): Promise<void> {
  const ended = await changeAnyway<ExportRequest>(deps, requestGroup(id), SELF, (value) => ({
    value: { ...value, state: 'collected', rows, error: null, note: null },
    dueAtMs: null,
  }))
  if (!ended) return
  await supersede(deps, ended.value)
  await leave(deps, ended.value)
}

async function supersede(deps: ExportDeps, newer: ExportRequest): Promise<void> {
  const isOlder = (value: ExportRequest) =>
    value.type === newer.type && isOpenForMail(value) && (value.firstAskedMs ?? 0) < (newer.firstAskedMs ?? 0)
  const message = `A newer file of this type came first: ${newer.file}`
  for (const { group, value: open } of await openRequests(deps, newer.identity)) {
    if (!isOlder(open)) continue
    const closed = await changeAnyway<ExportRequest>(deps, group, SELF, (value) => {
      if (!isOlder(value) || isLeased(value, deps.clock.now())) return undefined
      const error = { code: 'export_superseded', message }
      return { value: { ...value, state: 'superseded', lease: null, note: null, error }, dueAtMs: null }
    })
    if (!closed) continue
    deps.logger.info('export.superseded', { request: open.id, type: open.type, by: newer.id })
    await leave(deps, closed.value)
  }
}

/**
 * The mail came, but its link is of no use: an expired one is asked for once more, since the export itself was made.
 * A request that was reported as overdue stays open.
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
    const fresh = { ...value, mail: null, readyMs: null, file: null, firstAskedMs: null, askedMs: null }
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
