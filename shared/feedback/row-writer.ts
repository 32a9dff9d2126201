import { QUOTE } from './bytes.ts'
import type { FilePlan } from './file-plan.ts'
import { withoutGuard } from './formula-guard.ts'
import type { PartWriter } from './part-writer.ts'
import type { RecordScanner } from './records.ts'
import { RowBuffer } from './row-buffer.ts'
import type { RowCheck } from './row-check.ts'
import { isRequoted } from './row-digests.ts'
import { RowEdits } from './row-edits.ts'
import { MARK_BARE, MARK_CLAIMED, MARK_REQUOTED } from './row-marks.ts'

export type RowOutcome = 'written' | 'part-full' | 'too-large'

/** Writes checked records into parts: their bytes but for some cells where that does, else cell by cell. */
export class RowWriter {
  readonly #plan: FilePlan
  readonly #parts: PartWriter
  readonly #buffer = new RowBuffer()
  readonly #edits: RowEdits
  readonly #isMarked: boolean
  #kind = 0

  /** `isMarked`: whether the parts are told what kind of row each is. */
  constructor(plan: FilePlan, parts: PartWriter, isMarked: boolean) {
    this.#plan = plan
    this.#parts = parts
    this.#isMarked = isMarked
    this.#edits = new RowEdits(plan)
  }

  write(row: number, bytes: Buffer, scanner: RecordScanner, check: RowCheck, isClaimed: boolean): RowOutcome {
    if (this.#isMarked) this.#kind = this.#kindOf(bytes, scanner) | (isClaimed ? MARK_CLAIMED : 0)
    if (!this.#plan.isCopied || scanner.irregular) return this.#reshape(row, bytes, scanner, check)
    this.#edits.prepare(bytes, scanner, check)
    const refusal = this.#begin(row, this.#edits.size)
    if (refusal) return refusal
    this.#edits.write(bytes, scanner, this.#parts)
    return 'written'
  }

  #reshape(row: number, bytes: Buffer, scanner: RecordScanner, { seconds, score }: RowCheck): RowOutcome {
    const { sent, date, score: scoreColumn, isGuarded } = this.#plan
    const buffer = this.#buffer
    buffer.clear()
    for (const { index, change } of sent) {
      if (index >= scanner.count) buffer.addText('')
      else if (index === date.index && !Number.isNaN(seconds)) buffer.addText(String(seconds))
      else if (index === scoreColumn?.index && score !== undefined) buffer.addText(score)
      else if (change) buffer.addChanged(bytes, scanner, index, change)
      else if (isGuarded) buffer.addChanged(bytes, scanner, index, withoutGuard)
      else buffer.addCell(bytes, scanner, index)
    }
    buffer.end()
    const refusal = this.#begin(row, buffer.length)
    if (refusal) return refusal
    this.#parts.copyNow(buffer.bytes, 0, buffer.length)
    return 'written'
  }

  #begin(row: number, size: number): RowOutcome | undefined {
    if (!this.#parts.canEverHold(size)) return 'too-large'
    if (!this.#parts.fits(size)) return 'part-full'
    this.#parts.begin(row, size, this.#kind)
    return undefined
  }

  #kindOf(bytes: Buffer, scanner: RecordScanner): number {
    const { ends, count } = scanner
    let kind = isRequoted(bytes, scanner) ? MARK_BARE | MARK_REQUOTED : MARK_BARE
    for (const index of this.#plan.telling) {
      if (index >= count) continue
      const from = scanner.fieldStart(index)
      const length = (ends[index] as number) - from
      if (length > 2 || (length > 0 && bytes[from] !== QUOTE)) kind &= ~MARK_BARE
    }
    return kind
  }
}
