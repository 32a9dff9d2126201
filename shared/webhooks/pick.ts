import type { Source } from '../config/types.ts'
import { readScore } from '../feedback/scores.ts'
import type { SpecialColumn } from '../feedback/types.ts'
import type { Answer, Role, ToolResponse } from './types.ts'

export type Picked = Partial<Record<SpecialColumn, Answer>>

const SCORE_ROLES: Role[] = ['nps', 'scale', 'rating']
const FEEDBACK_ROLES: Role[] = ['comment', 'long-text', 'text']
const USER_ROLES: Role[] = ['user-id', 'email', 'external-id', 'respondent']
const USER_NAME = /^user_?id$/i
const LONGEST_USER_NAME = 'user_id'.length

/** Which answer is which special column: as `columns` says, else by the provider's own rule. */
export function pick({ answers }: ToolResponse, columns: Source['columns'] = {}): Picked {
  const picked: Picked = {}
  const free = new Set(answers)
  for (const name of ['feedback_date', 'response_id', 'score', 'feedback', 'user_id'] as const) {
    const wanted = columns[name]
    if (wanted === undefined) continue
    const answer = answers.find((candidate) => isCalled(candidate, wanted))
    if (!answer) continue
    picked[name] = answer
    free.delete(answer)
  }
  const take = (name: SpecialColumn, answer: Answer | undefined) => {
    if (!answer || columns[name] !== undefined) return
    picked[name] = answer
    free.delete(answer)
  }
  // A score in words or with a fraction is left a property, unless the source says that it is the score.
  take(
    'score',
    ofRole(free, SCORE_ROLES, ({ value }) => readScore(value) !== undefined),
  )
  take('feedback', ofRole(free, FEEDBACK_ROLES))
  take('user_id', userIdIn(free) ?? ofRole(free, USER_ROLES))
  return picked
}

function userIdIn(answers: Iterable<Answer>): Answer | undefined {
  for (const answer of answers) if (isUserName(answer.label) || answer.names.some(isUserName)) return answer
  return undefined
}

const isUserName = (name: string) => name.length <= LONGEST_USER_NAME && USER_NAME.test(name)

/** The first answer of the most wanted role. */
function ofRole(
  answers: Iterable<Answer>,
  roles: Role[],
  isFit: (answer: Answer) => boolean = () => true,
): Answer | undefined {
  let found: Answer | undefined
  let foundAt = roles.length
  for (const answer of answers) {
    const at = answer.role === undefined ? -1 : roles.indexOf(answer.role)
    if (at < 0 || at >= foundAt || !isFit(answer)) continue
    found = answer
    foundAt = at
  }
  return found
}

/** By label, question id, ref or key: a text exactly, a pattern where it finds one of them. */
function isCalled({ label, names }: Answer, wanted: string | RegExp): boolean {
  return [label, ...names].some((name) => {
    if (typeof wanted === 'string') return name.trim() === wanted.trim()
    wanted.lastIndex = 0
    return wanted.test(name)
  })
}
