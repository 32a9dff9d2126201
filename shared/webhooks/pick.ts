import type { Source } from '../config/types.ts'
import { readScore } from '../feedback/scores.ts'
import type { SpecialColumn } from '../feedback/types.ts'
import { plainTitle } from './property-names.ts'
import type { Answer, Role, ToolResponse } from './types.ts'

export interface Picks {
  /** Which answer is which special column. */
  picked: Partial<Record<SpecialColumn, Answer>>
  /** Special columns that several answers could be, so that none was taken. */
  doubts: Doubt[]
}

export interface Doubt {
  column: SpecialColumn
  answers: Answer[]
  /** Whether `columns` fits them; else it is the provider's own rule. */
  isConfigured: boolean
}

const SCORE_ROLES: Role[] = ['nps', 'scale', 'rating']
const FEEDBACK_ROLES: Role[] = ['comment', 'long-text', 'text']
const USER_ROLES: Role[] = ['user-id', 'email', 'external-id', 'respondent']
const COLUMNS = ['feedback_date', 'response_id', 'score', 'feedback', 'user_id'] as const
const USER_NAME = /^user_?id$/i
const LONGEST_USER_NAME = 'user_id'.length

/** Which answer is which special column: as `columns` says, else by the provider's own rule. */
export function pick({ answers }: ToolResponse, columns: Source['columns'] = {}): Picks {
  const picked: Picks['picked'] = {}
  const doubts: Doubt[] = []
  const free = new Set(answers)
  const take = (column: SpecialColumn, found: Answer[], isConfigured: boolean) => {
    const [answer] = found
    if (!answer) return
    if (found.length > 1) return void doubts.push({ column, answers: found, isConfigured })
    picked[column] = answer
    free.delete(answer)
  }
  for (const column of COLUMNS) {
    const wanted = columns[column]
    if (wanted !== undefined) take(column, calledSo(answers, wanted), true)
  }
  // A score in words or with a fraction is left a property, unless the source says that it is the score.
  if (columns.score === undefined) take('score', ofBestRole(free, SCORE_ROLES, isScore), false)
  if (columns.feedback === undefined) take('feedback', ofBestRole(free, FEEDBACK_ROLES).slice(0, 1), false)
  if (columns.user_id === undefined) {
    const named = userIdIn(free)
    take('user_id', named ? [named] : ofBestRole(free, USER_ROLES).slice(0, 1), false)
  }
  return { picked, doubts }
}

const isScore = ({ value }: Answer) => readScore(value) !== undefined

function userIdIn(answers: Iterable<Answer>): Answer | undefined {
  for (const answer of answers) if (isUserName(answer.label) || answer.names.some(isUserName)) return answer
  return undefined
}

const isUserName = (name: string) => name.length <= LONGEST_USER_NAME && USER_NAME.test(name)

/** All answers of the most wanted role that any has. */
function ofBestRole(
  answers: Iterable<Answer>,
  roles: Role[],
  isFit: (answer: Answer) => boolean = () => true,
): Answer[] {
  let found: Answer[] = []
  let foundAt = roles.length
  for (const answer of answers) {
    const at = answer.role === undefined ? -1 : roles.indexOf(answer.role)
    if (at < 0 || at > foundAt || !isFit(answer)) continue
    if (at < foundAt) found = []
    foundAt = at
    found.push(answer)
  }
  return found
}

/** By title, question id, ref or key: a text exactly (its title before the others), a pattern where it finds one of them. */
function calledSo(answers: readonly Answer[], wanted: string | RegExp): Answer[] {
  const isCalled = (name: string) => {
    if (typeof wanted === 'string') return name.trim() === wanted.trim()
    wanted.lastIndex = 0
    return wanted.test(name)
  }
  const byTitle = ({ label }: Answer) => isCalled(label) || isCalled(plainTitle(label))
  const titled = typeof wanted === 'string' ? answers.filter(byTitle) : []
  return titled.length > 0 ? titled : answers.filter((one) => byTitle(one) || one.names.some(isCalled))
}
