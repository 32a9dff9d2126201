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
    { source: chunks(Buffer.from(content as string), chunkBytes), options, ...input },
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
  const tables = texts.map(parseCsv)
  const [asideHeader = [], ...asideRows] = parseCsv(aside.replace(/^\ufeff/, ''))
  return {
    ...result,
    texts,
    header: tables[0]?.[0] ?? [],
    rows: tables.flatMap((table) => table.slice(1)),
    aside,
    asideOf,
    asideRows: asideRows.map((row) => Object.fromEntries(asideHeader.map((name, at) => [name, row[at] ?? '']))),
  }
}

export async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** A strict RFC 4180 reader, written without regard to the product's own: it throws where quotes are not regular. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|$)/y
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex
    const match = cell.exec(text)
    if (!match) throw new Error(`irregular CSV at ${at}`)
    const [, raw = '', stop] = match
    row.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw)
    if (stop === ',') {
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
