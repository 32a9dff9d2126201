/** The bytes that mean something in a CSV. */
export const TAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SPACE = 0x20
export const QUOTE = 0x22
export const COMMA = 0x2c
export const SEMICOLON = 0x3b
export const PIPE = 0x7c

/** Whether bytes[from, to) holds nothing but spaces and tabs. */
export function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== SPACE && bytes[i] !== TAB) return false
  return true
}

/** How many of bytes[from, to) belong to whole UTF-8 characters: a character that is cut at `to` is left out. */
export function wholeCharactersEnd(bytes: Uint8Array, from: number, to: number): number {
  for (let back = 1; back <= 3 && to - back >= from; back++) {
    const byte = bytes[to - back] as number
    if (byte < 0x80) return to
    if (byte < 0xc0) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return length > back ? to - back : to
  }
  return to
}
