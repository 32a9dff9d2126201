import { batchGroup, type PartState, SELF } from '../imports/records.ts'
import { readDrop, readParts } from '../imports/store-access.ts'
import type { Batch } from './batch.ts'
import type { WebhookDeps } from './deps.ts'

/** Whoever had so many tries holds up nobody. */
const TRIES = 3
const UNCREATED: ReadonlySet<PartState> = new Set<PartState>(['cut', 'claimed', 'uploading', 'inconclusive'])

/**
 * `under way`: a batch is not in CXI yet although it may soon be, and what arrives meanwhile still joins its own kind;
 * `stuck`: it holds up nobody, but isn't cut yet; `over`: it needs its intent no more, or never got as far as a record.
 */
export async function lastBatch(deps: WebhookDeps, id: string): Promise<'under way' | 'stuck' | 'over'> {
  const batch = await deps.ledger.get<Batch>(batchGroup(id), SELF)
  if (batch) return batch.value.waits < TRIES ? 'under way' : 'stuck'
  return (await isBeingSent(deps, id)) ? 'under way' : 'over'
}

async function isBeingSent(deps: WebhookDeps, id: string): Promise<boolean> {
  const drop = await readDrop(deps, id)
  if (drop?.value.state === 'preparing') return drop.value.waits < TRIES
  if (drop?.value.state !== 'sending') return false
  const parts = await readParts(deps, drop.value)
  return parts.some(({ value }) => UNCREATED.has(value.state) && Math.max(value.attempts, value.waits) < TRIES)
}
