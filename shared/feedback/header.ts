/** One column of a file, as its header rows name it. */
export interface Column {
  /** From 0, as in the file. */
  index: number
  /** Its cell in each header row, blanks taken off both ends. */
  texts: string[]
  /** The header as a person sees it: the first header row, or what stands below it where that is empty. */
  found: string
  /** What CXI shall call the property: no tags, no line breaks; '' where the column has no header. */
  clean: string
}

/** Columns that a set-aside file has in addition; ignored when it is dropped again. */
export const RELAY_COLUMNS = ['relay_row', 'relay_column', 'relay_code', 'relay_reason'] as const
/** The one more that it has where its rows come from an archive. */
export const RELAY_FILE = 'relay_file'

/** Makes columns of header rows; `nameOf` says how a tool that writes several rows names a column. */
export function columnsOf(rows: string[][], nameOf = firstText): Column[] {
  const width = rows[0]?.length ?? 0
  return Array.from({ length: width }, (_, index) => {
    const texts = rows.map((row) => (row[index] ?? '').trim())
    const found = nameOf(rows, index).trim()
    return { index, texts, found, clean: cleanHeader(found) }
  })
}

/** Whether a configured header means this column: any of its header rows, as they stand or cleaned. */
export function isNamed(column: Column, header: string): boolean {
  const wanted = header.trim()
  return names(column).some((text) => text !== '' && text === wanted)
}

/** Whether a pattern finds this column by any of its header rows. */
export function isMatched(column: Column, pattern: RegExp): boolean {
  return names(column).some((text) => {
    pattern.lastIndex = 0
    return text !== '' && pattern.test(text)
  })
}

/** What a column may be called: whoever configures one copies it from the tool's page, without tags and line breaks. */
function names({ found, clean, texts }: Column): string[] {
  return [found, clean, ...texts, ...texts.map(cleanHeader)]
}

/** Form in which headers are compared with CXI's names and with a tool's own: `Submit Date` is `submit date`. */
export function plain(header: string): string {
  return header.toLowerCase()
}

export function isRelayColumn(column: Column): boolean {
  return [...RELAY_COLUMNS, RELAY_FILE].some((name) => name === plain(column.clean))
}

function firstText(rows: string[][], index: number): string {
  return rows.map((row) => row[index] ?? '').find((text) => text.trim() !== '') ?? ''
}

function cleanHeader(text: string): string {
  const clean = text
    .replace(/<\/?[a-z][^<>]*>/gi, '')
    .replace(/[\s\u00a0\u200b\ufeff]+/g, ' ')
    .trim()
  return clean === '' ? text.replace(/\s+/g, ' ').trim() : clean
}
