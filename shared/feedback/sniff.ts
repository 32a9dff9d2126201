import { COMMA, CR, LF, PIPE, SEMICOLON, TAB } from './bytes.ts'
import { type RecordForm, RecordScanner } from './records.ts'

const CANDIDATES = [COMMA, SEMICOLON, TAB, PIPE]
const RECORDS = 25
export const SAMPLE_BYTES = 64 * 1024

export interface Sniffed extends RecordForm {
  /** Length of a first line `sep=;`, by which spreadsheets are told the delimiter; they don't show it as a row. */
  separatorLineBytes: number
}

/**
 * Tells delimiter and line ends from the beginning of a file: the delimiter by which most records have as many fields
 * as the header, and the header the most. Writes a sentinel to bytes[to].
 */
export function sniff(bytes: Buffer, from: number, to: number, isWhole: boolean): Sniffed {
  const line = /^"?sep=(.)"?(\r\n|\r|\n)/i.exec(bytes.toString('latin1', from, Math.min(to, from + 16)))
  const limit = Math.min(to, from + SAMPLE_BYTES)
  if (line) {
    const delimiter = line[1]?.charCodeAt(0) ?? COMMA
    const crEnds = line[2] === '\r'
    return { delimiter, crEnds, separatorLineBytes: line[0].length }
  }
  const after = bytes[limit] as number
  let best = { delimiter: COMMA, weight: 0 }
  for (const delimiter of CANDIDATES) {
    const weight = weightOf(bytes, from, limit, { delimiter, crEnds: true }, isWhole && limit === to)
    if (weight > best.weight) best = { delimiter, weight }
  }
  const { delimiter } = best
  const crEnds = endsByCr(bytes, from, limit, delimiter, isWhole && limit === to)
  bytes[limit] = after
  return { delimiter, crEnds, separatorLineBytes: 0 }
}

function weightOf(bytes: Buffer, from: number, limit: number, form: RecordForm, isWhole: boolean): number {
  const counts: number[] = []
  const scanner = new RecordScanner(form)
  for (let at = from; at < limit && counts.length < RECORDS; at = scanner.next) {
    // Of a head without a whole record, what there is of it must do.
    if (!scanner.scan(bytes, at, limit, isWhole || counts.length === 0)) break
    if (scanner.ends[0] !== at || scanner.count > 1) counts.push(scanner.count)
  }
  const [header = 0, ...rows] = counts
  if (header < 2) return 0
  const alike = rows.filter((count) => count === header).length
  return header * (rows.length === 0 ? 1 : 0.05 + alike / rows.length)
}

/** Whether records end by CR alone: the first line end outside quotes tells. */
function endsByCr(bytes: Buffer, from: number, limit: number, delimiter: number, isWhole: boolean): boolean {
  const scanner = new RecordScanner({ delimiter, crEnds: true })
  if (!scanner.scan(bytes, from, limit, isWhole)) return false
  return bytes[scanner.ends[scanner.count - 1] as number] === CR && bytes[scanner.next - 1] !== LF
}
