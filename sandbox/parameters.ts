import { refuse, refuseParameter } from './refusal.ts'

/** A parameter as Rails reads it: a text, a list, or a hash. */
export type Parameter = string | Parameter[] | { [key: string]: Parameter }

/** Names and values of one request, nested: `import[tag_names][]=A` is `{ import: { tag_names: ['A'] } }`. */
export type Parameters = Record<string, Parameter>

const DEEPEST = 12

/** A hash that has nothing but its own keys, whatever they are called. */
export const newParameters = (): Parameters => Object.create(null) as Parameters

/** Puts one `name[key][]`-style field into `into`. Throws a Refusal where the notation contradicts itself. */
export function addParameter(into: Parameters, field: string, value: string): void {
  const [, name = '', rest = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(field) ?? []
  const keys = [...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, key = '']) => key)
  if (name === '' || keys.length > DEEPEST) throw refuse(400, `The parameter ${shown(field)} can't be read.`)
  if (!set(into, [name, ...keys], value)) throw refuse(400, `The parameter ${shown(field)} is of two kinds.`)
}

const shown = (field: string) => JSON.stringify(field.slice(0, 100))

/** Whether it could be set: false where something of another kind is there. */
function set(into: Parameters, [key = '', ...rest]: string[], value: string): boolean {
  const [next, ...below] = rest
  const held = into[key]
  if (next === undefined) {
    if (typeof held === 'object') return false
    into[key] = value
    return true
  }
  if (next !== '') {
    const child = held ?? newParameters()
    if (!isHash(child)) return false
    into[key] = child
    return set(child, rest, value)
  }
  const list = held ?? []
  if (!Array.isArray(list)) return false
  into[key] = list
  if (below.length === 0) {
    list.push(value)
    return true
  }
  return set(lastHash(list, below), below, value)
}

/** In a list of hashes a new one begins where the last one has that key already, as Rails reads it. */
function lastHash(list: Parameter[], below: string[]): Parameters {
  const last = list.at(-1)
  if (isHash(last) && (below.includes('') || !has(last, below))) return last
  const next = newParameters()
  list.push(next)
  return next
}

function has(hash: Parameters, [key = '', ...rest]: string[]): boolean {
  const held = hash[key]
  if (held === undefined || rest.length === 0) return held !== undefined
  return isHash(held) && has(held, rest)
}

const isHash = (value: Parameter | undefined): value is Parameters => typeof value === 'object' && !Array.isArray(value)

/** Turns hashes whose keys are indexes (`a[0]=x`) into lists. Throws a Refusal where they must count from 0 and don't. */
export function listsFromIndexes(parameters: Parameters, mustCount: boolean): void {
  for (const [key, value] of Object.entries(parameters)) {
    if (typeof value !== 'object') continue
    for (const hash of Array.isArray(value) ? value.filter(isHash) : [value]) listsFromIndexes(hash, mustCount)
    if (!isHash(value)) continue
    const indexes = Object.keys(value)
    if (indexes.length === 0 || !indexes.every((index) => /^\d{1,9}$/.test(index))) continue
    const sorted = indexes.map(Number).toSorted((a, b) => a - b)
    if (mustCount && sorted.some((index, at) => index !== at)) {
      throw refuse(400, `The indexes of ${shown(key)} must count from 0.`)
    }
    parameters[key] = sorted.flatMap((index) => value[String(index)] ?? [])
  }
}

/** A JSON value as the texts that a form would hold. Throws a Refusal where it is nested too deeply. */
export function fromJson(value: unknown, depth = 0): Parameter {
  if (depth > DEEPEST) throw refuse(400, 'The body is nested too deeply.')
  if (typeof value !== 'object' || value === null) return value === null ? '' : String(value)
  if (Array.isArray(value)) return value.map((item) => fromJson(item, depth + 1))
  const hash = newParameters()
  for (const [key, item] of Object.entries(value)) hash[key] = fromJson(item, depth + 1)
  return hash
}

/** The hash under `name`, or an empty one. */
export function hashOf(parameters: Parameters, name: string): Parameters {
  const value = parameters[name]
  if (value === undefined) return newParameters()
  if (isHash(value)) return value
  throw refuseParameter(name, 'is invalid')
}

/** The list of hashes under `name`, or an empty one. */
export function hashesOf(parameters: Parameters, name: string): Parameters[] {
  const value = parameters[name] ?? []
  if (Array.isArray(value) && value.every(isHash)) return value
  throw refuseParameter(name, 'is invalid')
}

export function textOf(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name]
  if (value === undefined || typeof value === 'string') return value
  throw refuseParameter(name, 'is invalid')
}

/** A list of texts; the one empty text that stands for an empty list is left out. */
export function listOf(parameters: Parameters, name: string): string[] | undefined {
  const value = parameters[name]
  if (value === undefined) return undefined
  const items = Array.isArray(value) ? value : [value]
  return items
    .map((item) => {
      if (typeof item === 'string') return item
      throw refuseParameter(name, 'is invalid')
    })
    .filter((item) => item !== '')
}

export function integerOf(parameters: Parameters, name: string): number | undefined {
  const value = textOf(parameters, name)
  if (value === undefined || value === '') return undefined
  if (!/^-?\d{1,15}$/.test(value)) throw refuseParameter(name, 'is invalid')
  return Number(value)
}

export function truthOf(parameters: Parameters, name: string): boolean | undefined {
  const value = textOf(parameters, name)
  if (value === undefined || value === '') return undefined
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  throw refuseParameter(name, 'is invalid')
}
