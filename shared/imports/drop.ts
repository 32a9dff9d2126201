import type { LedgerRecord } from '../ports.ts'
import { confirmDrop } from './confirm-drop.ts'
import type { ImportDeps } from './deps.ts'
import { finishDrop } from './finish.ts'
import type { MetadataResolver } from './metadata.ts'
import { createParts, prepareDrop } from './prepare.ts'
import type { Drop, Part } from './records.ts'
import { readDrop, readParts } from './store-access.ts'
import { endUndo, pokeParts } from './undo.ts'

/** A drop that waits for its parts is looked at again after this, should everything else have failed. */
const LOOK_AGAIN_MS = 60_000
const HOUR_MS = 3_600_000

type Step = 'prepare' | 'launch' | 'finish' | 'confirm' | 'undo'

const ENDED: ReadonlySet<Part['state']> = new Set([
  'described',
  'confirmed',
  'mismatch',
  'refused',
  'exhausted',
  'withdrawn',
  'deleted',
])

/** Parts that nothing is in CXI of, and nothing will be. */
const GONE: ReadonlySet<Part['state']> = new Set(['refused', 'withdrawn', 'deleted'])

/** What a drop needs next, if anything, as far as its parts allow. */
function nextStep(drop: Drop, parts: Part[]): Step | null {
  switch (drop.state) {
    case 'preparing':
      return 'prepare'
    case 'sending':
      if (parts.length < drop.parts.length) return 'launch'
      return parts.every((part) => ENDED.has(part.state)) ? 'finish' : null
    case 'finishing':
      return 'finish'
    case 'finished':
      return !drop.confirmed && drop.end !== 'rejected' && parts.every((part) => isSettled(part)) ? 'confirm' : null
    case 'undoing':
      return parts.every((part) => isAtRest(part)) ? 'undo' : null
    case 'undone':
      return null
  }
}

const isSettled = ({ state }: Part) => state !== 'described' && ENDED.has(state)
const isAtRest = (part: Part) =>
  GONE.has(part.state) || (part.state === 'exhausted' && part.importId === null && part.attempt === null)

/**
 * Brings a drop as far as its parts allow. Called when it is due and whenever one of its parts came to an end; where
 * somebody else holds the drop, that one looks again after letting go.
 */
export async function advanceDrop(deps: ImportDeps, resolver: MetadataResolver, id: string): Promise<void> {
  for (;;) {
    const record = await readDrop(deps, id)
    if (!record) return
    const parts = record.value.state === 'preparing' ? [] : await readParts(deps, record.value)
    const values = parts.map((part) => part.value)
    const step = nextStep(record.value, values)
    if (step === null) return lookAgainLater(deps, record, parts)
    if (step === 'prepare') await prepareDrop(deps, resolver, record)
    else if (step === 'launch') return createParts(deps, record.value)
    else if (step === 'finish') await finishDrop(deps, record, values)
    else if (step === 'confirm') return confirmDrop(deps, record, values)
    else await endUndo(deps, record, values)
    const after = await readDrop(deps, id)
    if (!after || after.value.lease || after.value.state === record.value.state) return
  }
}

/** Sets the next look at a drop that was due and has nothing to do but to wait for its parts. */
async function lookAgainLater(deps: ImportDeps, record: LedgerRecord<Drop>, parts: LedgerRecord<Part>[]) {
  const now = deps.clock.now()
  const { state, end, confirmed, lease } = record.value
  if (record.dueAtMs === null || record.dueAtMs > now || (lease && lease.untilMs > now)) return
  if (state === 'undoing') await pokeParts(deps, parts)
  const waitMs = state === 'sending' || state === 'undoing' ? LOOK_AGAIN_MS : HOUR_MS
  const isOver = state === 'undone' || (state === 'finished' && (confirmed || end === 'rejected'))
  await deps.ledger.update(record, { value: record.value, dueAtMs: isOver ? null : now + waitMs })
}
