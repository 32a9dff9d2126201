import type { Answer, ToolResponse } from './types.ts'

/**
 * The answers of two events of one response put together, for tools that send one event for each answer; where both answer
 * the same question, the later event counts.
 */
export function merge(before: ToolResponse, event: ToolResponse): ToolResponse {
  const isLater = before.order === null || event.order === null || event.order >= before.order
  const [first, second] = isLater ? [before, event] : [event, before]
  const answers = new Map<string, Answer>()
  for (const answer of [...before.answers, ...event.answers]) answers.set(keyOf(answer), answer)
  for (const answer of [...first.answers, ...second.answers]) answers.set(keyOf(answer), answer)
  return {
    ...second,
    order:
      event.order === null || before.order === null
        ? (event.order ?? before.order)
        : Math.max(before.order, event.order),
    answers: [...answers.values()],
  }
}

const keyOf = ({ label, names: [id] }: Answer) => `${id ?? ''}\n${label}`
