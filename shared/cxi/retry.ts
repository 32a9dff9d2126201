import type { Clock } from '../ports.ts'
import { CxiError } from './errors.ts'

const TRIES = 3
const FIRST_WAIT_MS = 250
/** Whoever must wait longer than this is told so instead, and comes back. */
const LONGEST_WAIT_MS = 10_000

export interface RetryPolicy {
  clock: Clock
  random: () => number
  /** Whether the call does the same when it is done twice; any other is repeated only where it cannot have arrived. */
  repeatable: boolean
  /** No try begins after this, in ms since the epoch of the machine. */
  deadlineMs: number
  signal?: AbortSignal | undefined
}

/** Repeats a call on passing faults, a few times and with full jitter. */
export async function withRetries<T>(policy: RetryPolicy, call: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await call()
    } catch (error) {
      const waitMs = tried < TRIES && error instanceof CxiError ? nextWaitMs(error, tried, policy) : null
      if (waitMs === null) throw error
      await policy.clock.sleep(waitMs, policy.signal).catch(() => {
        throw error
      })
    }
  }
}

function nextWaitMs(error: CxiError, tried: number, policy: RetryPolicy): number | null {
  if (policy.signal?.aborted || !isPassing(error)) return null
  if (!policy.repeatable && error.code !== 'cxi_unreachable') return null
  const asked = error.retryAfterMs ?? 0
  if (asked > LONGEST_WAIT_MS) return null
  const waitMs = asked + policy.random() * FIRST_WAIT_MS * 4 ** (tried - 1)
  return Date.now() + waitMs < policy.deadlineMs ? waitMs : null
}

/** Trouble with the account is not: the gate and the token provider set its pace. */
function isPassing(error: CxiError): boolean {
  switch (error.code) {
    case 'cxi_unreachable':
    case 'cxi_no_answer':
    case 'cxi_server_error':
    case 'cxi_rate_limited':
    case 'cxi_bad_answer':
      return true
    default:
      return false
  }
}
