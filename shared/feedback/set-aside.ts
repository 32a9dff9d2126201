import type { RowErrorCode } from '../errors.ts'
import { COMMA } from './bytes.ts'
import { cellText, quotedCell } from './cells.ts'
import { excerptOf } from './excerpt.ts'
import type { FilePlan } from './file-plan.ts'
import { RELAY_COLUMNS, RELAY_FILE } from './header.ts'
import type { RecordScanner } from './records.ts'
import type { CutSinks, Problem } from './types.ts'
import type { UnpackedFile } from './unpacked.ts'

/** How many problems are listed. */
export const MAX_PROBLEMS = 100
const CHUNK_CHARACTERS = 64 * 1024

/** Why a row is set aside; `column` is the header as found. */
export interface Defect {
  code: RowErrorCode
  column: string | null
  message: string
}

/** Collects set-aside rows, as their owner wrote them, for a file that can be mended and dropped again. */
export class SetAside {
  count = 0
  readonly problems: Problem[] = []
  readonly #plan: FilePlan
  readonly #file: Pick<UnpackedFile, 'number' | 'name'>
  readonly #sinks: CutSinks
  #text = ''
  #hasHeader = false

  constructor(plan: FilePlan, file: Pick<UnpackedFile, 'number' | 'name'>, sinks: CutSinks) {
    this.#plan = plan
    this.#file = file
    this.#sinks = sinks
  }

  /** Whether so much has been collected that `flush` is due. */
  get isFull(): boolean {
    return this.#text.length >= CHUNK_CHARACTERS
  }

  /** Sets the scanner's record aside; without a scanner its cells stay empty, since they were too long to be held. */
  add(row: number, defect: Defect, record?: { bytes: Buffer; scanner: RecordScanner }): void {
    this.count += 1
    this.#sinks.noteSetAside?.(row)
    const { name } = this.#file
    if (this.problems.length < MAX_PROBLEMS) {
      const isShown = record !== undefined && this.problems.length < this.#plan.excerpts
      const excerpt = isShown ? excerptOf(this.#plan, defect, record) : undefined
      const place = name === null ? { row } : { file: name, row }
      this.problems.push({ ...place, ...defect, ...(excerpt ? { excerpt } : {}) })
    }
    const cells = this.#plan.original.map(({ index }) => (record ? cellOf(record, index) : ''))
    cells.push(String(row), defect.column ?? '', defect.code, defect.message, ...(name === null ? [] : [name]))
    // Cells beyond the header stand behind our own columns, so that every other cell is below its header.
    const { length } = this.#plan.columns
    for (let index = length; record && index < record.scanner.count; index++) cells.push(cellOf(record, index))
    if (!this.#hasHeader) this.#writeHeader()
    this.#text += this.#line(cells)
  }

  /** Hands over what has been collected. */
  async flush(): Promise<void> {
    if (this.#text === '') return
    const chunk = Buffer.from(this.#text)
    this.#text = ''
    await this.#sinks.writeSetAside(chunk, this.#file.number)
  }

  /** Separated as the file is, so that its owner's programs open it alike. */
  #line(cells: string[]): string {
    const { delimiter } = this.#plan
    if (delimiter === COMMA) return `${cells.map(quotedCell).join(',')}\n`
    return `${cells.map(quotedAnywhere).join(String.fromCharCode(delimiter))}\n`
  }

  #writeHeader(): void {
    this.#hasHeader = true
    this.#text = '\ufeff'
    const own = this.#file.name === null ? RELAY_COLUMNS : [...RELAY_COLUMNS, RELAY_FILE]
    // Every header row of the tool is repeated, or its export would not be known again.
    for (const [at, row] of this.#plan.headerRows.entries()) {
      const cells = this.#plan.original.map(({ index }) => row[index] ?? '')
      this.#text += this.#line([...cells, ...own.map((name) => (at === 0 ? name : ''))])
    }
  }
}

function cellOf({ bytes, scanner }: { bytes: Buffer; scanner: RecordScanner }, index: number): string {
  return index < scanner.count ? cellText(bytes, scanner.fieldStart(index), scanner.ends[index] as number) : ''
}

/** Quoted where any separator would split it: which one the file has is told by what stands outside of quotes. */
function quotedAnywhere(text: string): string {
  return /["\r\n,;\t|]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
