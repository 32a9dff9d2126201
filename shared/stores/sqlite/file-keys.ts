import { join } from 'node:path'
import { RelayError } from '../../errors.ts'

/** File systems hold 255 bytes in a name; what is longer goes on in a folder below, whose name ends in a bare `%`. */
const PIECE_BYTES = 200

const RESERVED_ON_WINDOWS = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be found.
const UNSAFE = /[\u0000-\u001f\u007f<>:"\\|?*%]|^\.|[. ]$/g

/**
 * The file of a key, under `folder`. Every key has one file and every file one key. Throws RelayError `key_invalid`
 * for a key that is absolute, has empty, `.` or `..` segments or a NUL, or lies in no folder (the home's own files do).
 */
export function pathOfKey(folder: string, key: string): string {
  const segments = segmentsOf(key)
  if (segments.length < 2) throw invalid(key, 'lies in no folder')
  return join(folder, ...segments.flatMap(piecesOf))
}

/** The segments of a key or relative path, checked. Throws RelayError `key_invalid`. */
export function segmentsOf(key: string): string[] {
  if (key.includes('\0')) throw invalid(key, 'holds a NUL')
  const segments = key.split('/')
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw invalid(key, 'has an empty, "." or ".." segment')
  }
  // On Windows these would be more segments, or another drive.
  if (process.platform === 'win32' && key.startsWith('inbox/') && /[\\:]/.test(key)) {
    throw invalid(key, 'holds a backslash or colon')
  }
  return segments
}

/** Names of the files and folders that a segment stands for: one, or several for a very long one. */
export function piecesOf(segment: string): string[] {
  const safe = segment
    .replace(UNSAFE, percentEncoded)
    .replace(RESERVED_ON_WINDOWS, (name) => percentEncoded(name.charAt(0)) + name.slice(1))
  const pieces: string[] = []
  let piece = ''
  let bytes = 0
  for (const character of safe.match(/%[0-9A-F]{2}|./gsu) ?? []) {
    const more = Buffer.byteLength(character)
    if (bytes + more > PIECE_BYTES) {
      pieces.push(`${piece}%`)
      piece = ''
      bytes = 0
    }
    piece += character
    bytes += more
  }
  return [...pieces, piece]
}

/** What a file's or folder's name says of the segment; `isPart` when the rest lies in the folder. */
export function textOfPiece(name: string): { text: string; isPart: boolean } {
  const isPart = name.endsWith('%')
  const text = (isPart ? name.slice(0, -1) : name).replace(/%([0-9A-F]{2})/g, (_, hex: string) => {
    return String.fromCharCode(Number.parseInt(hex, 16))
  })
  return { text, isPart }
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

function invalid(key: string, why: string): RelayError {
  return new RelayError('key_invalid', `The key ${JSON.stringify(key)} ${why}; it cannot be a file of the data folder.`)
}
