import type { Lane } from '../imports/engine.ts'
import type { LedgerRecord } from '../ports.ts'
import type { Batch } from './batch.ts'
import type { WebhookDeps } from './deps.ts'
import { createWebhookDoor, type WebhookDoor } from './door.ts'
import type { FetchJob } from './fetch-jobs.ts'
import { type Late, writeLate } from './late.ts'
import { workBatch } from './work-batch.ts'

/** The webhook protocol as a home uses it, beside the import engine. */
export interface WebhookEngine {
  door: WebhookDoor
  /** Works on one due record; throws only where a store is out of reach. */
  work(record: LedgerRecord<unknown>): Promise<void>
  /** What kind of work a due record is; undefined: not this engine's. */
  laneOf(record: LedgerRecord<unknown>): Lane | undefined
}

type Known = Batch | FetchJob | Late

const LANES: Record<Known['kind'], Lane> = { batch: 'cut', fetch: 'search', late: 'cut' }

export function createWebhookEngine(deps: WebhookDeps): WebhookEngine {
  const door = createWebhookDoor(deps)

  async function work({ value, ...record }: LedgerRecord<Known>): Promise<void> {
    if (value.kind === 'batch') await workBatch(deps, { ...record, value })
    else if (value.kind === 'fetch') {
      // With an HTTP client that few sources need.
      const { workFetch } = await import('./fetch/work-fetch.ts')
      await workFetch(deps, door, { ...record, value })
    } else await writeLate(deps, { ...record, value })
  }

  return {
    door,
    work: async (record) => {
      if (isKnown(record)) await work(record)
    },
    laneOf: (record) => (isKnown(record) ? LANES[record.value.kind] : undefined),
  }
}

const isKnown = (record: LedgerRecord<unknown>): record is LedgerRecord<Known> =>
  Object.hasOwn(LANES, (record.value as { kind?: string } | null)?.kind ?? '')
