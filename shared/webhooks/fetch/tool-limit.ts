import { RelayError } from '../../errors.ts'
import type { WebhookDeps } from '../deps.ts'

/** The tool's API takes no more calls, or not with this token, until `untilMs`; nothing of the source is fetched before. */
export class ToolLimit extends RelayError {
  override readonly name = 'ToolLimit'
  readonly untilMs: number

  constructor(code: 'tool_limited' | 'tool_refused', message: string, untilMs: number) {
    super(code, message, { retryable: true })
    this.untilMs = untilMs
  }

  /** From a 429: `Retry-After` in seconds or as a date, SurveyMonkey's own headers, else a minute. */
  static of(host: string, headers: Record<string, string | string[] | undefined>, nowMs: number): ToolLimit {
    const first = (name: string) => [headers[name]].flat()[0]
    const isDayOver = first('x-ratelimit-app-global-day-remaining') === '0'
    const reset = first(`x-ratelimit-app-global-${isDayOver ? 'day' : 'minute'}-reset`)
    const given = first('retry-after') ?? reset ?? '60'
    const untilMs = /^\d+$/.test(given) ? nowMs + Number(given) * 1000 : Date.parse(given)
    const sane = Math.min(nowMs + 86_400_000, Math.max(nowMs + 1000, untilMs || nowMs + 60_000))
    return new ToolLimit('tool_limited', `${host} takes no more calls for now; it is tried again later.`, sane)
  }
}

interface Closed {
  kind: 'tool'
  untilMs: number
  code: string
}

const at = (source: string) => ({ group: `webhook#${source}`, id: 'tool' })

/** Until when nothing may be fetched for a source; null where it may. */
export async function toolClosedUntilMs(deps: WebhookDeps, source: string): Promise<number | null> {
  const { group, id } = at(source)
  const record = await deps.ledger.get<Closed>(group, id)
  return record && record.value.untilMs > deps.clock.now() ? record.value.untilMs : null
}

/** Lets everything that is to be fetched for a source wait; answers until when. */
export async function closeTool(deps: WebhookDeps, source: string, limit: ToolLimit): Promise<number> {
  const { group, id } = at(source)
  const value: Closed = { kind: 'tool', untilMs: limit.untilMs, code: limit.code }
  const before = await deps.ledger.get<Closed>(group, id)
  if (before) await deps.ledger.update(before, { value })
  else await deps.ledger.create({ group, id, value })
  const fields = { source, code: limit.code, message: limit.message, until: new Date(limit.untilMs).toISOString() }
  if (limit.code === 'tool_refused') deps.logger.alarm('tool.refused', fields)
  else deps.logger.warn('tool.limited', fields)
  return limit.untilMs
}
