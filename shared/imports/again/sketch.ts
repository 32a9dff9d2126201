import { BARE } from '../../feedback/row-digests.ts'
import { bytesOf, type Entries, EntryCursor, inMemory, sorted } from './entries.ts'
import type { SortedRows } from './row-sorter.ts'

/** Digests in a sketch. */
const SKETCH_SIZE = 128
/** Of a sample with fewer rows, nothing can be said. */
const MIN_SAMPLE = 16

/** The least digests of a file: a sample of its rows that any other file can be compared with. */
export interface Sketch {
  rows: number
  /** Rows with neither comment nor respondent nor id. */
  bare: number
  /** Base64 of the digests, eight bytes each: of rows that are not bare, in a file that has enough of them. */
  digests: string
  /** Whether these are all there are. */
  isWhole: boolean
}

/** Whether a file's rows that say something suffice to tell it from others. */
export const isTelling = (rows: number, bare: number) => 10 * (rows - bare) >= rows

export async function sketchOf(rows: SortedRows): Promise<Sketch> {
  const { count, bare } = rows
  const skipsBare = isTelling(count, bare)
  const digests = new Uint32Array(2 * SKETCH_SIZE)
  let used = 0
  let isWhole = true
  const cursor = rows.open()
  for (await cursor.next(); !cursor.isEnded; await cursor.next()) {
    const { hi, lo } = cursor
    if (skipsBare && lo & BARE) continue
    if (used > 0 && digests[used - 2] === hi && digests[used - 1] === lo) continue
    if (used === digests.length) {
      isWhole = false
      break
    }
    digests[used++] = hi
    digests[used++] = lo
  }
  await cursor.close()
  const text = Buffer.from(bytesOf(digests.subarray(0, used))).toString('base64')
  return { rows: count, bare, digests: text, isWhole }
}

/** How many digests of a sketch a file has, and which. */
export interface SketchHits {
  hits: number[]
  /** How many different rows of the file come before the sketch's last digest. */
  passed: number
  of: number
}

/** Looks for the digests of many sketches in one pass over a file. */
export async function findSketches(rows: SortedRows, sketches: Sketch[]): Promise<SketchHits[]> {
  const found: SketchHits[] = sketches.map(({ digests }) => ({ hits: [], passed: 0, of: lengthOf(digests) }))
  const left = found.map(({ of }) => of)
  const wanted = new EntryCursor(inMemory(sorted(entriesOf(sketches))))
  const own = rows.open()
  let all = 0
  let telling = 0
  let [hi, lo] = [-1, -1]
  await wanted.next()
  await own.next()
  while (!wanted.isEnded) {
    const order = own.compare(wanted)
    if (order <= 0 && (own.hi !== hi || own.lo !== lo)) {
      hi = own.hi
      lo = own.lo
      all += 1
      telling += lo & BARE ? 0 : 1
    }
    if (order < 0) {
      const wait = own.next()
      if (wait) await wait
      continue
    }
    const { owner } = wanted
    const sketch = sketches[owner] as Sketch
    const at = found[owner] as SketchHits
    if (order === 0) at.hits.push(numberOf(wanted.hi, wanted.lo))
    left[owner] = (left[owner] as number) - 1
    if (left[owner] === 0) at.passed = isTelling(sketch.rows, sketch.bare) ? telling : all
    const wait = wanted.next()
    if (wait) await wait
  }
  await own.close()
  return found
}

/**
 * Whether the file may hold most of the sketched one, or have half of its own rows there: generous, since rows are
 * compared one by one afterwards. 'unclear' where too few of its rows can be compared.
 */
export function judged({ hits, passed, of }: SketchHits, sketch: Sketch, rows: number): 'likely' | 'unclear' | 'no' {
  if (of === 0) return 'no'
  if (hits.length >= 0.6 * of || (passed > 0 && hits.length >= 0.25 * passed)) return 'likely'
  if (sketch.isWhole || passed >= MIN_SAMPLE) return 'no'
  return 2 * sketch.rows >= rows ? 'unclear' : 'no'
}

/** A digest as one number; 53 of its bits tell it from the others of a sketch. */
export const numberOf = (hi: number, lo: number) => hi * 0x200000 + (lo >>> 11)

const lengthOf = (digests: string) => Buffer.byteLength(digests, 'base64') / 8

function entriesOf(sketches: Sketch[]): Entries {
  const entries: number[] = []
  for (const [owner, { digests }] of sketches.entries()) {
    const bytes = Buffer.from(digests, 'base64')
    for (let at = 0; at < bytes.length; at += 8)
      entries.push(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4), owner, 0)
  }
  return Uint32Array.from(entries)
}
