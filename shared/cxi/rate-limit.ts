import type { IncomingHttpHeaders } from 'node:http'

/** Wootric's documentation: "after a minute has passed". */
const DEFAULT_WAIT_MS = 60_000
/** Nothing sensible asks for more; a wrong clock or header must not stop work for days. */
const LONGEST_WAIT_MS = 3_600_000

/** How long a 429 asks to wait: `Retry-After` (seconds or a date), else `X-Rate-Limit-Reset` (Unix seconds), else 60 s. */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number {
  const waitMs = fromRetryAfter(headers['retry-after'], nowMs) ?? fromReset(headers['x-rate-limit-reset'], nowMs)
  return waitMs === undefined ? DEFAULT_WAIT_MS : Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS)
}

function fromRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Math.ceil(Number(value) * 1000)
  const atMs = Date.parse(value)
  return Number.isNaN(atMs) ? undefined : atMs - nowMs
}

function fromReset(value: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof value !== 'string' || !/^\d+$/.test(value.trim())) return undefined
  return Number(value) * 1000 - nowMs
}
