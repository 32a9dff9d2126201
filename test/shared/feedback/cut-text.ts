import { cut } from '../../../shared/feedback/cut.ts'
import type { CutInput, CutResult } from '../../../shared/feedback/types.ts'

export interface CutText extends CutResult {
  /** Each part as text. */
  texts: string[]
  /** The parts' records without headers, parsed by `parseCsv`. */
  rows: string[][]
  header: string[]
  /** The set-aside file as text, byte order mark included; '' where nothing was set aside. */
  aside: string
  /** The same by file of an archive. */
  asideOf: (string | undefined)[]
  /** The set-aside records with the cells by header. */
  asideRows: Record<string, string>[]
}

/** When the tests' files are read. */
export const NOW_MS = Date.UTC(2026, 10, 24)

/** Cuts a text (as UTF-8) or bytes, given in chunks of `chunkBytes`. */
export async function cutText(
  content: string | Uint8Array,
  options: CutInput['options'] = {},
  more: Partial<CutInput> & { chunkBytes?: number } = {},
): Promise<CutText> {
  const { chunkBytes = 1 << 16, ...input } = more
  const texts: string[] = []
  const asideOf: (string | undefined)[] = []
  const result = await cut(
    { source: chunks(Buffer.from(content as string), chunkBytes), nowMs: NOW_MS, options, ...input },
    {
      async writePart(part, bytes) {
        if (part !== texts.length + 1) throw new Error(`part ${part} came after part ${texts.length}`)
        texts.push(Buffer.from(bytes).toString())
      },
      async writeSetAside(chunk, file) {
        asideOf[file - 1] = (asideOf[file - 1] ?? '') + Buffer.from(chunk).toString()
      },
    },
  )
  const aside = asideOf.join('')
  const tables = texts.map((text) => parseCsv(text))
  return {
    ...result,
    texts,
    header: tables[0]?.[0] ?? [],
    rows: tables.flatMap((table) => table.slice(1)),
    aside,
    asideOf,
    asideRows: asideOf.flatMap((text) => recordsOf(text ?? '')),
  }
}

export async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** The records of a set-aside file, by header. */
function recordsOf(text: string): Record<string, string>[] {
  const [, delimiter = ','] = /([,;\t|])relay_row/.exec(text) ?? []
  const [header = [], ...rows] = parseCsv(text.replace(/^\ufeff/, ''), delimiter)
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ''])))
}

/** A strict RFC 4180 reader, written without regard to the product's own: it throws where quotes are not regular. */
function parseCsv(text: string, delimiter = ','): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const cell = new RegExp(`("(?:[^"]|"")*"|[^"${delimiter}\r\n]*)([${delimiter}]|\r\n|\n|$)`, 'y')
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex
    const match = cell.exec(text)
    if (!match) throw new Error(`irregular CSV at ${at}`)
    const [, raw = '', stop] = match
    row.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw)
    if (stop === delimiter) {
      if (cell.lastIndex === text.length) row.push('')
      else continue
    }
    rows.push(row)
    row = []
  }
  return rows
}

export function toCsv(rows: string[][], delimiter = ',', newline = '\n'): string {
  const cell = (text: string) => (/["\r\n,;\t|]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return rows.map((row) => row.map(cell).join(delimiter) + newline).join('')
}
