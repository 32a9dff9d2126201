import { FileDefect } from './cut-error.ts'

/** Deflate reaches 1032:1; the most monotonous real exports stay near 100:1. */
const MAX_RATIO = 200
/** A small file may be as monotonous as it likes. */
export const HARMLESS_BYTES = 50_000_000
const MAX_BYTES = 50_000_000_000

export const MAX_ENTRIES = 1000

export function unsafe(what: string, advice: string, cause?: unknown): FileDefect {
  return new FileDefect('archive_unsafe', `${what} Nothing of it was imported. ${advice}`, { cause })
}

/** Throws FileDefect `archive_unsafe` where so many bytes came out of so few that it must be a bomb. */
export function checkExpansion(packedBytes: number, unpackedBytes: number, harmlessBytes: number): void {
  const isBomb = unpackedBytes > harmlessBytes && unpackedBytes > packedBytes * MAX_RATIO
  if (!isBomb && unpackedBytes <= MAX_BYTES) return
  throw unsafe(
    isBomb
      ? `The archive unpacks to more than ${MAX_RATIO} times its size.`
      : `The archive unpacks to more than ${MAX_BYTES} bytes.`,
    'If its content is right, unpack it and drop the CSV inside.',
  )
}
