import type { Deaths, Work } from './records.ts'

/** Deaths in a row on one step that set work aside, if they are an hour apart: what kills so often is the work itself. */
const MAX_DEATHS = 5
const HOUR_MS = 3_600_000

/** The deaths in a row at this step, that of an attempt which nobody runs any more included. */
export function deathsOf({ step: last, deaths, begunMs }: Work, step: string): Deaths | null {
  if (last !== step) return null
  return { count: (deaths?.count ?? 0) + 1, firstMs: deaths?.firstMs ?? begunMs, lastMs: begunMs }
}

export function isExhausted(work: Work, step: string): boolean {
  const deaths = deathsOf(work, step)
  return deaths !== null && deaths.count >= MAX_DEATHS && deaths.lastMs - deaths.firstMs >= HOUR_MS
}
