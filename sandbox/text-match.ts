const SENTENCE = /[^.!?\n]+[.!?]*/g

/** Finds the first sentence that holds one of the terms as whole words, in any case; undefined where none does. */
export function matcherOf(terms: readonly string[]): (feedback: string) => string | undefined {
  const escaped = terms.map((term) => term.trim().replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).filter((term) => term !== '')
  if (escaped.length === 0) return () => undefined
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})(?![\\p{L}\\p{N}])`, 'iu')
  return (feedback) => {
    if (!pattern.test(feedback)) return undefined
    return feedback.match(SENTENCE)?.find((sentence) => pattern.test(sentence)) ?? feedback
  }
}
