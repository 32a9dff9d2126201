import { messageOf } from '../shared/errors.ts'
import type { WebhookDeps } from '../shared/webhooks/deps.ts'
import { flushSources } from '../shared/webhooks/flush.ts'
import { alarmForgotten } from '../shared/webhooks/forgotten-sources.ts'
import { sweepQuarantine } from '../shared/webhooks/quarantine.ts'

/** A look finds nothing in an index most of the time; what has settled goes at once. */
const FLUSH_EVERY_MS = 1000
const SWEEP_EVERY_MS = 3_600_000

/** Looks for settled responses every second, and once an hour for what quarantine has kept long enough and what waits for no source; until aborted. */
export async function flushRegularly(deps: WebhookDeps, signal: AbortSignal, everyMs = FLUSH_EVERY_MS): Promise<void> {
  let sweptAtMs = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    try {
      await flushSources(deps)
      if (deps.clock.now() - sweptAtMs >= SWEEP_EVERY_MS) {
        sweptAtMs = deps.clock.now()
        await sweepQuarantine(deps)
        await alarmForgotten(deps)
      }
    } catch (error) {
      deps.logger.warn('flush.failed', { message: messageOf(error) })
    }
    await deps.clock.sleep(everyMs, signal).catch(() => undefined)
  }
}
