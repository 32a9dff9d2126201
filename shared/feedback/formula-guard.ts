import { QUOTE } from './bytes.ts'

const APOSTROPHE = 0x27
/** What a spreadsheet would take for the beginning of a formula: `=`, `+`, `-`, `@`, tab, carriage return. */
const FORMULA_STARTS = '=+-@\t\r'

/** The text without the apostrophe that a survey tool puts before what a spreadsheet would take for a formula. */
export function withoutGuard(text: string): string {
  return text.startsWith("'") && text.length > 1 && FORMULA_STARTS.includes(text.charAt(1)) ? text.slice(1) : text
}

/** Where in the cell bytes[from, to) such an apostrophe stands; -1 where there is none. */
export function guardIn(bytes: Uint8Array, from: number, to: number): number {
  const at = bytes[from] === QUOTE ? from + 1 : from
  if (at + 1 >= to || bytes[at] !== APOSTROPHE) return -1
  return FORMULA_STARTS.includes(String.fromCharCode(bytes[at + 1] as number)) ? at : -1
}
