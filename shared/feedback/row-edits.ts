import { Buffer } from 'node:buffer'
import { COMMA, LF } from './bytes.ts'
import { cellText, quotedCell } from './cells.ts'
import type { FilePlan } from './file-plan.ts'
import { guardIn } from './formula-guard.ts'
import { digitCount, type PartWriter } from './part-writer.ts'
import type { RecordScanner } from './records.ts'
import type { RowCheck } from './row-check.ts'

/** A column whose cells are not sent as they stand. */
type Edit =
  | { index: number; kind: 'date' | 'score' | 'drop' | 'guard' }
  | { index: number; kind: 'change'; change: Change }
type Change = (text: string) => string

/**
 * Writes records of comma-separated files by copying their bytes, but for the cells that change. `prepare` measures a
 * record, `write` writes it.
 */
export class RowEdits {
  /** Length of the prepared record as it will be written. */
  size = 0
  readonly #edits: Edit[]
  readonly #lastSent: number
  readonly #sent: FilePlan['sent']
  // The prepared record: bytes [from, to) give way to a text, or to a number.
  readonly #from: number[] = []
  readonly #to: number[] = []
  readonly #put: (string | number)[] = []
  #count = 0
  #end = 0
  #missing = 0

  constructor(plan: FilePlan) {
    const sent = new Map(plan.sent.map((column) => [column.index, column]))
    this.#sent = plan.sent
    this.#lastSent = plan.sent.at(-1)?.index ?? 0
    this.#edits = plan.columns.flatMap(({ index }): Edit[] => {
      const change = sent.get(index)?.change
      if (index > this.#lastSent) return []
      if (!sent.has(index)) return [{ index, kind: 'drop' }]
      if (change) return [{ index, kind: 'change', change }]
      if (index === plan.date.index) return [{ index, kind: 'date' }]
      if (index === plan.score?.index) return [{ index, kind: 'score' }]
      return plan.isGuarded ? [{ index, kind: 'guard' }] : []
    })
  }

  prepare(bytes: Buffer, scanner: RecordScanner, check: RowCheck): void {
    const last = Math.min(scanner.count - 1, this.#lastSent)
    this.#end = scanner.ends[last] as number
    this.#missing = last < this.#lastSent ? this.#sent.filter(({ index }) => index > last).length : 0
    this.#count = 0
    this.size = this.#end - scanner.start + this.#missing + 1
    for (const edit of this.#edits) {
      if (edit.index > last) break
      const from = scanner.fieldStart(edit.index)
      const to = scanner.ends[edit.index] as number
      if (edit.kind === 'date') {
        if (!Number.isNaN(check.seconds)) this.#note(from, to, check.seconds)
      } else if (edit.kind === 'score') {
        if (check.score !== undefined) this.#note(from, to, check.score)
      } else if (edit.kind === 'guard') {
        const guard = guardIn(bytes, from, to)
        if (guard >= 0) this.#note(guard, guard + 1, '')
      } else if (edit.kind === 'change') this.#note(from, to, quotedCell(edit.change(cellText(bytes, from, to))))
      else this.#note(from, Math.min(to + 1, this.#end), '')
    }
  }

  write(bytes: Buffer, scanner: RecordScanner, parts: PartWriter): void {
    let at = scanner.start
    for (let i = 0; i < this.#count; i++) {
      const put = this.#put[i] as string | number
      parts.copy(bytes, at, this.#from[i] as number)
      if (typeof put === 'number') parts.digits(put)
      else if (put !== '') parts.text(put)
      at = this.#to[i] as number
    }
    if (this.#missing === 0 && bytes[this.#end] === LF && scanner.next === this.#end + 1) {
      // With its line end, so that it and the beginning of the next record are copied at once.
      parts.copy(bytes, at, scanner.next)
      return
    }
    parts.copy(bytes, at, this.#end)
    for (let i = 0; i < this.#missing; i++) parts.byte(COMMA)
    parts.byte(LF)
  }

  #note(from: number, to: number, put: string | number): void {
    this.#from[this.#count] = from
    this.#to[this.#count] = to
    this.#put[this.#count] = put
    this.#count += 1
    this.size += (typeof put === 'number' ? digitCount(put) : Buffer.byteLength(put)) - (to - from)
  }
}
