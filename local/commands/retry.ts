import { RelayError } from '../../shared/errors.ts'
import { decideParts } from '../../shared/imports/decide.ts'
import type { ImportDeps } from '../../shared/imports/deps.ts'
import { retryArrival, retryDrop } from '../../shared/imports/retry.ts'
import { identify } from '../../shared/imports/status.ts'
import { readArrival, readDrop } from '../../shared/imports/store-access.ts'
import { createWebhookDoor } from '../../shared/webhooks/door.ts'
import { retrySource } from '../../shared/webhooks/retry-source.ts'
import { type HomeOptions, withHome } from './opened-home.ts'

/** What a person has seen in CXI of an inconclusive part. */
interface Decision {
  send?: boolean
  adopt?: number
  part?: number
}

/**
 * Tries again what was given up, looks at once at what is waiting, or goes on as a person decided. Throws RelayErrors
 * `not_found`, `nothing_named` and those of `decideParts`.
 */
export async function retry(
  what: string | undefined,
  options: HomeOptions & { json: boolean; source?: string; since: string } & Decision,
): Promise<void> {
  if (options.source !== undefined) return retryResponses(options.source, options)
  if (what === undefined) throw new RelayError('nothing_named', 'Name a drop to try again, or a webhook with --source.')
  await withHome(options, async ({ deps, finish, whenDone }) => {
    const say = async (id: string | null, sentence: string) => {
      const end = (await finish(async () => (await endOf(deps, arrival)) !== null)) ? await endOf(deps, arrival) : null
      if (options.json) console.log(JSON.stringify({ id, state: end ?? 'retrying' }, null, 2))
      else console.log(end === null ? `${sentence}${whenDone}` : `${sentence} It ended ${end}; see its receipt.`)
    }
    const { drop, arrival } = await identify(deps, what)
    const decision =
      options.adopt !== undefined ? { adopt: options.adopt } : options.send ? { send: true as const } : null
    if (decision) {
      await decideParts(deps, drop ?? '', decision, options.part)
      return say(drop, 'adopt' in decision ? 'That import is its own now.' : 'It is sent again.')
    }
    const byDrop = drop === null ? 'unknown' : await retryDrop(deps, drop)
    const start = byDrop === 'retrying' ? byDrop : await retryArrival(deps, arrival)
    if (start === 'retrying') return say(drop, 'It is tried again.')
    if (options.json) console.log(JSON.stringify({ id: drop, state: 'nothing' }, null, 2))
    else console.log(NOTHING)
  })
}

const NOTHING =
  'There is nothing to try again: it has come to an end, or is being worked on. A rejected file is mended and dropped again.'

/** How a dropped object ended; null while it has not. */
async function endOf(deps: ImportDeps, arrivalId: string): Promise<string | null> {
  const arrival = await readArrival(deps, arrivalId)
  if (!arrival || arrival.value.state === 'received') return null
  if (arrival.value.end !== null) return arrival.value.end
  const drop = arrival.value.drop === null ? undefined : await readDrop(deps, arrival.value.drop)
  return drop?.value.state === 'finished' ? drop.value.end : null
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
