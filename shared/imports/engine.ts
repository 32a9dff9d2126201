import type { DropObject, LedgerRecord } from '../ports.ts'
import { workArrival } from './arrive.ts'
import type { ImportDeps } from './deps.ts'
import { advanceDrop } from './drop.ts'
import { MetadataResolver } from './metadata.ts'
import { workPart } from './part.ts'
import { receive } from './receive.ts'
import type { Arrival, Drop, Part } from './records.ts'

/** `cut`: reads files. `send`: uploads and other calls to CXI. `search`: looks for uploads whose answer was lost. */
export type Lane = 'cut' | 'send' | 'search'

/** The import protocol as a home uses it. Whatever it must remember is in the ledger when a call resolves. */
export interface ImportEngine {
  /** Takes note of a dropped object, durably and repeatably; answers the arrival's id. */
  receive(object: DropObject): Promise<string>
  /** Works on one due record until it has nothing to do or must wait; throws only where a store is out of reach. */
  work(record: LedgerRecord<unknown>): Promise<void>
  /** What kind of work a due record is, for homes to bound how much of each runs at once; undefined: not the engine's. */
  laneOf(record: LedgerRecord<unknown>): Lane | undefined
}

type Known = Arrival | Drop | Part

export function createImportEngine(deps: ImportDeps): ImportEngine {
  const resolver = new MetadataResolver(deps)

  async function work({ value, ...record }: LedgerRecord<Known>): Promise<void> {
    if (value.kind === 'arrival') return workArrival(deps, { ...record, value })
    if (value.kind === 'drop') return advanceDrop(deps, resolver, value.id)
    await workPart(deps, { ...record, value })
    await advanceDrop(deps, resolver, value.drop)
  }

  return {
    receive: (object) => receive(deps, object),
    work: async (record) => {
      if (isKnown(record)) await work(record)
    },
    laneOf: (record) => {
      if (!isKnown(record)) return undefined
      if (record.value.kind === 'arrival') return 'cut'
      return record.value.kind === 'part' && SEARCHED.has(record.value.state) ? 'search' : 'send'
    },
  }
}

const SEARCHED: ReadonlySet<Part['state']> = new Set(['uploading', 'inconclusive'])

const KINDS = new Set(['arrival', 'drop', 'part'])

const isKnown = (record: LedgerRecord<unknown>): record is LedgerRecord<Known> =>
  KINDS.has((record.value as { kind?: string } | null)?.kind ?? '')
