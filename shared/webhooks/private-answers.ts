import type { Source } from '../config/types.ts'
import { privateValue } from '../feedback/privacy.ts'
import type { SpecialColumn } from '../feedback/types.ts'
import { pick } from './pick.ts'
import { plainTitle, propertyNames } from './property-names.ts'
import type { Answer, ToolResponse } from './types.ts'

/**
 * The response with the source's privacy rules applied, once: a rule names an answer by its label, id or key in any case, by
 * the special column that it is mapped to, or (`email`) by what it is. Throws RelayError `privacy_key_missing`.
 */
export function withPrivacy(
  response: ToolResponse,
  { privacy, columns }: Pick<Source, 'privacy' | 'columns'>,
  key: Uint8Array | undefined,
): ToolResponse {
  const rules = Object.entries(privacy ?? {})
  if (rules.length === 0) return response
  const { picked } = pick(response, columns)
  const names = propertyNames(response.answers.filter((answer) => !Object.values(picked).includes(answer)))
  let answers = response.answers
  for (const [name, rule] of rules) {
    const wanted = name.trim().toLowerCase()
    const mapped = Object.hasOwn(picked, wanted) ? picked[wanted as SpecialColumn] : undefined
    const isMeant = (answer: Answer) =>
      (answer === mapped || answer.role === wanted || isNamed(answer, names.get(answer), wanted)) &&
      !answer.isPrivate &&
      answer.value !== ''
    if (rule === 'drop') answers = answers.filter((answer) => !isMeant(answer))
    else {
      const change = privateValue(rule, key)
      answers = answers.map((answer) =>
        isMeant(answer) ? { ...answer, value: change(answer.value), isPrivate: true } : answer,
      )
    }
  }
  return { ...response, answers }
}

const isNamed = ({ label, names }: Answer, property: string | undefined, wanted: string) =>
  [label, plainTitle(label), property ?? '', ...names].some((name) => name.trim().toLowerCase() === wanted)
