import type { Database } from './database.ts'
import { refuse } from './refusal.ts'
import type { Call } from './request.ts'
import { setSetting, settingOf } from './settings.ts'

const KINDS = ['drop-before', 'drop-after', 'status', 'delay', 'expire-token'] as const

/** What goes wrong with requests that match: a method and the beginning of a path, and fields where it names some. */
interface Rule {
  match: string
  /** Fields that the request must have with these very texts. @default none */
  fields: Record<string, string>
  /** @default 1 */
  probability: number
  /** How often it still happens; null without end. */
  times: number | null
  do: (typeof KINDS)[number]
  status: number
  headers: Record<string, string>
  body: unknown
  ms: number
}

export type Fault = Pick<Rule, 'do' | 'status' | 'headers' | 'body' | 'ms'>

/** The rules by which requests fail, with chances that a seed makes repeatable. A restart goes on with them. */
export class Faults {
  readonly #db: Database
  #rules: Rule[] = []
  #state = 1

  constructor(db: Database) {
    this.#db = db
    const kept = JSON.parse(settingOf(db, 'faults') ?? 'null') as { rules: Rule[]; state: number } | null
    if (!kept) return
    this.#rules = kept.rules.map((rule) => ({ ...rule, fields: rule.fields ?? {} }))
    this.#state = kept.state
  }

  /** Replaces all rules. Throws a Refusal that names what is wrong with them. */
  set(value: unknown): void {
    const { seed = 1, rules } = (value ?? {}) as { seed?: unknown; rules?: unknown }
    if (!Array.isArray(rules)) throw refuse(400, 'Faults need a list "rules".')
    if (typeof seed !== 'number') throw refuse(400, '"seed" must be a number.')
    this.#rules = rules.map(ruleOf)
    this.#state = seed >>> 0 || 1
    this.#keep()
  }

  reset(): void {
    this.#rules = []
  }

  /** What happens to one request: the rules are tried in their order, the first that fires wins. */
  of({ method, path, fields }: Pick<Call, 'method' | 'path' | 'fields'>): Fault | undefined {
    const matching = this.#rules
      .filter((rule) => rule.times !== 0 && `${method} ${path}`.startsWith(rule.match))
      .filter((rule) => Object.entries(rule.fields).every(([name, text]) => fields[name] === text))
    if (matching.length === 0) return undefined
    const fired = matching.find(({ probability }) => probability >= 1 || this.#random() < probability)
    if (fired && fired.times !== null) fired.times -= 1
    this.#keep()
    return fired
  }

  #keep(): void {
    setSetting(this.#db, 'faults', JSON.stringify({ rules: this.#rules, state: this.#state }))
  }

  /** xorshift32: the same seed gives the same chances. */
  #random(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state / 2 ** 32
  }
}

function ruleOf(value: unknown, index: number): Rule {
  const rule = (value ?? {}) as Partial<Record<keyof Rule, unknown>>
  const fail = (what: string) => refuse(400, `rules[${index}]: ${what}`)
  if (typeof rule.match !== 'string') throw fail('"match" must be a method and the beginning of a path.')
  const kind = KINDS.find((known) => known === rule.do)
  if (!kind) throw fail(`"do" must be one of ${KINDS.join(', ')}.`)
  const {
    fields = {},
    probability = 1,
    times = null,
    ms = 0,
    status = 500,
    headers = {},
    body = { message: 'A fault.' },
  } = rule
  if (!isTexts(fields)) throw fail('"fields" must be an object of texts.')
  if (typeof probability !== 'number' || !(probability >= 0 && probability <= 1))
    throw fail('"probability" must be a number from 0 to 1.')
  if (times !== null && typeof times !== 'number') throw fail('"times" must be a number.')
  if (typeof ms !== 'number' || !(ms >= 0 && ms <= 600_000)) throw fail('"ms" must be a number up to 600000.')
  if (!Number.isInteger(status) || Number(status) < 200 || Number(status) > 599)
    throw fail('"status" must be from 200 to 599.')
  return {
    match: rule.match,
    fields,
    do: kind,
    probability,
    times,
    ms,
    status: Number(status),
    headers: headers as Rule['headers'],
    body,
  }
}

const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string')
