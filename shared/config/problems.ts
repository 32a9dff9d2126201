import { RelayError } from '../errors.ts'

/** One thing that is wrong with a configuration; `path` as in `sources.nps.rows`. */
export interface ConfigProblem {
  path: string
  message: string
}

/** Thrown for a configuration that can't be used; its message lists every problem with its path. */
export class ConfigError extends RelayError {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
    const lines = problems.map(({ path, message }) => `  ${path}: ${message}`)
    super('config_invalid', `${file} has ${count}:\n${lines.join('\n')}`)
    this.problems = problems
  }
}

/** Collects everything that is wrong with a configuration, each with its path. */
export class Problems {
  readonly #found: ConfigProblem[] = []

  add(path: string, message: string): void {
    this.#found.push({ path, message })
  }

  /** Throws ConfigError, where there are any. */
  throwAny(file: string): void {
    if (this.#found.length > 0) throw new ConfigError(file, this.#found)
  }
}

/** What a value must be: answers the rest of the sentence "must be …", or undefined where it is. */
export type Check = (value: unknown) => string | undefined

export const text: Check = (value) =>
  typeof value === 'string' && value.trim() !== '' ? undefined : 'must be a text that is not empty'

export const oneOf =
  (...allowed: string[]): Check =>
  (value) =>
    allowed.includes(value as string) ? undefined : `must be one of ${allowed.map((item) => `'${item}'`).join(', ')}`

export const wholeNumber =
  (least: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least ? undefined : `must be a whole number, ${least} or more`

/** A length of time, fractions too; a day at most, beyond which it is a mistake for milliseconds. */
export const seconds: Check = (value) =>
  typeof value === 'number' && value > 0 && value <= 86_400
    ? undefined
    : 'must be a number of seconds, more than 0 and 86400 at most (fractions are allowed)'

export const truth: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false')

export const listOf =
  (check: Check): Check =>
  (value) => {
    if (!Array.isArray(value)) return 'must be a list'
    for (const item of value) {
      const problem = check(item)
      if (problem) return `each item ${problem}`
    }
    return undefined
  }

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Checks an object's keys: each by its check, none unknown. Answers the object, or undefined where it is none. */
export function checkKeys(
  problems: Problems,
  path: string,
  value: unknown,
  checks: Record<string, Check>,
  required: string[] = [],
): Record<string, unknown> | undefined {
  if (!isObject(value)) {
    problems.add(path, 'must be an object')
    return undefined
  }
  for (const [key, item] of Object.entries(value)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined
    const problem = check ? (item === undefined ? undefined : check(item)) : unknownKey(key, Object.keys(checks))
    if (problem) problems.add(`${path}.${key}`, problem)
  }
  for (const key of required) if (value[key] === undefined) problems.add(`${path}.${key}`, 'is missing')
  return value
}

function unknownKey(key: string, known: string[]): string {
  const near = known.find((name) => distance(name.toLowerCase(), key.toLowerCase()) <= 2)
  return near ? `is no key; did you mean "${near}"?` : `is no key; there are ${known.join(', ')}`
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1)
    }
    row = next
  }
  return row[b.length] ?? 0
}
