import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { stringify } from 'csv-stringify/sync'
import papaparse from 'papaparse'
import { inferSchema, initParser } from 'udsv'
import type { Job } from './jobs.ts'

const PART_BYTES = 10_000_000
const BATCH_ROWS = 100

type Source = AsyncIterable<Buffer>

/** What a program with a CSV library does to a file: hash, read, validate, change, write, cut below 10 MB; answers the rows. */
export const PEERS: Record<string, (job: Job, source: Source) => Promise<number>> = {
  async 'csv-parse + csv-stringify'(job, source) {
    const writer = new Writer(job, (rows) => stringify(rows))
    for await (const row of Readable.from(hashed(source)).pipe(parse())) writer.add(row)
    return writer.end()
  },
  async 'papaparse + unparse'(job, source) {
    const writer = new Writer(job, (rows) => `${papaparse.unparse(rows)}\n`)
    const parser = papaparse.parse(papaparse.NODE_STREAM_INPUT, {})
    for await (const row of Readable.from(decoded(hashed(source))).pipe(parser)) writer.add(row)
    return writer.end()
  },
  // It has no writer, and hides rows that are too short or too long.
  async 'udsv + own writer'(job, source) {
    const writer = new Writer(job, lines)
    let parser: ReturnType<typeof initParser> | undefined
    const take = (row: string[]) => writer.add(row)
    for await (const text of decoded(hashed(source))) {
      if (!parser) {
        parser = initParser(inferSchema(text))
        writer.add(parser.schema.cols.map(({ name }) => name))
      }
      parser.chunk(text, parser.stringArrs, take)
    }
    parser?.end()
    return writer.end()
  },
}

/** Checks and changes rows and fills parts; serialised by the hundred, since a call for each would slow libraries down. */
class Writer {
  #count = 0
  #width = 0
  #header: string[] | undefined
  #batch: string[][] = []
  #part: string[] = []
  #bytes = 0
  readonly #job: Job
  readonly #lines: (rows: string[][]) => string

  constructor(job: Job, lines: (rows: string[][]) => string) {
    this.#job = job
    this.#lines = lines
  }

  add(row: string[]): void {
    if (this.#header === undefined) {
      this.#width = row.length
      this.#header = this.#job.header(row)
      this.#batch.push(this.#header)
      return
    }
    if (row.length !== this.#width || !/^\d*$/.test(row[2] as string)) return
    this.#batch.push(this.#job.row(row))
    this.#count += 1
    if (this.#batch.length === BATCH_ROWS) this.#flush()
  }

  end(): number {
    if (this.#batch.length > 0) this.#flush()
    Buffer.from(this.#part.join(''))
    return this.#count
  }

  #flush(): void {
    const text = this.#lines(this.#batch)
    if (this.#bytes + Buffer.byteLength(text) >= PART_BYTES) {
      Buffer.from(this.#part.join(''))
      this.#part = [this.#lines([this.#header as string[]])]
      this.#bytes = Buffer.byteLength(this.#part[0] as string)
    }
    this.#bytes += Buffer.byteLength(text)
    this.#part.push(text)
    this.#batch = []
  }
}

function lines(rows: string[][]): string {
  let text = ''
  for (const row of rows) {
    for (let at = 0; at < row.length; at++) {
      const cell = row[at] as string
      text += at > 0 ? ',' : ''
      text += /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
    }
    text += '\n'
  }
  return text
}

async function* hashed(source: Source): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const chunk of source) {
    hash.update(chunk)
    yield chunk
  }
  hash.digest()
}

/** papaparse and udsv break characters that two chunks share unless they are given text. */
async function* decoded(source: Source): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const chunk of source) yield decoder.decode(chunk, { stream: true })
  decoder.decode()
}
