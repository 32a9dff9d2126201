import type { DropObject } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { arrivalIdOf } from './identity.ts'
import { placeOf, stampOf } from './paths.ts'
import { type Arrival, arrivalGroup, dayGroup, IDLE, SELF, type Stamp } from './records.ts'

/** Takes note of a dropped object; answers its arrival's id. The same key and version again change nothing. */
export async function receive(deps: ImportDeps, object: DropObject): Promise<string> {
  const id = arrivalIdOf(object)
  const group = arrivalGroup(id)
  if (await deps.ledger.get(group, SELF)) return id
  const { source, path } = placeOf(object.key)
  const stamp = await claimTime(deps, { source, path, key: object.key, arrival: id })
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

/** The first millisecond from now on that no other arrival of this path has: it names the receipt. */
async function claimTime(deps: ImportDeps, at: { source: string; path: string; key: string; arrival: string }) {
  for (let atMs = deps.clock.now(); ; atMs++) {
    const day = new Date(atMs).toISOString().slice(0, 10)
    const value: Stamp = { kind: 'stamp', arrival: at.arrival, key: at.key }
    const write = { group: dayGroup(at.source, day), id: `${stampOf(atMs)}.${at.path}`, value }
    const record = await deps.ledger.create(write)
    if (record) return { atMs, record }
  }
}
