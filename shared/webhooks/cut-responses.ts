import { createHash } from 'node:crypto'
import { cut } from '../feedback/cut.ts'
import { type CutResult, NO_COUNTS } from '../feedback/types.ts'
import { BATCH_OPTIONS, batchCsv, columnsOf } from './batch-csv.ts'
import { type Mapped, problemsOf, setAsideLines, sortOut } from './sort-out.ts'

const MAX_PROBLEMS = 100

/** What a batch was cut into, nothing of it stored yet. */
export interface ResponsesCut extends CutResult {
  cutId: string
  bodies: Uint8Array[]
  setAsideFile: Uint8Array
  /** Ids of the responses that were set aside. */
  setAside: string[]
}

/** Cuts the responses of a batch like the rows of a file, those that can't be sent set aside behind the others. */
export async function cutResponses(
  batchId: string,
  mapped: readonly Mapped[],
  maxPartBytes: number | undefined,
): Promise<ResponsesCut> {
  const sorted = sortOut(mapped)
  const { sendable, unsendable, remarks } = sorted
  const all = [...sendable, ...unsendable.map(({ response }) => response)]
  const bytes = Buffer.from(batchCsv(sendable, columnsOf(all)))
  const bodies: Uint8Array[] = []
  const chunks: Uint8Array[] = []
  const rows = new Set<number>()
  const result =
    sendable.length === 0
      ? emptyCut(bytes)
      : await cut(
          { source: chunked(bytes), options: BATCH_OPTIONS, ...(maxPartBytes === undefined ? {} : { maxPartBytes }) },
          {
            writePart: async (_, body) => void bodies.push(body),
            writeSetAside: async (chunk) => void chunks.push(chunk),
            noteSetAside: (row) => rows.add(row),
          },
        )
  const { counts } = result
  const rowsBefore = sendable.length + 1
  chunks.push(Buffer.from(setAsideLines(sorted, all, rowsBefore, chunks.length > 0)))
  // Named by what is in it: another version of the code that cuts it otherwise can't write over it.
  const hash = createHash('sha256').update(batchId)
  for (const body of bodies) hash.update(body)
  return {
    ...result,
    counts: { ...counts, read: counts.read + unsendable.length, set_aside: counts.set_aside + unsendable.length },
    problems: [...remarks, ...result.problems, ...problemsOf(sorted, rowsBefore)].slice(0, MAX_PROBLEMS),
    cutId: hash.digest('hex').slice(0, 24),
    bodies,
    setAsideFile: Buffer.concat(chunks),
    // The header is row 1.
    setAside: all.flatMap(({ id }, at) => (at >= sendable.length || rows.has(at + 2) ? [id] : [])),
  }
}

async function* chunked(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

function emptyCut(bytes: Uint8Array): CutResult {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const found = { parts: [], problems: [], files: [], ignored: [], mapping: {}, settledOrders: {} }
  return { sha256, bytes: bytes.length, counts: { ...NO_COUNTS }, dialect: '', ...found }
}
