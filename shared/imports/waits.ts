const SECOND_MS = 1000
const HOUR_MS = 3_600_000

/** Length of wait number `waits` (from 0): doubling from a second, at most `capMs`, between half of it and all of it. */
export function growingWaitMs(waits: number, random: () => number, capMs = HOUR_MS): number {
  const full = Math.min(capMs, SECOND_MS * 2 ** Math.min(waits, 30))
  return Math.round(full / 2 + (full / 2) * random())
}
