import Papa from 'papaparse'
import { secondsOf } from './csv-date.ts'
import { csvText, delimiterOf } from './csv-text.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Unknowns } from './unknowns.ts'

export interface CsvRow {
  feedback: string | null
  user_id: string | null
  feedback_date: number
  score: number | null
  /** The values of `CsvFile.columns`. */
  cells: string[]
}

export interface CsvFile {
  /** Every column that is not one of the special ones, by its name as it stands in the file. */
  columns: string[]
  rows: CsvRow[]
}

const RESERVED = ['tags', 'wootric_response_id']
const SPECIAL = ['feedback', 'feedback_date', 'user_id', 'score'] as const
const LIMITS = { 'below-10-mb': 9_999_999, 'up-to-10-mb': 10_000_000, 'up-to-10-mib': 10_485_760 }

/** Reads an uploaded CSV by the documentation's rules. Throws a Refusal that names row (the header is 1) and column. */
export function readCsv(bytes: Buffer, unknowns: Unknowns): CsvFile {
  const fail = (message: string) => refuse(unknowns['U-05'] === 'reject-file-400' ? 400 : 422, message)
  if (bytes.length > LIMITS[unknowns['U-12']]) {
    throw refuse(413, 'The CSV file is too large; imports only work for CSVs less than 10MB in size.')
  }
  const text = csvText(bytes, unknowns['U-13'])
  if (text === undefined) throw fail('The CSV file is not UTF-8.')
  const [header = [], ...records] = recordsOf(text, delimiterOf(text, unknowns['U-13']), fail)
  const row = rowReader(header, unknowns, fail)
  const rows: CsvRow[] = []
  for (const [index, cells] of records.entries()) {
    if (isBlank(cells)) continue
    const read = row(cells)
    if (typeof read !== 'string') rows.push(read)
    else if (unknowns['U-05'] !== 'skip-rows') throw fail(`row ${index + 2}: ${read}`)
  }
  if (records.every(isBlank)) throw fail('The CSV file has no rows.')
  return { columns: header.filter((_, index) => !row.special.includes(index)), rows }
}

const isBlank = (cells: string[]) => cells.length === 1 && cells[0]?.trim() === ''

function recordsOf(text: string, delimiter: string, fail: (message: string) => Refusal): string[][] {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter })
  const [error] = errors
  if (error) throw fail(`row ${(error.row ?? 0) + 1}: ${error.message}.`)
  return data
}

/** Answers a row, or what is wrong with it. */
function rowReader(header: string[], unknowns: Unknowns, fail: (message: string) => Refusal) {
  const columns = columnsOf(header, unknowns, fail)
  const special = Object.values(columns).filter((index) => index >= 0)
  const others = header.map((_, index) => index).filter((index) => !special.includes(index))
  const read = (cells: string[]): CsvRow | string => {
    if (cells.length !== header.length) return `${cells.length} fields instead of ${header.length}.`
    const date = cells[columns.feedback_date] ?? ''
    const seconds = secondsOf(date, unknowns['U-11'])
    if (seconds === undefined) return `feedback_date ${shown(date)} is not a valid date.`
    const score = cells[columns.score] ?? ''
    if (!/^(-?\d{1,15})?$/.test(score)) return `score ${shown(score)} is not an integer.`
    return {
      feedback: cells[columns.feedback] || null,
      user_id: cells[columns.user_id] || null,
      feedback_date: seconds,
      score: score === '' ? null : Number(score),
      cells: others.map((index) => cells[index] ?? ''),
    }
  }
  return Object.assign(read, { special })
}

function columnsOf(header: string[], unknowns: Unknowns, fail: (message: string) => Refusal) {
  const names = unknowns['U-18'] === 'exact' ? header : header.map((name) => lenient(name))
  for (const name of RESERVED) {
    if (names.includes(name)) throw fail(`The column name ${name} is reserved and cannot be used in the CSV file.`)
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw fail(`The column ${shown(twice)} stands twice in the CSV file.`)
  const unnamed = names.findIndex((name) => name.trim() === '')
  if (unnamed >= 0) throw fail(`Column ${unnamed + 1} of the CSV file has no name.`)
  if (!names.includes('feedback_date')) throw fail('The CSV file has no feedback_date column.')
  const index = (name: (typeof SPECIAL)[number]) => names.indexOf(name)
  return {
    feedback: index('feedback'),
    feedback_date: index('feedback_date'),
    user_id: index('user_id'),
    score: index('score'),
  }
}

function lenient(name: string): string {
  const plain = name.trim().toLowerCase()
  return [...SPECIAL, ...RESERVED].some((known) => known === plain) ? plain : name
}

const shown = (value: string) => JSON.stringify(value.slice(0, 50))
