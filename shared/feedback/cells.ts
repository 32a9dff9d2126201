import { isUtf8 } from 'node:buffer'
import { QUOTE } from './bytes.ts'

/** Text of the cell bytes[from, to), quotes taken off; bytes that are not UTF-8 stand as `\xF6`. */
export function cellText(bytes: Buffer, from: number, to: number): string {
  if (bytes[from] !== QUOTE || to <= from) return utf8Text(bytes, from, to)
  const last = to - 1
  if (last > from && bytes[last] === QUOTE) return utf8Text(bytes, from + 1, last).replaceAll('""', '"')
  // Something follows the closing quote: as in a spreadsheet, it belongs to the text.
  const raw = utf8Text(bytes, from + 1, to)
  const close = closingQuote(raw)
  const tail = raw.slice(close + 1)
  return raw.slice(0, close).replaceAll('""', '"') + (tail.trim() === '' ? '' : tail)
}

function closingQuote(text: string): number {
  let at = text.indexOf('"')
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at < 0 ? text.length : at
}

/** A cell as its file has it, quotes too; bytes that are not UTF-8 stand as `\xF6`. */
export function rawText(cell: Buffer): string {
  return utf8Text(cell, 0, cell.length)
}

/** A cell as RFC 4180 writes it. */
export function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Bytes as text; what is not UTF-8 stands as `\xF6`, and a NUL as `\x00`. */
function utf8Text(bytes: Buffer, from: number, to: number): string {
  const plain = bytes.toString('utf8', from, to)
  if (!/[\0\ufffd]/.test(plain)) return plain
  const part = bytes.subarray(from, to)
  let text = ''
  let good = 0
  for (let i = 0; i < part.length; ) {
    const length = characterLength(part, i)
    if (length > 0) {
      i += length
      continue
    }
    text += part.toString('utf8', good, i) + escaped(part[i] as number)
    good = ++i
  }
  return (text + part.toString('utf8', good)).replaceAll('\0', '\\x00')
}

/** Length of the UTF-8 character at `at`; 0 where there is none. */
function characterLength(bytes: Buffer, at: number): number {
  const lead = bytes[at] as number
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (length <= 1) return length
  return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0
}

function escaped(byte: number): string {
  return `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
