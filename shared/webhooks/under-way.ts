import { batchGroup, type PartState, SELF } from '../imports/records.ts'
import { readDrop, readParts } from '../imports/store-access.ts'
import type { Batch } from './batch.ts'
import type { WebhookDeps } from './deps.ts'

/** Whoever had so many tries holds up nobody. */
const TRIES = 3
const UNCREATED: ReadonlySet<PartState> = new Set<PartState>(['cut', 'claimed', 'uploading', 'inconclusive'])

/** Whether a batch is not in CXI yet although it may soon be: what arrives meanwhile still joins its own kind. */
export async function isUnderWay(deps: WebhookDeps, id: string): Promise<boolean> {
  const batch = await deps.ledger.get<Batch>(batchGroup(id), SELF)
  if (batch) return batch.value.waits < TRIES
  const drop = await readDrop(deps, id)
  if (drop?.value.state === 'preparing') return drop.value.waits < TRIES
  if (drop?.value.state !== 'sending') return false
  const parts = await readParts(deps, drop.value)
  return parts.some(({ value }) => UNCREATED.has(value.state) && Math.max(value.attempts, value.waits) < TRIES)
}
