import { isBlank } from './bytes.ts'
import { cellText } from './cells.ts'
import * as defects from './defects.ts'
import type { FilePlan } from './file-plan.ts'
import type { RecordScanner } from './records.ts'
import { isNegative, isSendableScore, readScore } from './scores.ts'
import type { Defect } from './set-aside.ts'

/** Checks records and reads their date and score; one instance is used for a whole file. */
export class RowCheck {
  /** Unix seconds of the record checked last; NaN where its cell can be sent as it is. */
  seconds = Number.NaN
  /** Score to be sent; undefined where the cell can be sent as it is. */
  score: string | undefined
  /** Whether that score is blank because a negative number stands in its cell. */
  isBlankScore = false
  readonly #plan: FilePlan
  readonly #format: string | undefined

  constructor(plan: FilePlan, format: string | undefined) {
    this.#plan = plan
    this.#format = format
  }

  /** What keeps the record from being sent; 'skip' for one that is no response. */
  check(bytes: Buffer, scanner: RecordScanner): Defect | 'skip' | undefined {
    const plan = this.#plan
    if (scanner.suspect) return defects.strayQuote()
    if (scanner.count !== plan.columns.length && !this.#isTolerable(bytes, scanner)) {
      return defects.fieldCount(plan, scanner.count)
    }
    for (const { index, values } of plan.skip) {
      if (index >= scanner.count) continue
      const text = cellText(bytes, scanner.fieldStart(index), scanner.ends[index] as number)
      if (values.has(text.trim().toLowerCase())) return 'skip'
    }
    return this.#checkDate(bytes, scanner) ?? this.#checkScore(bytes, scanner)
  }

  /** Cells without a header may be missing, and surplus ones may be there if they are empty. */
  #isTolerable(bytes: Buffer, scanner: RecordScanner): boolean {
    for (let index = this.#plan.columns.length; index < scanner.count; index++) {
      const [from, to] = [scanner.fieldStart(index), scanner.ends[index] as number]
      if (!isBlank(bytes, from, to) && cellText(bytes, from, to).trim() !== '') return false
    }
    return scanner.count >= this.#plan.namedWidth
  }

  #checkDate(bytes: Buffer, scanner: RecordScanner): Defect | undefined {
    const { dates, date } = this.#plan
    const from = scanner.fieldStart(date.index)
    const to = scanner.ends[date.index] as number
    this.seconds = Number.NaN
    if (dates.isSendable(bytes, from, to)) return undefined
    this.seconds = dates.readCell(bytes, from, to)
    if (dates.isPlausible(this.seconds)) return undefined
    const text = cellText(bytes, from, to)
    const read = dates.read(text)
    if (read === 'missing') return defects.dateMissing(this.#plan)
    if (read === 'invalid') return defects.dateInvalid(this.#plan, text, this.#format)
    if (read === 'ambiguous') return defects.dateAmbiguous(this.#plan, text)
    this.seconds = read
    return undefined
  }

  #checkScore(bytes: Buffer, scanner: RecordScanner): Defect | undefined {
    const { score, dialect } = this.#plan
    this.score = undefined
    this.isBlankScore = false
    if (!score || score.index >= scanner.count) return undefined
    const from = scanner.fieldStart(score.index)
    const to = scanner.ends[score.index] as number
    if (isSendableScore(bytes, from, to)) return undefined
    const text = cellText(bytes, from, to)
    this.score = text.trim() === dialect.blankScore ? '' : readScore(text)
    this.isBlankScore = this.score === '' && isNegative(text)
    return this.score === undefined ? defects.scoreNotInteger(this.#plan, text) : undefined
  }
}
