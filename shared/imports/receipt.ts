import type { ImportMetadata } from '../cxi/types.ts'
import type { Problem } from '../feedback/types.ts'
import type { DropEnd } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { receiptKey } from './paths.ts'
import { filesOf, type ReceiptFile, type ReceiptRows, rowsOf } from './receipt-rows.ts'
import type { Arrival, Drop, FileFailure, Part } from './records.ts'

/** What became of one dropped object, as its owner reads it. Row counts are of records, `row` as a spreadsheet counts. */
export interface Receipt {
  /** The drop's id, for `undo` and `retry`; null where the file could not be identified. */
  id: string | null
  /** Id of this one dropping of it. */
  arrival: string
  /** Key of the dropped object. */
  drop: string
  source: string
  state: DropEnd
  rows: ReceiptRows
  parts: {
    part: number
    /** Name of the file that it holds rows of, where that lies in an archive. */
    file?: string
    import_id: number | null
    rows: number
    bytes: number
    state: string
    message: string | null
  }[]
  import: (Omit<ImportMetadata, 'tag_names'> & { tag_names: string[]; project_ids: number[] }) | null
  problems: Problem[]
  error: FileFailure | null
  duplicate_of: string | null
  dialect: string | null
  mapping: Record<string, string>
  /** The files of an archive, in its order; none where the dropped file is none. */
  files: ReceiptFile[]
  /** What was passed over in an archive, since operating systems add it by themselves. */
  ignored_files: string[]
  /** ISO 8601, UTC. */
  started_at: string
  finished_at: string
}

/** Everything a receipt may lack, for files that came to nothing. */
const NOTHING = {
  id: null,
  rows: { read: 0, imported: 0, set_aside: 0, duplicate: 0, skipped: 0 },
  parts: [],
  import: null,
  problems: [],
  error: null,
  duplicate_of: null,
  dialect: null,
  mapping: {},
  files: [],
  ignored_files: [],
}

/** Writes the receipt of an arrival, over an earlier one of the same arrival. */
export async function writeReceipt(
  deps: ImportDeps,
  arrival: Pick<Arrival, 'id' | 'object' | 'source' | 'firstSeenMs'>,
  content: Partial<Receipt> & { state: DropEnd },
  finishedAtMs = deps.clock.now(),
): Promise<void> {
  const { state, ...rest } = content
  const { id, dialect, mapping, files, ignored_files, ...outcome } = { state, ...NOTHING, ...rest }
  // In the order in which a person reads it.
  const receipt: Receipt = {
    drop: arrival.object.key,
    source: arrival.source,
    ...outcome,
    dialect,
    mapping,
    files,
    ignored_files,
    started_at: new Date(arrival.firstSeenMs).toISOString(),
    finished_at: new Date(finishedAtMs).toISOString(),
    id,
    arrival: arrival.id,
  }
  const key = receiptKey(arrival.object.key, arrival.firstSeenMs)
  await deps.objects.put(key, Buffer.from(`${JSON.stringify(receipt, null, 2)}\n`))
}

/** The receipt of a drop that was cut, from its records. */
export function receiptOf(
  drop: Drop,
  parts: Part[],
  problems: Problem[],
  state: DropEnd,
): Partial<Receipt> & { state: DropEnd } {
  const fileOfPart = new Map(drop.parts.map(({ part, file }) => [part, file]))
  const { tag_names, projects: _, createMissing: __, ...metadata } = drop.metadata
  return {
    id: drop.id,
    state,
    rows: rowsOf(drop.counts, parts, state),
    parts: parts.map((part) => ({
      part: part.part,
      ...named(fileOfPart.get(part.part)),
      import_id: part.importId,
      rows: part.rows,
      bytes: part.bytes,
      state: part.state,
      message: part.refusal ?? part.note?.message ?? null,
    })),
    import: { ...metadata, tag_names: drop.sent?.tag_names ?? tag_names, project_ids: drop.sent?.project_ids ?? [] },
    problems,
    error: drop.error,
    duplicate_of: drop.duplicateOf ?? null,
    dialect: drop.dialect,
    mapping: drop.mapping,
    files: filesOf(drop, parts, state),
    ignored_files: drop.ignored ?? [],
  }
}

const named = (file: string | undefined) => (file === undefined ? {} : { file })
