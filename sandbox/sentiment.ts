import { polarity } from 'polarity'

export type Sentiment = 'positive' | 'negative' | 'neutral'

/** What a text feels like, by a list of English words; the real service has a model for it. */
export function sentimentOf(text: string): Sentiment {
  const words = text.toLowerCase().match(/\p{L}[\p{L}'’]*/gu) ?? []
  const { polarity: sum } = polarity(words)
  if (sum === 0) return 'neutral'
  return sum > 0 ? 'positive' : 'negative'
}
