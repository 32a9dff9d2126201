import { isUtf8 } from 'node:buffer'
import { spawnSync } from 'node:child_process'
import { argv, env, execPath, resourceUsage, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { JOBS, type Job, PROGRAMS } from './jobs.ts'
import { median, type Result, report } from './results.ts'
import { survey } from './survey.ts'

/** Figures of cutting files. `BENCH_LARGE=1` adds a file of 5 GB, made while it is read. `node bench/run.ts` */

const SPEED_BYTES = 30_000_000
const ROUNDS = 3
const RSS_MEGABYTES = [10, 100, 500, 1000, ...(env.BENCH_LARGE ? [5000] : [])]
const OWN = 'cxi-relay'
const USUAL = 'csv-parse + csv-stringify'
const MOST_MEGABYTES = 150
const MOST_UTF8 = 0.05

/** Interleaved rounds, so that a busy machine is unfair to nobody; medians. */
async function speeds(job: Job): Promise<Result[]> {
  const times = new Map<string, number[]>()
  let rows: number | undefined
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, program] of Object.entries(PROGRAMS)) {
      const began = performance.now()
      const count = await program(job, survey(SPEED_BYTES, job.dates))
      times.set(name, [...(times.get(name) ?? []), performance.now() - began])
      rows ??= count
      if (count !== rows) throw new Error(`${name} wrote ${count} rows in "${job.name}", the first program ${rows}.`)
    }
  }
  const medianOf = (name: string) => median(times.get(name) ?? [])
  return [...times.keys()].map((program) => ({
    case: job.name,
    program,
    value: SPEED_BYTES / 1000 / medianOf(program),
    unit: 'MB/s',
    ratio: program === OWN ? null : medianOf(program) / medianOf(OWN),
    target: program === USUAL ? job.target : null,
  }))
}

/** How much of the quickest pass is spent on looking whether the bytes are UTF-8. */
async function utf8Share(): Promise<Result> {
  const [job] = JOBS as [Job]
  const shares: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now()
    await PROGRAMS[OWN]?.(job, survey(SPEED_BYTES, job.dates))
    const passMs = performance.now() - began
    let lookMs = 0
    for await (const chunk of survey(SPEED_BYTES, job.dates)) {
      const from = performance.now()
      isUtf8(chunk)
      lookMs += performance.now() - from
    }
    shares.push(lookMs / passMs)
  }
  const value = 100 * median(shares)
  return { case: 'A6 UTF-8 validation', program: OWN, value, unit: '% of A1', ratio: null, target: 100 * MOST_UTF8 }
}

/** Peak memory of a process of its own that cuts a file of that size. */
function peak(megabytes: number): Result {
  const { stdout: text, status } = spawnSync(execPath, [fileURLToPath(import.meta.url), '--peak', String(megabytes)])
  if (status !== 0) throw new Error(`The pass over ${megabytes} MB ended with ${status}.`)
  const [value, unit, target] = [Number(text), 'MB peak RSS', MOST_MEGABYTES]
  return { case: `A5 ${megabytes} MB`, program: OWN, value, unit, ratio: null, target }
}

if (argv[2] === '--peak') {
  await PROGRAMS[OWN]?.(JOBS[1] as Job, survey(Number(argv[3]) * 1e6, 'text'))
  stdout.write(String(resourceUsage().maxRSS / 1000))
} else {
  const results: Result[] = []
  for (const job of JOBS) results.push(...(await speeds(job)))
  results.push(await utf8Share())
  for (const megabytes of RSS_MEGABYTES) results.push(peak(megabytes))
  report(results, 'times slower than cxi-relay')
}
