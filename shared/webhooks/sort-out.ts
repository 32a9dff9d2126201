import type { RowErrorCode } from '../errors.ts'
import { quotedCell } from '../feedback/cells.ts'
import { RELAY_COLUMNS } from '../feedback/header.ts'
import type { Problem } from '../feedback/types.ts'
import { cellsOf, columnsOf } from './batch-csv.ts'
import type { Doubt } from './pick.ts'
import type { MappedResponse } from './types.ts'

/** A response as it was mapped, and which special columns several of its answers could be. */
export interface Mapped {
  response: MappedResponse
  doubts: Doubt[]
}

interface Unsendable {
  response: MappedResponse
  column: string
  code: RowErrorCode
  message: string
}

/** The responses of a batch: those that go to CXI, as far as their dates and scores can be read, before those that can't. */
export interface SortedOut {
  sendable: MappedResponse[]
  unsendable: Unsendable[]
  /** What is sent without something that it has: one for each kind of question. */
  remarks: Problem[]
}

/** Parts the responses whose mapping leaves nothing to send, or nothing that is sure, from the others. */
export function sortOut(mapped: readonly Mapped[]): SortedOut {
  const sendable: MappedResponse[] = []
  const unsendable: Unsendable[] = []
  const remarks = new Map<string, Problem>()
  for (const { response, doubts } of mapped) {
    const configured = doubts.find(({ isConfigured }) => isConfigured)
    if (configured) unsendable.push({ response, ...doubted(configured) })
    else if (response.score === '' && response.feedback.trim() === '') {
      const message = doubts[0] ? doubted(doubts[0]).message : NO_ANSWER
      unsendable.push({ response, column: 'score', code: 'no_answer', message })
    } else {
      sendable.push(response)
      // The header is row 1.
      const row = sendable.length + 1
      for (const one of doubts.map(doubted)) if (!remarks.has(one.message)) remarks.set(one.message, { row, ...one })
    }
  }
  return { sendable, unsendable, remarks: [...remarks.values()] }
}

const NO_ANSWER =
  "The response has neither a score nor feedback, so there is nothing to import; if it has, name the answer in the source's columns.score or columns.feedback."

function doubted({ column, answers, isConfigured }: Doubt) {
  const titles = answers
    .map(({ label, names: [name] }) => `"${label}"${name === undefined ? '' : ` (${name})`}`)
    .join(', ')
  const why = isConfigured
    ? `columns.${column} fits several answers: ${titles}. Write it so that it fits one, by the question's id if need be.`
    : `Several answers could be the ${column}: ${titles}. None was taken and all are properties; say in columns.${column} which it is.`
  return { column, code: 'duplicate_column' as const, message: why }
}

/** The rows of these responses behind those that were set aside while cutting; `rowsBefore` counts the header. */
export function setAsideLines(
  { unsendable }: SortedOut,
  all: readonly MappedResponse[],
  rowsBefore: number,
  hasHeader: boolean,
): string {
  const columns = columnsOf(all)
  const lines = unsendable.map(({ response, column, code, message }, at) => [
    ...cellsOf(response, columns),
    String(rowsBefore + at + 1),
    column,
    code,
    message,
  ])
  const header = hasHeader ? [] : [[...columns, ...RELAY_COLUMNS]]
  const text = [...header, ...lines].map((cells) => `${cells.map(quotedCell).join(',')}\n`).join('')
  return hasHeader || text === '' ? text : `\ufeff${text}`
}

export const problemsOf = ({ unsendable }: SortedOut, rowsBefore: number): Problem[] =>
  unsendable.map(({ column, code, message }, at) => ({ row: rowsBefore + at + 1, column, code, message }))
