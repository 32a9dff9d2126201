import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import type { Held } from './held.ts'
import { type Arrival, arrivalGroup, type Drop, dropGroup, SELF } from './records.ts'
import { changeAnyway, deleteCut, deleteSetAside, readDrop } from './store-access.ts'
import { growingWaitMs } from './waits.ts'

/** An arrival that waits for the end of a drop with the same content; kept beside that drop. */
interface Waiting {
  kind: 'waiting'
  arrival: string
}

/** Should nobody wake it: it looks by itself, ever more slowly. */
const FIRST_LOOK_WAITS = 5

/** Whether it is not known yet if anything of a drop is going to stand in CXI. */
export const isUnderWay = ({ state }: Drop): boolean => state !== 'finished' && state !== 'undone'

/** Whether the same content may be imported (again): nothing of it stands in CXI. */
export const isReplaceable = ({ state, end }: Drop): boolean =>
  state === 'undone' || (state === 'finished' && (end === 'duplicate' || end === 'rejected'))

/** Lets an arrival wait for the end of the drop with its content; that one's end wakes it, and nothing is read twice. */
export async function waitForDrop(deps: ImportDeps, held: Held<Arrival>, drop: Drop): Promise<void> {
  const { id } = held.value
  const group = dropGroup(drop.id)
  await deps.ledger.create<Waiting>({ group, id: `waiting#${id}`, value: { kind: 'waiting', arrival: id } })
  for (const cut of held.value.cuts) await deleteCut(deps, cut)
  await deleteSetAside(deps, held.value)
  const message = `The same content is on its way as ${drop.object.key}; this one waits for that one's end.`
  const now = await readDrop(deps, drop.id)
  const waits = held.value.waits + 1
  const lookMs = now && isUnderWay(now.value) ? growingWaitMs(waits + FIRST_LOOK_WAITS, deps.random) : 0
  const note = { code: 'same_content', message }
  await held.release((arrival) => ({ ...arrival, drop: drop.id, cuts: [], waits, note }), deps.clock.now() + lookMs)
}

/** The drop has come to an end: whoever waits for that goes on. */
export async function wakeWaiting(deps: ImportDeps, dropId: string): Promise<void> {
  for (const record of await deps.ledger.list<{ kind: string }>(dropGroup(dropId))) {
    if (record.value.kind === 'waiting') await wakeOne(deps, record as LedgerRecord<Waiting>)
  }
}

async function wakeOne(deps: ImportDeps, record: LedgerRecord<Waiting>): Promise<void> {
  const group = arrivalGroup(record.value.arrival)
  const now = deps.clock.now()
  const woken = await changeAnyway<Arrival>(deps, group, SELF, (arrival) =>
    arrival.state === 'received' && !(arrival.lease && arrival.lease.untilMs > now)
      ? { value: { ...arrival, waits: 0 }, dueAtMs: now }
      : undefined,
  )
  await deps.ledger.remove(record)
  if (woken) deps.wake?.({ group, id: SELF })
}
