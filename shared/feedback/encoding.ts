import { TextDecoder } from 'node:util'
import { CR, LF, TAB } from './bytes.ts'
import { FileDefect } from './cut-error.ts'
import { notACsv } from './file-kind.ts'

/** How the bytes of a file become UTF-8. */
export interface Encoding {
  /** As TextDecoder names it. */
  label: string
  /** Length of the byte order mark. */
  bomBytes: number
  /** UTF-8 is cut as it is; everything else is decoded first. */
  isUtf8: boolean
}

/**
 * Decides the encoding from a file's first bytes: by byte order mark, else as configured, else UTF-8. Throws FileDefect
 * `encoding_unknown`, and `not_a_csv` for binary data.
 */
export function encodingOf(head: Buffer, configured: string | undefined): Encoding {
  if (begins(head, [0xef, 0xbb, 0xbf])) return { label: 'utf-8', bomBytes: 3, isUtf8: true }
  if (begins(head, [0xff, 0xfe, 0, 0]) || begins(head, [0, 0, 0xfe, 0xff])) {
    throw unknown('The file is in UTF-32. Save it as UTF-8.')
  }
  if (begins(head, [0xff, 0xfe])) return { label: 'utf-16le', bomBytes: 2, isUtf8: false }
  if (begins(head, [0xfe, 0xff])) return { label: 'utf-16be', bomBytes: 2, isUtf8: false }
  const label = configured === undefined ? 'utf-8' : labelOf(configured)
  if (!label.startsWith('utf-16')) refuseNuls(head)
  return { label, bomBytes: 0, isUtf8: label === 'utf-8' }
}

/** FileDefect for a file whose header already is not UTF-8. */
export function notUtf8(): FileDefect {
  return unknown(
    `The file's header is not UTF-8. Save the file as UTF-8, or set the source's encoding, for example encoding: 'windows-1252'.`,
  )
}

function labelOf(configured: string): string {
  try {
    return new TextDecoder(configured.trim()).encoding
  } catch (cause) {
    const message = `The source's encoding "${configured}" is not known. Use a name of the WHATWG encoding standard, for example 'windows-1252'.`
    throw new FileDefect('encoding_unknown', message, { cause })
  }
}

function refuseNuls(head: Buffer): void {
  let even = 0
  let odd = 0
  for (let at = head.indexOf(0); at >= 0; at = head.indexOf(0, at + 1)) {
    if (at % 2 === 0) even += 1
    else odd += 1
  }
  const nuls = even + odd
  if (nuls === 0) return
  // Text of Western languages in UTF-16 has a NUL in nearly every second place, always the same one.
  if (nuls > head.length / 5 && Math.min(even, odd) < nuls / 20) {
    const label = odd > even ? 'utf-16le' : 'utf-16be'
    throw unknown(
      `The file seems to be UTF-16 without a byte order mark. Save it as UTF-8, or set the source's encoding: '${label}'.`,
    )
  }
  // A text of a person may hold one by mistake; a header, or text among other control characters, does not.
  const controls = head.reduce((sum, byte) => (isControl(byte) ? sum + 1 : sum), 0)
  const firstLine = head.subarray(0, Math.max(head.indexOf(LF), 1))
  if (!firstLine.includes(0) && controls <= head.length / 50) return
  throw notACsv('binary data (it holds NUL bytes)', 'Export the responses as CSV in UTF-8.')
}

const isControl = (byte: number) => byte > 0 && byte < 0x20 && byte !== TAB && byte !== LF && byte !== CR

function unknown(message: string): FileDefect {
  return new FileDefect('encoding_unknown', message)
}

function begins(head: Buffer, bytes: number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte)
}
