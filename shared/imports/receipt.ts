import type { Problem } from '../feedback/types.ts'
import type { DropEnd } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { receiptKey } from './paths.ts'
import { notesOf } from './receipt-notes.ts'
import { filesOf, type ReceiptFile, type ReceiptRows, rowsOf, unsentRows } from './receipt-rows.ts'
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
  import: ReceiptImport | null
  problems: Problem[]
  /** What its owner should know of rows that were sent, a sentence each. */
  notes: string[]
  error: FileFailure | null
  /** Key of the receipt of the drop (or batch) that had the same rows first. */
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

/** The import's metadata as it was set; null where nothing was. */
export interface ReceiptImport {
  name: string
  source: string | null
  metric_type: string | null
  language: string | null
  secondary_product_category_id: number | null
  tag_names: string[]
  project_ids: number[]
}

/** Everything a receipt may lack, for files that came to nothing. */
const NOTHING = {
  id: null,
  rows: unsentRows(),
  parts: [],
  import: null,
  problems: [],
  notes: [],
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
  const key = receiptKey(arrival.object, arrival.firstSeenMs)
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
  const rows = rowsOf(drop.counts, parts, state)
  return {
    id: drop.id,
    state,
    rows,
    parts: parts.map((part) => ({
      part: part.part,
      ...named(fileOfPart.get(part.part)),
      import_id: part.importId,
      rows: part.rows,
      bytes: part.bytes,
      state: part.state,
      message: part.refusal ?? part.note?.message ?? null,
    })),
    import: importOf(drop),
    problems,
    notes: notesOf(rows, drop.mapping),
    error: drop.error,
    duplicate_of: drop.duplicateOf ?? null,
    dialect: drop.dialect,
    mapping: drop.mapping,
    files: filesOf(drop, parts, state),
    ignored_files: drop.ignored ?? [],
  }
}

function importOf({ metadata, sent }: Drop): ReceiptImport {
  return {
    name: metadata.name,
    source: metadata.source ?? null,
    metric_type: metadata.metric_type ?? null,
    language: metadata.language ?? null,
    secondary_product_category_id: metadata.secondary_product_category_id ?? null,
    tag_names: sent?.tag_names ?? metadata.tag_names,
    project_ids: sent?.project_ids ?? [],
  }
}

const named = (file: string | undefined) => (file === undefined ? {} : { file })
