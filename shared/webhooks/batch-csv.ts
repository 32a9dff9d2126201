import { quotedCell } from '../feedback/cells.ts'
import type { ReadOptions } from '../feedback/types.ts'
import type { MappedResponse } from './types.ts'

const SPECIAL = ['feedback_date', 'score', 'feedback', 'user_id', 'response_id'] as const

/** How a batch is read: its columns are CXI's own, its dates Unix seconds, and everything private is so already. */
export const BATCH_OPTIONS: ReadOptions = {
  columns: Object.fromEntries(SPECIAL.map((name) => [name, name])),
  reserved: 'rename',
}

/** The responses as one CSV, a row for each, with a column for every property that any of them has. */
export function batchCsv(responses: readonly MappedResponse[]): string {
  const names = [...new Set(responses.flatMap(({ properties }) => properties.map(([name]) => name)))]
  const lines = [[...SPECIAL, ...names]]
  for (const response of responses) {
    const { feedback_date, score, feedback, user_id, id } = response
    const values = new Map(response.properties)
    lines.push([feedback_date, score, feedback, user_id, id, ...names.map((name) => values.get(name) ?? '')])
  }
  return lines.map((cells) => `${cells.map(cellOf).join(',')}\n`).join('')
}

/** CXI gets no NUL, which no text of a person holds. */
const cellOf = (text: string) => quotedCell(text.includes('\0') ? text.replaceAll('\0', '') : text)
