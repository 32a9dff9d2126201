import { isUtf8 } from 'node:buffer'
import type { Unknowns } from './unknowns.ts'

const BOM = '\ufeff'

/** The text of a CSV; undefined where it is in no encoding that counts. */
export function csvText(bytes: Buffer, setting: Unknowns['U-13']): string | undefined {
  const utf16 = setting === 'detect' ? fromUtf16(bytes) : undefined
  if (utf16 !== undefined) return utf16
  if (!isUtf8(bytes)) return undefined
  const text = bytes.toString()
  // The parser takes one mark off by itself.
  return setting === 'strict' && text.startsWith(BOM) ? BOM + text : text
}

function fromUtf16(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return undefined
}

/** A comma, or what stands most often in the first line of a file that may have others. */
export function delimiterOf(text: string, setting: Unknowns['U-13']): string {
  if (setting !== 'detect') return ','
  const [line = ''] = text.split(/[\r\n]/, 1)
  const count = (delimiter: string) => line.split(delimiter).length
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best))
}
