import { isUtf8 } from 'node:buffer'
import { LF, QUOTE } from './bytes.ts'
import { rawText } from './cells.ts'
import type { FilePlan } from './file-plan.ts'
import { masked } from './privacy.ts'
import type { RecordScanner } from './records.ts'
import type { Defect } from './set-aside.ts'
import type { Excerpt } from './types.ts'

/** What is kept on each side of a defective value, and of the value itself, in characters. */
const AROUND = 300
const HIDDEN = '***'
const E_MAIL = /[^\s@]@[^\s@]+\.[^\s@]/

interface Found {
  bytes: Buffer
  scanner: RecordScanner
}

/** The row of a defect as its file has it, on one line, private cells hidden; undefined where no place can be shown. */
export function excerptOf(plan: FilePlan, defect: Defect, record: Found): Excerpt | undefined {
  const place = placeOf(plan, defect, record)
  if (!place) return undefined
  const [first, last] = place
  const delimiter = visible(String.fromCharCode(record.scanner.delimiter))
  const cells = shownCells(plan, defect, record)
  const before = cells.slice(0, first).map((cell, at) => (at + 1 < cells.length ? cell + delimiter : cell))
  const value = cells.slice(first, last + 1).join(delimiter)
  const after = cells.slice(last + 1).map((cell) => delimiter + cell)
  const head = tailOf(before.join(''))
  const shown = headOf(value)
  return {
    line: head + shown + (shown === value ? headOf(after.join('')) : ''),
    from: head.length,
    to: head.length + shown.length,
  }
}

/** Which cells are at fault, the first and the last; behind all others where some are missing. */
function placeOf(plan: FilePlan, { code }: Defect, { bytes, scanner }: Found): [number, number] | undefined {
  const only = (index: number | undefined): [number, number] | undefined =>
    index === undefined || index < 0 || index >= scanner.count ? undefined : [index, index]
  if (code.startsWith('feedback_date')) return only(plan.date.index)
  if (code === 'score_not_integer') return only(plan.score?.index)
  const raw = Array.from({ length: scanner.count }, (_, index) => cellBytes(bytes, scanner, index))
  if (code === 'not_utf8') {
    return only(raw.findIndex((cell) => !isUtf8(cell) || cell.includes(0) || cell.includes('\ufffd')))
  }
  if (code !== 'field_count') return undefined
  if (scanner.suspect) return only(raw.findIndex((cell) => cell[0] === QUOTE && cell.includes(LF)))
  const named = plan.columns.length
  return scanner.count > named ? [named, scanner.count - 1] : [scanner.count, scanner.count]
}

function shownCells(plan: FilePlan, { code }: Defect, { bytes, scanner }: Found): string[] {
  const { rules } = plan
  // Where cells may stand below another's header, nobody knows which of them are private.
  const isShifted = code === 'field_count' || (code === 'not_utf8' && scanner.count !== plan.columns.length)
  return Array.from({ length: scanner.count }, (_, index) => {
    const text = rawText(cellBytes(bytes, scanner, index))
    const rule = rules.get(index)
    const isPrivate = rules.size > 0 && (rule !== undefined || isShifted || E_MAIL.test(text))
    if (!isPrivate || /^"?\s*"?$/.test(text)) return visible(text)
    return rule === 'mask' && !isShifted ? visible(masked(text.replace(/^"|"$/g, '').trim())) : HIDDEN
  })
}

function cellBytes(bytes: Buffer, scanner: RecordScanner, index: number): Buffer {
  return bytes.subarray(scanner.fieldStart(index), scanner.ends[index] as number)
}

/** What would break the line, move the cursor or turn the direction of writing is shown, not done. */
function visible(text: string): string {
  return text
    .replace(/\r\n|[\r\n\u0085\u2028\u2029]/g, '↵')
    .replaceAll('\t', '→')
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '·')
}

function headOf(text: string): string {
  return text.length <= AROUND ? text : `${text.slice(0, AROUND).replace(/[\ud800-\udbff]$/, '')}…`
}

function tailOf(text: string): string {
  return text.length <= AROUND ? text : `…${text.slice(-AROUND).replace(/^[\udc00-\udfff]/, '')}`
}
