import type { ResolvedImport, Source } from '../config/types.ts'
import type { ImportMetadata } from '../cxi/types.ts'
import type { DayOrder } from '../feedback/date-forms.ts'
import type { CutCounts, CutFile, CutPart, Problem } from '../feedback/types.ts'
import type { DropEnd, DropObject } from '../ports.ts'

/** Who works on a record, and until when nobody else may. */
export interface Lease {
  holder: string
  untilMs: number
}

/** By when their attempts began. */
export interface Deaths {
  count: number
  firstMs: number
  lastMs: number
}

/** What every record that is worked on carries. */
export interface Work {
  lease: Lease | null
  /** The step of the attempt that runs; where nobody runs it, that attempt died. Empty once it has ended in a recorded way. */
  step: string
  /** When that attempt began. */
  begunMs: number
  /** Attempts at this step that died, one after another. */
  deaths: Deaths | null
  /** Waits in a row, for growing them. */
  waits: number
  /** Why it waits, for a person: a code and a sentence. */
  note: { code: string; message: string } | null
}

export interface FileFailure {
  code: string
  message: string
}

/** One dropped object, that version: known by key and version, worked on until its content is cut. */
export interface Arrival extends Work {
  kind: 'arrival'
  id: string
  object: DropObject
  source: string
  firstSeenMs: number
  state: 'received' | 'cut' | 'finished'
  end: DropEnd | null
  error: FileFailure | null
  /** Id of the drop that its content is (also where that is an earlier one's). */
  drop: string | null
  /** Cuts begun for it; all but the drop's own leave nothing but files to delete. */
  cuts: string[]
}

/** How a drop was read, so that it can be read the same way again under another configuration. */
export interface ReadSnapshot extends Pick<Source, 'dates' | 'encoding' | 'reserved' | 'privacy'> {
  /** Header text of each mapped column; a pattern stands as `{ pattern, flags }`. */
  columns: Record<string, string | { pattern: string; flags: string }>
  /** Whether rows were claimed by their ids. */
  isClaimed: boolean
  /** Whether rows were left out that an earlier drop had sent; which ones is kept beside the parts. */
  isAgain: boolean
  /** Orders of day and month that its files settled by themselves. */
  orders?: Record<number, DayOrder>
}

/** A content that was cut: written once, with everything that the sending needs. */
export interface Drop extends Work {
  kind: 'drop'
  /** Set for a batch of responses that came by webhook; there is no dropped object then. */
  door?: 'webhook'
  id: string
  /** Names this cut; its parts lie under `parts/<cutId>/`. A drop that is imported again after an undo is cut anew. */
  cutId: string
  object: DropObject
  arrival: string
  firstSeenMs: number
  source: string
  account: string
  /** Which CXI account it is for, whatever the configuration calls it. */
  identity: string
  state: 'preparing' | 'sending' | 'finishing' | 'finished' | 'undoing' | 'undone'
  /** How it ended, or (while undoing) how it is going to. */
  end: DropEnd | null
  error: FileFailure | null
  sha256: string
  bytes: number
  counts: CutCounts
  parts: CutPart[]
  metadata: ResolvedImport
  /** Set by the preparation: what every part's PUT carries, but for the name. */
  sent: ImportMetadata | null
  policy: 'set-aside' | 'all-or-nothing'
  read: ReadSnapshot
  dialect: string
  mapping: Record<string, string>
  /** The files of an archive, and what was passed over in it. */
  files?: CutFile[]
  ignored?: string[]
  finishedAtMs: number | null
  /** Whether the rows of its refused parts stand among the set-aside ones. */
  refusedSetAside: boolean
  /** Receipt of a drop or batch that has rows which this one has not: one whose file this is again before any other. */
  duplicateOf?: string | null
  /** Whether the receipt already shows that every part is confirmed. */
  confirmed: boolean
}

export type PartState =
  | 'cut'
  | 'claimed'
  | 'uploading'
  /** CXI's list is too short to tell whether its upload arrived: a person decides. */
  | 'inconclusive'
  | 'created'
  | 'described'
  | 'confirmed'
  | 'mismatch'
  | 'refused'
  | 'exhausted'
  | 'withdrawn'
  | 'deleted'

/** One upload whose outcome is not known yet, or was not when it was last looked at. */
export interface Attempt {
  id: string
  startedMs: number
  /** The request is cut off then at the latest. */
  hardEndMs: number
  /** When the connection was seen to end; null while it runs, or when its process died unseen. */
  endedMs: number | null
  /** CXI's clock minus ours, as it was known then. */
  offsetMs: number
  /** When the first look began that counts and did not find it; a second one must agree. */
  missedMs: number | null
}

/** Answers 5xx, one after another, that may be this part's own fault. */
export interface ServerErrors {
  count: number
  firstMs: number
  status: number
  /** CXI's words. */
  words: string
}

export interface Part extends Work {
  kind: 'part'
  drop: string
  cutId: string
  part: number
  of: number
  /** Twelve characters that no other part has; the upload's file name begins with them. */
  tag: string
  account: string
  identity: string
  name: string
  rows: number
  bytes: number
  state: PartState
  attempt: Attempt | null
  /** Uploads begun so far, and when the last of them all was over at the latest. */
  attempts: number
  lastHardEndMs: number
  /** When the first upload of all began: nothing of it can be older in CXI, but for clocks that differ. */
  firstStartedMs: number | null
  /** CXI's clock minus ours, as it was known then. */
  firstOffsetMs: number
  /** Looks for lost answers so far. */
  looks: number
  serverErrors: ServerErrors | null
  /** Until when an import of the same rows beside its own is looked for, and from when on the list is looked at. */
  watch: { untilMs: number; sinceMs: number } | null
  importId: number | null
  /** Imports of the same rows that were found beside its own, and deleted. */
  surplus: number
  describedAtMs: number | null
  /** CXI's words, where it refused the part. */
  refusal: string | null
}

/** The first problems of a drop, kept beside it for its receipt. */
export interface Problems {
  kind: 'problems'
  problems: Problem[]
}

/** The one record of an arrival's or a drop's group that stands for itself. */
export const SELF = 'self'
export const arrivalGroup = (id: string) => `arrival#${id}`
export const dropGroup = (id: string) => `drop#${id}`
/** The intent of a batch of responses that came by webhook; its drop has the same id. */
export const batchGroup = (id: string) => `batch#${id}`
/** Which part an import of CXI belongs to: `{ kind: 'owner', part: <id of the part's record> }`. */
export const ownerGroup = (identity: string, importId: number) => `import#${identity}#${importId}`
/** Ids of drops by their first eight digits. */
export const digitsGroup = (id: string) => `digits#${id.slice(0, 8)}`
/** Everything that arrived for a source on a day (`yyyy-mm-dd`), by time; see Stamp. */
export const dayGroup = (source: string, day: string) => `day#${source}#${day}`
export const partId = (cutId: string, part: number) => `part#${cutId}#${String(part).padStart(5, '0')}`
export const problemsId = (cutId: string) => `problems#${cutId}`
export const partKey = (cutId: string, part: number) => `parts/${cutId}/${part}.csv`

/** Keeps the receipt names of one key apart, and lists what arrived on a day. */
export interface Stamp {
  kind: 'stamp'
  arrival: string
  key: string
}

/** Which part an import of CXI belongs to. */
export interface Owner {
  kind: 'owner'
  drop: string
  part: string
}

/** A record that nobody has worked on yet. */
export const IDLE: Work = { lease: null, step: '', begunMs: 0, deaths: null, waits: 0, note: null }
