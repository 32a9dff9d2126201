import { RelayError } from '../../shared/errors.ts'
import { decideParts } from '../../shared/imports/decide.ts'
import { retryArrival, retryDrop } from '../../shared/imports/retry.ts'
import { identify } from '../../shared/imports/status.ts'
import { createWebhookDoor } from '../../shared/webhooks/door.ts'
import { retrySource } from '../../shared/webhooks/retry-source.ts'
import { type HomeOptions, withHome } from './opened-home.ts'

/**
 * Tries again what was given up, looks at once at what is waiting, or goes on as a person decided. Throws RelayErrors
 * `not_found`, `nothing_named` and those of `decideParts`.
 */
export async function retry(
  what: string | undefined,
  options: HomeOptions & { source?: string; since: string; send?: boolean; adopt?: number; part?: number },
): Promise<void> {
  if (options.source !== undefined) return retryResponses(options.source, options)
  if (what === undefined) throw new RelayError('nothing_named', 'Name a drop to try again, or a webhook with --source.')
  await withHome(options, async ({ deps, whenDone }) => {
    const { drop, arrival } = await identify(deps, what)
    const decision =
      options.adopt !== undefined ? { adopt: options.adopt } : options.send ? { send: true as const } : null
    if (decision) {
      await decideParts(deps, drop ?? '', decision, options.part)
      console.log(`${'adopt' in decision ? 'That import is its own now.' : 'It is sent again.'}${whenDone}`)
      return
    }
    const byDrop = drop === null ? 'unknown' : await retryDrop(deps, drop)
    const start = byDrop === 'retrying' ? byDrop : await retryArrival(deps, arrival)
    console.log(
      start === 'retrying'
        ? `It is tried again.${whenDone}`
        : 'There is nothing to try again: it has come to an end, or is being worked on. A rejected file is mended and dropped again.',
    )
  })
}

async function retryResponses(source: string, options: HomeOptions & { since: string }): Promise<void> {
  const sinceMs = Date.parse(options.since)
  if (Number.isNaN(sinceMs))
    throw new RelayError('since_invalid', `--since "${options.since}" is no time; write 2026-11-24.`)
  await withHome(options, async ({ webhookDeps, whenDone }) => {
    const deps = await webhookDeps()
    const found = await retrySource(deps, createWebhookDoor(deps), source, sinceMs)
    if (!found) throw new RelayError('unknown_source', `"${source}" is no source with a webhook of ${options.config}.`)
    const { remapped, replayed, unreadable } = found
    console.log(
      `${remapped} responses that are not sent yet were mapped anew; ${replayed} deliveries were taken out of quarantine, ${unreadable} still can't be read.${whenDone}`,
    )
  })
}
