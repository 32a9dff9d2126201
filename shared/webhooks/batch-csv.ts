import { quotedCell } from '../feedback/cells.ts'
import type { ReadOptions } from '../feedback/types.ts'
import type { MappedResponse } from './types.ts'

const SPECIAL = ['feedback_date', 'score', 'feedback', 'user_id', 'response_id'] as const

/** How a batch is read: its columns are CXI's own, its dates Unix seconds, and everything private is so already. */
export const BATCH_OPTIONS: ReadOptions = {
  columns: Object.fromEntries(SPECIAL.map((name) => [name, name])),
  reserved: 'rename',
}

/** CXI's own columns and one for every property that any of the responses has. */
export const columnsOf = (responses: readonly MappedResponse[]): string[] => [
  ...SPECIAL,
  ...new Set(responses.flatMap(({ properties }) => properties.map(([name]) => name))),
]

export function cellsOf(
  { feedback_date, score, feedback, user_id, id, properties }: MappedResponse,
  columns: string[],
) {
  const values = new Map(properties)
  const others = columns.slice(SPECIAL.length).map((name) => values.get(name) ?? '')
  return [feedback_date, score, feedback, user_id, id, ...others]
}

/** The responses as one CSV, a row for each. */
export function batchCsv(responses: readonly MappedResponse[], columns = columnsOf(responses)): string {
  const lines = [columns, ...responses.map((response) => cellsOf(response, columns))]
  return lines.map((cells) => `${cells.map(cellOf).join(',')}\n`).join('')
}

/** CXI gets no NUL, which no text of a person holds. */
const cellOf = (text: string) => quotedCell(text.includes('\0') ? text.replaceAll('\0', '') : text)
