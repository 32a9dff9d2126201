import { setImmediate as breathe } from 'node:timers/promises'
import type { AccountContext, SandboxContext } from './context.ts'
import type { Row } from './database.ts'
import { accountOf } from './demo.ts'
import { type ImportRow, importRow } from './import-row.ts'
import { type Sentiment, sentimentOf } from './sentiment.ts'
import { TagFinder } from './tag-finder.ts'
import { type KeptTags, UseChanges } from './tag-uses.ts'

const AT_ONCE = 500
const DELAYS_MS = { 'at-once': 0, 'after-30-seconds': 30_000, 'after-10-minutes': 600_000 }

/** Counts and analyses imports some time after their upload, and again when tags have changed. */
export class Analysis {
  readonly #context: Pick<SandboxContext, 'db' | 'clock' | 'unknowns'>
  #running: Promise<void> = Promise.resolve()
  #isStopping = false

  constructor(context: Pick<SandboxContext, 'db' | 'clock' | 'unknowns'>) {
    this.#context = context
  }

  /** When what changes now is to be analysed. */
  dueMs(): number {
    return this.#context.clock.now() + DELAYS_MS[this.#context.unknowns['U-24']]
  }

  /** Resolves when the analysis of a new import is so far as the answer to its upload shall show it. */
  importAdded(): Promise<void> {
    return this.#context.unknowns['U-24'] === 'at-once' ? this.finishDue() : Promise.resolve()
  }

  importChanged(id: number): Promise<void> {
    this.#context.db.run('UPDATE imports SET due_ms = ? WHERE id = ? AND due_ms IS NULL', this.dueMs(), id)
    return this.importAdded()
  }

  /** Everything that was analysed before is looked at again. */
  tagsChanged(account: number): Promise<void> {
    this.#context.db.run(
      'UPDATE imports SET due_ms = ? WHERE account = ? AND due_ms IS NULL AND responses > 0',
      this.dueMs(),
      account,
    )
    return this.importAdded()
  }

  /** Resolves when every import that is due has been analysed. */
  finishDue(): Promise<void> {
    this.#running = this.#running.then(() => this.#work()).catch((error: unknown) => console.error(error))
    return this.#running
  }

  /** Ends what runs; it begins anew with the next call of `finishDue`. */
  async interrupt(): Promise<void> {
    this.#isStopping = true
    await this.#running
    this.#isStopping = false
  }

  async #work(): Promise<void> {
    const { db, clock } = this.#context
    const due = db.all('SELECT id FROM imports WHERE due_ms <= ? ORDER BY due_ms, id', clock.now())
    for (const { id } of due) {
      const row = db.get('SELECT * FROM imports WHERE id = ?', Number(id))
      if (row) await this.#analyse(importRow(row), Number(row.due_ms))
      if (this.#isStopping) return
    }
  }

  /** A few responses at a time: the sandbox answers meanwhile, and an import may be deleted meanwhile. */
  async #analyse(row: ImportRow, dueMs: number): Promise<void> {
    const { db } = this.#context
    const context: Pick<AccountContext, 'db' | 'account'> = { db, account: accountOf(row.account) }
    const finder = new TagFinder(context, row)
    const sentiments: Record<string, number> = {}
    const end = row.firstResponse + row.responses
    for (let next = row.firstResponse; next < end; next += AT_ONCE) {
      const last = Math.min(end, next + AT_ONCE) - 1
      db.transaction(() => {
        const rows = db.all('SELECT * FROM responses WHERE id BETWEEN ? AND ?', next, last)
        this.#judge(rows, finder, sentiments)
      })
      if (row.responses > AT_ONCE) await breathe()
      if (this.#isStopping) return
    }
    // Due again where something has changed meanwhile.
    db.run(
      `UPDATE imports SET analysed = 1, sentiments = ?, due_ms = CASE due_ms WHEN ? THEN NULL ELSE due_ms END
       WHERE id = ?`,
      JSON.stringify(sentiments),
      dueMs,
      row.id,
    )
  }

  #judge(rows: Row[], finder: TagFinder, sentiments: Record<string, number>): void {
    const { db } = this.#context
    const changes = new UseChanges()
    for (const row of rows) {
      const sentiment =
        row.feedback === null ? null : ((row.sentiment ?? sentimentOf(String(row.feedback))) as Sentiment)
      if (sentiment !== null) sentiments[sentiment] = (sentiments[sentiment] ?? 0) + 1
      const tags = finder.tagsOf(row, sentiment)
      const text = JSON.stringify(tags)
      if (text === row.tags && sentiment === row.sentiment) continue
      changes.add(JSON.parse(String(row.tags)) as KeptTags, -1)
      changes.add(tags, 1)
      db.run('UPDATE responses SET sentiment = ?, tags = ? WHERE id = ?', sentiment, text, Number(row.id))
    }
    changes.write(db)
  }
}
