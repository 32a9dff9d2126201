import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** One figure of the benchmarks. */
export interface Result {
  case: string
  program: string
  value: number
  unit: string
  /** How it compares to the peer that the benchmark names; null where it is a peer, or compared to nothing. */
  ratio: number | null
  /** What the ratio, or else the value, is to be. */
  target?: number | null
}

const FILE = new URL('results.json', import.meta.url)

/** Prints figures, and keeps them in `results.json` in the place of earlier ones of the same cases. */
export function report(results: Result[], meaning = 'times the peer'): void {
  for (const { case: name, program, value, unit, ratio, target } of results) {
    const times = ratio === null ? '' : `  ${ratio.toFixed(2)} ${meaning}`
    const wanted = target === undefined || target === null ? '' : ` (target ${Number(target.toFixed(2))})`
    console.log(`${name.padEnd(38)}${program.padEnd(40)}${value.toFixed(1).padStart(8)} ${unit}${times}${wanted}`)
  }
  const cases = new Set(results.map(({ case: name }) => name))
  const earlier = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Result[]) : []
  const kept = [...earlier.filter(({ case: name }) => !cases.has(name)), ...results]
  writeFileSync(FILE, `${JSON.stringify(kept, null, 2)}\n`)
}

export const median = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[all.length >> 1] as number
