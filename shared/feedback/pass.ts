import { ByteWindow } from './byte-window.ts'
import type { CutFindings } from './cut-error.ts'
import type { DayOrder } from './date-forms.ts'
import type { FilePlan } from './file-plan.ts'
import { PartWriter } from './part-writer.ts'
import type { RawSource } from './raw-source.ts'
import type { RowCutter } from './row-cutter.ts'
import { RowDigests } from './row-digests.ts'
import { MAX_PROBLEMS, type SetAside } from './set-aside.ts'
import {
  type CutCounts,
  type CutFile,
  type CutInput,
  type CutResult,
  type CutSinks,
  NO_COUNTS,
  type Problem,
} from './types.ts'
import type { UnpackedFile } from './unpacked.ts'

const MAX_PART_BYTES = 10_000_000
const PROGRESS_BYTES = 1_000_000

/** A file that is being cut: its header has been read. */
export interface FilePass {
  file: UnpackedFile
  plan: FilePlan
  cutter: RowCutter
  setAside: SetAside
  /** Spreadsheet rows of the files before. */
  rowsBefore: number
}

/** What was found in a file; of an archive's many files, only this is kept in memory. */
interface FileFindings extends Omit<CutFile, 'file'> {
  name: string | null
  number: number
  settledOrder: DayOrder | undefined
}

/** One reading of a dropped file: what is common to all files in it, and what was found in each so far. */
export class Pass {
  readonly input: CutInput
  readonly sinks: CutSinks
  readonly maxPartBytes: number
  readonly writer: PartWriter
  readonly window = new ByteWindow()
  readonly ignored: string[] = []
  readonly #raw: RawSource
  readonly #ended: FileFindings[] = []
  /** Of the files that have ended. */
  readonly #problems: Problem[] = []
  #open: FilePass | undefined
  #rowsEnded = 0
  #rowsBefore = 0
  #reported = 0

  constructor(raw: RawSource, input: CutInput, sinks: CutSinks) {
    const { maxPartBytes = MAX_PART_BYTES, reuseParts: isReused = false } = input
    this.#raw = raw
    this.input = input
    this.sinks = sinks
    this.maxPartBytes = maxPartBytes
    const digests = input.rowKey && new RowDigests(input.rowKey)
    this.writer = new PartWriter({ maxBytes: maxPartBytes, isReused, digests }, sinks)
  }

  /** Spreadsheet rows of the files before the one that is opened next. */
  get rowsBefore(): number {
    return this.#rowsBefore
  }

  /** How many files have been opened. */
  get fileCount(): number {
    return this.#ended.length + (this.#open ? 1 : 0)
  }

  get rowsRead(): number {
    return this.#rowsEnded + (this.#open?.cutter.counts.read ?? 0)
  }

  openFile(file: FilePass): void {
    this.#open = file
  }

  endFile(): void {
    if (!this.#open) return
    this.#rowsEnded += this.#open.cutter.counts.read
    this.#rowsBefore += this.#open.cutter.row - 1
    this.#problems.push(...this.#open.setAside.problems.slice(0, MAX_PROBLEMS - this.#problems.length))
    this.#ended.push(this.#findingsIn(this.#open))
    this.#open = undefined
  }

  /** Tells how far it is, when it has come a good deal further or a file has ended. */
  report(isFileEnd: boolean): void {
    if (this.#raw.bytes - this.#reported < PROGRESS_BYTES && !isFileEnd) return
    this.#reported = this.#raw.bytes
    this.sinks.progress?.({ bytesRead: this.#raw.bytes, rows: this.rowsRead })
  }

  findings(): CutFindings {
    const files = this.#open ? [...this.#ended, this.#findingsIn(this.#open)] : this.#ended
    return {
      counts: files.map(({ counts }) => counts).reduce(plus, NO_COUNTS),
      problems: [...this.#problems, ...(this.#open?.setAside.problems ?? [])].slice(0, MAX_PROBLEMS),
      sha256: this.#raw.sha256,
      bytes: this.#raw.bytes,
    }
  }

  /** Once everything is read. */
  result(): CutResult {
    const files = this.#ended
    return {
      ...this.findings(),
      sha256: this.#raw.sha256 ?? '',
      parts: this.writer.parts,
      dialect: [...new Set(files.map(({ dialect }) => dialect))].join(', '),
      mapping: files.map(({ mapping }) => mapping).reduce(common),
      files: files.flatMap(({ name, counts, dialect, mapping, rowsBefore }) =>
        name === null ? [] : [{ file: name, counts, dialect, mapping, rowsBefore }],
      ),
      ignored: this.ignored,
      settledOrders: Object.fromEntries(
        files.flatMap(({ number, settledOrder }) => (settledOrder ? [[number, settledOrder]] : [])),
      ),
    }
  }

  #findingsIn({ file: { name, number }, plan, cutter, setAside, rowsBefore }: FilePass): FileFindings {
    return {
      name,
      number,
      counts: { ...cutter.counts, set_aside: setAside.count },
      dialect: plan.dialect.name,
      mapping: plan.mapping,
      rowsBefore,
      settledOrder: plan.dates.settledOrder,
    }
  }
}

function plus(a: CutCounts, b: CutCounts): CutCounts {
  const sums = Object.entries(a).map(([name, count]) => [name, count + b[name as keyof CutCounts]])
  return Object.fromEntries(sums) as CutCounts
}

/** What both say. */
function common(a: Record<string, string>, b: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(a).filter(([name, found]) => b[name] === found))
}
