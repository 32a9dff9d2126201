import { SMART_WORDS } from './categories.ts'
import type { AccountContext } from './context.ts'
import type { Row } from './database.ts'
import { type FilterRules, filterRulesOf, fulfils } from './filter-rules.ts'
import type { ImportRow } from './import-row.ts'
import { type Sentiment, sentimentOf } from './sentiment.ts'
import { allTags, type TagRow } from './tag-row.ts'
import type { KeptTags } from './tag-uses.ts'
import { matcherOf } from './text-match.ts'

interface Candidate {
  tag: TagRow
  /** The sentence that speaks of the tag. */
  find: (feedback: string) => string | undefined
  rules: FilterRules
}

/** Finds the tags of an import's responses by what their feedback says. */
export class TagFinder {
  readonly #import: ImportRow
  readonly #candidates: Candidate[]

  constructor(context: Pick<AccountContext, 'db' | 'account'>, row: ImportRow) {
    this.#import = row
    this.#candidates = parentsFirst(allTags(context)).flatMap((tag) => {
      // What the whole import bears need not be found.
      if (!tag.enabled || row.tagIds.includes(tag.id)) return []
      const words = tag.mode === 'smart' ? (SMART_WORDS[tag.name] ?? []) : tag.mode === 'text_match' ? tag.terms : []
      return words.length === 0 ? [] : [{ tag, find: matcherOf(words), rules: filterRulesOf(tag.filterRules) }]
    })
  }

  /** Each tag with the sentiment of the sentence that it was found in. */
  tagsOf(row: Row, sentiment: Sentiment | null): KeptTags {
    if (row.feedback === null) return []
    const feedback = String(row.feedback)
    const found = new Map<number, string | null>()
    const has = (id: number | null) => id !== null && (found.has(id) || this.#import.tagIds.includes(id))
    for (const { tag, find, rules } of this.#candidates) {
      if (tag.scopeByParent && !has(tag.parentId)) continue
      const sentence = find(feedback)
      if (sentence === undefined || !fulfils(rules, row, sentiment, this.#import)) continue
      found.set(tag.id, sentence === feedback ? sentiment : sentimentOf(sentence))
    }
    return [...found].toSorted(([a], [b]) => a - b)
  }
}

/** So that a child that is scoped by its parent knows of it. */
function parentsFirst(tags: TagRow[]): TagRow[] {
  const parents = new Map(tags.map(({ id, parentId }) => [id, parentId]))
  const depth = (id: number | null): number => (id === null ? 0 : 1 + depth(parents.get(id) ?? null))
  return tags.toSorted((a, b) => depth(a.id) - depth(b.id))
}
