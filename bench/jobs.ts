import { createHmac } from 'node:crypto'
import { cut } from '../shared/feedback/cut.ts'
import type { ReadOptions } from '../shared/feedback/types.ts'
import { PEERS } from './peers.ts'

const KEY = Buffer.alloc(32, 7)

/** What is done to a file: how cxi-relay is told to, and what a program with a CSV library does to each row. */
export interface Job {
  name: string
  /** How many times as fast as csv-parse + csv-stringify it is to be. */
  target: number
  dates: 'unix' | 'text'
  options: ReadOptions
  header(row: string[]): string[]
  row(row: string[]): string[]
}

const renamed = (row: string[]) => row.map((name) => (name === 'Submitted' ? 'feedback_date' : name))
const seconds = (text: string) => String(Date.parse(`${text.replace(' ', 'T')}Z`) / 1000)

export const JOBS: Job[] = [
  {
    name: 'A1 rows pass as they are',
    target: 12,
    dates: 'unix',
    options: { columns: { feedback_date: 'Submitted' } },
    header: renamed,
    row: (row) => row,
  },
  {
    name: 'A2 every date rewritten',
    target: 8,
    dates: 'text',
    options: { columns: { feedback_date: 'Submitted' } },
    header: renamed,
    row: (row) => row.with(1, seconds(row[1] as string)),
  },
  {
    name: 'A3 every row reshaped',
    target: 4,
    dates: 'text',
    options: {
      columns: { feedback_date: 'Submitted' },
      privacy: { email: 'hash', Country: 'drop', Device: 'drop' },
      privacyKey: KEY,
    },
    header: (row) => renamed(row).filter((_, at) => at !== 5 && at !== 7),
    row: (row) =>
      row
        .with(1, seconds(row[1] as string))
        .with(
          4,
          createHmac('sha256', KEY)
            .update(row[4] as string)
            .digest('hex'),
        )
        .filter((_, at) => at !== 5 && at !== 7),
  },
]

/** Each reads, hashes, validates, cuts below 10 MB, and answers the rows that it wrote. */
export const PROGRAMS: Record<string, (job: Job, source: AsyncIterable<Buffer>) => Promise<number>> = {
  async 'cxi-relay'(job, source) {
    const nothing = async () => undefined
    const sinks = { writePart: nothing, writeSetAside: nothing, noteRows: nothing }
    const input = { source, options: job.options, reuseParts: true, rowKey: KEY }
    const { parts } = await cut(input, sinks)
    return parts.reduce((sum, { rows }) => sum + rows, 0)
  },
  ...PEERS,
}
