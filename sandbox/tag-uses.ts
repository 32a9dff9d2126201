import type { AccountContext } from './context.ts'
import type { Database } from './database.ts'

/** How often a tag is used, and with which sentiment of its own; no sentiment counts as `null`. */
export interface TagUse {
  responses: number
  bySentiment: Record<string, number>
}

/** Tags of a response as they are kept: the tag's id and its sentiment in this response. */
export type KeptTags = [tagId: number, sentiment: string | null][]

/** The uses of all tags of an account: those that the analysis found, and those that imports bring as a whole. */
export function usesOf({ db, account }: AccountContext): Map<number, TagUse> {
  const uses = new Map<number, TagUse>()
  const add = (tagId: number, sentiment: string, count: number) => {
    const use = uses.get(tagId) ?? { responses: 0, bySentiment: {} }
    uses.set(tagId, use)
    use.responses += count
    use.bySentiment[sentiment] = (use.bySentiment[sentiment] ?? 0) + count
  }
  const found = db.all(
    'SELECT u.* FROM tags t JOIN tag_uses u ON u.tag_id = t.id WHERE t.account = ? AND u.uses > 0',
    account.id,
  )
  for (const { tag_id, sentiment, uses: count } of found) add(Number(tag_id), String(sentiment), Number(count))
  const tagged = db.all(
    "SELECT responses, sentiments, tag_ids FROM imports WHERE account = ? AND tag_ids <> '[]' AND responses > 0",
    account.id,
  )
  for (const row of tagged) {
    const known = Object.entries(JSON.parse(String(row.sentiments)) as Record<string, number>)
    const judged = known.reduce((sum, [, count]) => sum + count, 0)
    const all: [string, number][] = [...known, ['null', Number(row.responses) - judged]]
    for (const tagId of JSON.parse(String(row.tag_ids)) as number[]) {
      for (const [sentiment, count] of all) add(tagId, sentiment, count)
    }
  }
  return uses
}

/** Changes of uses, gathered for many responses and then written at once. */
export class UseChanges {
  readonly #changes = new Map<string, number>()

  add(tags: KeptTags, by: 1 | -1): void {
    for (const [tagId, sentiment] of tags) {
      const key = `${tagId}:${sentiment}`
      this.#changes.set(key, (this.#changes.get(key) ?? 0) + by)
    }
  }

  write(db: Database): void {
    for (const [key, change] of this.#changes) {
      if (change === 0) continue
      const [tagId = '', sentiment = ''] = key.split(':')
      db.run(
        `INSERT INTO tag_uses (tag_id, sentiment, uses) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET uses = uses + excluded.uses`,
        Number(tagId),
        sentiment,
        change,
      )
    }
  }
}
