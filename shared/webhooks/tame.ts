import { unreadable } from './values.ts'

const MAX_DEPTH = 32
const MAX_VALUES = 20_000
/** Names through which data could reach the prototype of what reads it. */
const FORBIDDEN = ['__proto__', 'constructor', 'prototype']

/** Decoded data without members of forbidden names. Throws RelayError `webhook_unreadable` for too deep or too much. */
export const tame = (root: unknown, hasForbidden = true): unknown => tameAll(root, hasForbidden).data

/** The same, and whether its numbers are all within those that JavaScript has. */
export function tameAll(root: unknown, hasForbidden: boolean): { data: unknown; areFinite: boolean } {
  let count = 0
  let areFinite = typeof root !== 'number' || Number.isFinite(root)
  // Loops without copies of what they go through: this looks at every value of every delivery.
  const walk = (value: Record<string, unknown> | unknown[], depth: number): void => {
    if (depth > MAX_DEPTH) throw unreadable(`The body is nested deeper than ${MAX_DEPTH} levels.`)
    if (hasForbidden) removeForbidden(value as Record<string, unknown>)
    if (Array.isArray(value)) {
      count += value.length
      for (const member of value) {
        if (isObject(member)) walk(member, depth + 1)
        else if (typeof member === 'number' && !Number.isFinite(member)) areFinite = false
      }
    } else {
      for (const name in value) {
        count += 1
        const member = value[name]
        if (isObject(member)) walk(member, depth + 1)
        else if (typeof member === 'number' && !Number.isFinite(member)) areFinite = false
      }
    }
    if (count > MAX_VALUES) throw unreadable(`The body holds more than ${MAX_VALUES} values.`)
  }
  if (isObject(root)) walk(root, 1)
  return { data: root, areFinite }
}

/** Whether JSON may hold such a name (or, with escapes, any): looked for once, instead of in each object. */
export const mayHoldForbidden = (json: string) => json.includes('proto') || json.includes('constructor')

function removeForbidden(value: Record<string, unknown>): void {
  for (const name of FORBIDDEN) if (Object.hasOwn(value, name)) delete value[name]
}

const isObject = (value: unknown): value is Record<string, unknown> | unknown[] =>
  typeof value === 'object' && value !== null
