import type { DatabaseSync } from 'node:sqlite'
import { databaseError } from './store-errors.ts'

/** Writes waiting together for one commit at most. */
const MOST = 200

interface Waiting {
  what: string
  write: () => unknown
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

/** One for each connection, so that the writes of all its stores are committed together. */
const GROUPS = new WeakMap<DatabaseSync, GroupedWrites>()

/**
 * Commits the writes of one turn of the event loop together: the disk is waited for once, and each answers after that.
 * They are done in the order in which they came, each seeing those before it; one that throws is undone alone.
 */
export class GroupedWrites {
  readonly #db: DatabaseSync
  #waiting: Waiting[] = []

  private constructor(db: DatabaseSync) {
    this.#db = db
  }

  static of(db: DatabaseSync): GroupedWrites {
    const there = GROUPS.get(db) ?? new GroupedWrites(db)
    GROUPS.set(db, there)
    return there
  }

  /** `what` names the write in errors: a retryable RelayError `store_unavailable` or `disk_full`, or what `write` throws. */
  run<T>(what: string, write: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ what, write, resolve, reject })
      if (this.#waiting.length === 1) setImmediate(() => this.#commit())
    })
  }

  #commit(): void {
    const group = this.#waiting.splice(0, MOST)
    if (this.#waiting.length > 0) setImmediate(() => this.#commit())
    const done: (() => void)[] = []
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      for (const one of group) done.push(this.#one(one))
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK')
      for (const { what, reject } of group) reject(databaseError(what, error))
      return
    }
    for (const tell of done) tell()
  }

  #one({ what, write, resolve, reject }: Waiting): () => void {
    this.#db.exec('SAVEPOINT one')
    try {
      const value = write()
      this.#db.exec('RELEASE one')
      return () => resolve(value as never)
    } catch (error) {
      // Where the whole transaction is gone, there is no savepoint to go back to.
      if (!this.#db.isTransaction) throw error
      this.#db.exec('ROLLBACK TO one; RELEASE one')
      return () => reject(databaseError(what, error))
    }
  }
}
