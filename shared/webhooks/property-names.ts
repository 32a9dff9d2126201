import type { Answer } from './types.ts'

/** Labels whose names are remembered: the same questions come with every response. */
const REMEMBERED = 2000
/** CXI's own columns, beside which no property may be called so. */
const TAKEN = ['feedback_date', 'score', 'feedback', 'user_id', 'response_id']

const remembered = new Map<string, string>()

/** A title as people read it: without tags, without what the tool fills in (`{{…}}`), on one line. */
export function plainTitle(label: string): string {
  const known = remembered.get(label)
  if (known !== undefined) return known
  const made = label
    .replace(/<\/?(?:br|div|p|li|ul|ol|h\d)\b[^<>]*>/gi, ' ')
    .replace(/<\/?[a-z][^<>]*>/gi, '')
    .replace(/\{\{[^{}]*\}\}/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  if (remembered.size >= REMEMBERED) remembered.clear()
  remembered.set(label, made)
  return made
}

/** What each answer's property is called: by its title, with `(2)` in the form's order where that comes twice. */
export function propertyNames(answers: readonly Answer[]): Map<Answer, string> {
  const names = new Map<Answer, string>()
  const used = new Set(TAKEN)
  for (const answer of answers) {
    const title = plainTitle(answer.label) || answer.names[0] || 'answer'
    let name = title
    // Case makes no difference to the special names alone.
    for (let n = 2; used.has(name) || used.has(lowered(name)); n++) name = `${title} (${n})`
    used.add(name)
    names.set(answer, name)
  }
  return names
}

const LONGEST_TAKEN = Math.max(...TAKEN.map((name) => name.length))
const lowered = (name: string) => {
  const lower = name.length <= LONGEST_TAKEN ? name.toLowerCase() : name
  return TAKEN.includes(lower) ? lower : name
}
