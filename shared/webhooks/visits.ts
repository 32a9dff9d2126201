import type { Ledger, ResponseBuffer, ResponseScope } from '../ports.ts'
import { scopeOf, type WebhookDeps, type WebhookSource, webhookSources } from './deps.ts'

/** When something that was delivered to a source last settled; kept up to an hour behind. */
export interface Posts {
  kind: 'posts'
  scope: ResponseScope
  atMs: number
  /** When somebody was last told that the source is no longer configured. */
  alarmedMs?: number
}

/** How often a source was called by GET, and when last; kept up to a minute behind. */
interface Gets {
  kind: 'gets'
  count: number
  atMs: number
}

/** Group of the records of all sources' visits. */
export const VISITS = 'webhooks'
const POSTS_EVERY_MS = 3_600_000
const GETS_EVERY_MS = 60_000

/** Counts the GETs of each source, and writes that down now and then. */
export class GetCounts {
  readonly #deps: Pick<WebhookDeps, 'ledger' | 'clock' | 'logger'>
  readonly #gets = new Map<string, { count: number; writtenMs: number }>()

  constructor(deps: Pick<WebhookDeps, 'ledger' | 'clock' | 'logger'>) {
    this.#deps = deps
  }

  /** Somebody called by GET, as a redirect does that has turned a POST into one. */
  async note(source: string): Promise<void> {
    const now = this.#deps.clock.now()
    this.#deps.logger.warn('webhook.get', { source })
    const { count, writtenMs } = this.#gets.get(source) ?? { count: 0, writtenMs: Number.NEGATIVE_INFINITY }
    const isSoon = now - writtenMs < GETS_EVERY_MS
    this.#gets.set(source, { count: isSoon ? count + 1 : 0, writtenMs: isSoon ? writtenMs : now })
    if (isSoon) return
    const { ledger } = this.#deps
    const id = `gets#${source}`
    try {
      const before = await ledger.get<Gets>(VISITS, id)
      const value: Gets = { kind: 'gets', count: (before?.value.count ?? 0) + count + 1, atMs: now }
      if (before) await ledger.update(before, { value })
      else await ledger.create({ group: VISITS, id, value })
    } catch {
      // It is a note: the answer does not wait for it.
    }
  }
}

/** Notes that something of a source has settled, so that somebody delivers to it. */
export async function noteDelivered(deps: WebhookDeps, source: WebhookSource): Promise<void> {
  const now = deps.clock.now()
  const id = `posts#${source.name}`
  const before = await deps.ledger.get<Posts>(VISITS, id)
  if (before && now - before.value.atMs < POSTS_EVERY_MS) return
  const value: Posts = { kind: 'posts', scope: scopeOf(deps, source), atMs: now }
  if (before) await deps.ledger.update(before, { value })
  else await deps.ledger.create({ group: VISITS, id, value })
}

/** Sources that are called by GET and not by POST, each with a sentence that says what is wrong. */
export async function misledSources(
  deps: Pick<WebhookDeps, 'relay'> & {
    ledger: Pick<Ledger, 'get'>
    buffer?: Pick<ResponseBuffer, 'unsent'> | undefined
  },
): Promise<{ source: string; gets: number; message: string }[]> {
  const found = []
  for (const configured of webhookSources(deps)) {
    const { name: source } = configured
    const gets = await deps.ledger.get<Gets>(VISITS, `gets#${source}`)
    if (!gets) continue
    const posts = await deps.ledger.get<Posts>(VISITS, `posts#${source}`)
    if (posts && posts.value.atMs + POSTS_EVERY_MS >= gets.value.atMs) continue
    if (deps.buffer && (await hasUnsent(deps.buffer, scopeOf(deps, configured)))) continue
    const message = `GETs but no POSTs on ${source}: the address is redirected. Paste it as it is shown, with https and without a slash at its end, and let no proxy redirect it.`
    found.push({ source, gets: gets.value.count, message })
  }
  return found
}

/** Whether responses wait to be sent. */
export async function hasUnsent(buffer: Pick<ResponseBuffer, 'unsent'>, scope: ResponseScope): Promise<boolean> {
  for await (const _ of buffer.unsent(scope, 0)) return true
  return false
}
