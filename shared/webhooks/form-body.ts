import { MAX_FIELDS } from './decode.ts'
import { unreadable } from './values.ts'

const MAX_BRACKETS = 10

/** Fields by name, `a[b][c]` as objects in objects, `a[]` and a repeated name as lists. */
export type Fields = { [name: string]: string | (string | Fields)[] | Fields }

/** A body of `application/x-www-form-urlencoded`. Throws RelayError `webhook_unreadable` beyond 2,000 fields. */
export function parseForm(text: string): Fields {
  const fields = empty()
  let count = 0
  for (const [given, value] of new URLSearchParams(text.trim().replace(/\r?\n/g, '&'))) {
    if (++count > MAX_FIELDS) throw unreadable(`The form has more than ${MAX_FIELDS} fields.`)
    putField(fields, count === 1 ? given.replace(/^\ufeff+/, '') : given, value)
  }
  return fields
}

/** Puts a field where its name's brackets say; the name as it stands where they don't pair. */
export function putField(fields: Fields, name: string, value: string): void {
  const path = pathOf(name)
  let place = fields
  for (const key of path.slice(0, -1)) {
    const below = Object.hasOwn(place, key) ? place[key] : undefined
    if (typeof below === 'object' && !Array.isArray(below)) place = below
    else {
      const made = empty()
      place[key] = made
      place = made
    }
  }
  const last = path.at(-1) ?? name
  const before = Object.hasOwn(place, last) ? place[last] : undefined
  if (before === undefined) place[last] = name.endsWith('[]') ? [value] : value
  else if (Array.isArray(before)) before.push(value)
  else place[last] = [before, value]
}

function pathOf(name: string): string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])+)$/.exec(name)
  if (!match) return [name]
  const [, first = '', brackets = ''] = match
  const keys = brackets.slice(1, -1).split('][')
  if (keys.length > MAX_BRACKETS) throw unreadable(`A field's name has more than ${MAX_BRACKETS} brackets.`)
  return [first, ...(keys.at(-1) === '' ? keys.slice(0, -1) : keys)]
}

/** Without a prototype, so that no field's name means anything but itself. */
const empty = (): Fields => Object.create(null) as Fields
