import type { ImportDeps } from './deps.ts'
import { type Arrival, arrivalGroup, type Drop, dropGroup, type Part, SELF } from './records.ts'
import { changeAnyway, readDrop, readParts } from './store-access.ts'

/** What there was to try again: nothing, unless attempts were exhausted or the work is merely waiting. */
export type RetryStart = 'retrying' | 'nothing' | 'unknown'

/** Tries again what was given up after five attempts, and looks at what is waiting at once. */
export async function retryDrop(deps: ImportDeps, id: string): Promise<RetryStart> {
  const drop = await readDrop(deps, id)
  if (!drop) return 'unknown'
  const now = deps.clock.now()
  let isRevived = false
  for (const record of await readParts(deps, drop.value)) {
    const part = await changeAnyway<Part>(deps, record.group, record.id, (value) => revived(value, now, record.dueAtMs))
    if (part) deps.wake?.({ group: part.group, id: part.id })
    isRevived ||= part !== undefined
  }
  const changed = await changeAnyway<Drop>(deps, dropGroup(id), SELF, (value) => {
    if (value.lease && value.lease.untilMs > now) return undefined
    const isGivenUp = value.error?.code === 'attempts_exhausted'
    const fresh = { ...value, step: '', deaths: null, waits: 0, note: null }
    if (isGivenUp && value.parts.length > 0 && value.sent === null) {
      return { value: { ...fresh, state: 'preparing', end: null, error: null, finishedAtMs: null }, dueAtMs: now }
    }
    if (isGivenUp)
      return { value: { ...fresh, state: 'sending', end: null, error: null, finishedAtMs: null }, dueAtMs: now }
    return value.state === 'finished' || value.state === 'undone' ? undefined : { value: fresh, dueAtMs: now }
  })
  if (changed) deps.wake?.({ group: changed.group, id: changed.id })
  return changed || isRevived ? 'retrying' : 'nothing'
}

function revived(part: Part, now: number, dueAtMs: number | null): { value: Part; dueAtMs: number } | undefined {
  if (part.lease && part.lease.untilMs > now) return undefined
  const fresh = { ...part, lease: null, step: '', deaths: null, waits: 0, note: null }
  if (part.state === 'exhausted') {
    return { value: { ...fresh, state: part.importId === null ? 'cut' : 'created' }, dueAtMs: now }
  }
  return dueAtMs === null ? undefined : { value: fresh, dueAtMs: now }
}

/** Reads an arrival again that was given up. */
export async function retryArrival(deps: ImportDeps, id: string): Promise<RetryStart> {
  const now = deps.clock.now()
  let start: RetryStart = 'unknown'
  const changed = await changeAnyway<Arrival>(deps, arrivalGroup(id), SELF, (value) => {
    start = 'nothing'
    const isGivenUp = value.error?.code === 'attempts_exhausted' && value.state === 'finished'
    if (value.state !== 'received' && !isGivenUp) return undefined
    if (value.lease && value.lease.untilMs > now) return undefined
    const fresh = { ...value, step: '', deaths: null, waits: 0, note: null, end: null, error: null }
    return { value: { ...fresh, state: 'received' }, dueAtMs: now }
  })
  if (!changed) return start
  deps.wake?.({ group: changed.group, id: changed.id })
  return 'retrying'
}
