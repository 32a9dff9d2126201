/** Longest name or value that is kept; CXI's are far shorter. */
const MAX_KEPT_BYTES = 65_536

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

type Place = 'start' | 'key' | 'after-key' | 'value' | 'scalar' | 'nested' | 'after-value' | 'end'

/**
 * Reads the plain values at the top of a JSON object as its bytes arrive, in any pieces, and holds nothing else:
 * lists and objects inside are skipped. Throws SyntaxError where the bytes are not such an object.
 */
export class AnswerHead {
  /** What was read so far. */
  readonly values = new Map<string, unknown>()
  readonly #wanted: ReadonlySet<string>
  #place: Place = 'start'
  #inString = false
  #escaped = false
  #depth = 0
  #key = ''
  #kept: number[] = []

  constructor(wanted: readonly string[]) {
    this.#wanted = new Set(wanted)
  }

  /** Whether everything wanted was read, or the object has ended. */
  get done(): boolean {
    return this.#place === 'end' || this.values.size === this.#wanted.size
  }

  /** Takes the next bytes; answers `done`. */
  push(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length && !this.done; at += 1) {
      if (this.#place === 'nested') at = this.#skipNested(bytes, at)
      else this.#take(bytes[at] ?? 0)
    }
    return this.done
  }

  #take(byte: number): void {
    if (this.#place === 'key' || this.#place === 'scalar') {
      this.#takeKept(byte)
      return
    }
    if (isSpace(byte)) return
    switch (this.#place) {
      case 'start':
        // A byte order mark is let pass.
        if (byte === OPEN_BRACE) this.#place = 'after-value'
        else if (byte !== 0xef && byte !== 0xbb && byte !== 0xbf) throw unexpected()
        return
      case 'after-key':
        if (byte !== COLON) throw unexpected()
        this.#place = 'value'
        return
      case 'value':
        this.#beginValue(byte)
        return
      case 'after-value':
        if (byte === CLOSE_BRACE) this.#place = 'end'
        else if (byte === QUOTE) this.#beginKept('key', byte)
        else if (byte !== COMMA) throw unexpected()
    }
  }

  #beginValue(byte: number): void {
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#place = 'nested'
      this.#depth = 1
      this.#inString = false
    } else {
      this.#beginKept('scalar', byte)
    }
  }

  #beginKept(place: 'key' | 'scalar', byte: number): void {
    this.#place = place
    this.#inString = byte === QUOTE
    this.#escaped = false
    this.#kept = [byte]
  }

  #takeKept(byte: number): void {
    if (!this.#inString) {
      if (byte === COMMA || byte === CLOSE_BRACE || isSpace(byte)) {
        this.#endKept()
        this.#take(byte)
        return
      }
      this.#keep(byte)
      return
    }
    this.#keep(byte)
    if (this.#escaped) this.#escaped = false
    else if (byte === BACKSLASH) this.#escaped = true
    else if (byte === QUOTE) this.#endKept()
  }

  #keep(byte: number): void {
    if (this.#kept.length >= MAX_KEPT_BYTES) throw new SyntaxError('A name or value in the answer is too long.')
    this.#kept.push(byte)
  }

  #endKept(): void {
    const value: unknown = JSON.parse(Buffer.from(this.#kept).toString('utf8'))
    this.#kept = []
    if (this.#place === 'key') {
      this.#key = String(value)
      this.#place = 'after-key'
      return
    }
    this.#place = 'after-value'
    if (this.#wanted.has(this.#key)) this.values.set(this.#key, value)
  }

  /** Goes on until the list or object is closed; answers where in `bytes` that was, or the last place. */
  #skipNested(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at]
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) this.#inString = false
      } else if (byte === QUOTE) {
        this.#inString = true
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth += 1
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth -= 1
        if (this.#depth === 0) {
          this.#place = 'after-value'
          return at
        }
      }
    }
    return bytes.length
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function unexpected(): SyntaxError {
  return new SyntaxError('The answer is not a JSON object.')
}
