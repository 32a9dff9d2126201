import type { Answer, Role } from './types.ts'
import { isRecord, textOf } from './values.ts'

/** Kinds of questions of which one is the score: that one was left blank says that the others are not it. */
const SCORES: ReadonlySet<Role | undefined> = new Set<Role>(['nps', 'scale', 'rating'])

/** Collects the answers of a response; those without a value are left out, but for questions that ask for a score. */
export class AnswerList {
  readonly answers: Answer[] = []

  add(label: string, value: unknown, more: { names?: unknown[]; role?: Role | undefined } = {}): this {
    const text = textOf(value)
    const isBlank = text.trim() === ''
    if (isBlank && (value === undefined || !SCORES.has(more.role))) return this
    const names: string[] = []
    for (const given of more.names ?? []) {
      const name = textOf(given)
      if (name !== '') names.push(name)
    }
    const shown = label.trim() === '' ? (names[0] ?? 'answer') : label
    const answer: Answer = { label: shown, names, value: isBlank ? '' : text }
    if (more.role) answer.role = more.role
    this.answers.push(answer)
    return this
  }

  /** Every member of an object as an answer of its own, members of members by `<name> <member>`. */
  addMembers(value: unknown, roles: Record<string, Role> = {}, prefix = ''): this {
    if (!isRecord(value)) return this
    for (const [key, member] of Object.entries(value)) {
      const label = prefix === '' ? key : `${prefix} ${key}`
      if (isRecord(member)) this.addMembers(member, {}, label)
      else this.add(label, member, { names: [key], role: Object.hasOwn(roles, key) ? roles[key] : undefined })
    }
    return this
  }
}

/** Roles of members that many tools call the same. */
export const PERSON: Record<string, Role> = {
  email: 'email',
  external_id: 'external-id',
  externalId: 'external-id',
  user_id: 'user-id',
  userId: 'user-id',
}
