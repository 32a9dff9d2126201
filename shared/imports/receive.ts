import { isSystemsOwn } from '../feedback/zip-name.ts'
import type { DropObject } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { arrivalIdOf } from './identity.ts'
import { namePrefix, placeOf, stampOf } from './paths.ts'
import { type Arrival, arrivalGroup, dayGroup, IDLE, SELF, type Stamp } from './records.ts'

/**
 * Takes note of a dropped object; answers its arrival's id. The same key and version again change nothing, nor does what
 * is no drop: the mark of a folder, and what operating systems and office programs write for themselves.
 */
export async function receive(deps: ImportDeps, object: DropObject): Promise<string> {
  const id = arrivalIdOf(object)
  const group = arrivalGroup(id)
  if (await deps.ledger.get(group, SELF)) return id
  if (await isNoDrop(deps, object)) return id
  const { source } = placeOf(object.key)
  const stamp = await claimTime(deps, { source, key: object.key, arrival: id })
  const value: Arrival = {
    ...IDLE,
    kind: 'arrival',
    id,
    object,
    source,
    firstSeenMs: stamp.atMs,
    state: 'received',
    end: null,
    error: null,
    drop: null,
    cuts: [],
  }
  if (await deps.ledger.create({ group, id: SELF, value, dueAtMs: deps.clock.now() })) {
    deps.logger.info('drop.received', { drop: object.key })
    deps.wake?.({ group, id: SELF })
  } else {
    await deps.ledger.remove(stamp.record)
  }
  return id
}

async function isNoDrop(deps: ImportDeps, object: DropObject): Promise<boolean> {
  // Consoles make a folder by an empty object.
  if (object.key.endsWith('/')) return (await deps.objects.headDrop(object))?.bytes === 0
  return isSystemsOwn(placeOf(object.key).path)
}

/** The first millisecond from now on that no other arrival has whose receipt would be called alike. */
async function claimTime(deps: ImportDeps, at: { source: string; key: string; arrival: string }) {
  const name = namePrefix('receipts', at.key).split('/').slice(2).join('/')
  for (let atMs = deps.clock.now(); ; atMs++) {
    const day = new Date(atMs).toISOString().slice(0, 10)
    const value: Stamp = { kind: 'stamp', arrival: at.arrival, key: at.key }
    const write = { group: dayGroup(at.source, day), id: `${stampOf(atMs)}.${name.slice(0, -1)}`, value }
    const record = await deps.ledger.create(write)
    if (record) return { atMs, record }
  }
}
