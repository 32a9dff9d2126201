import type { DatabaseSync } from 'node:sqlite'
import { databaseError } from './store-errors.ts'
import { WalSync } from './wal-sync.ts'

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
 * Commits the writes of one turn of the event loop together, and those that come while the disk is waited for as the
 * next group: it is waited for once, beside other work, and each answers after that. They are done in the order in
 * which they came, each seeing those before it; one that throws is undone alone.
 */
export class GroupedWrites {
  readonly #db: DatabaseSync
  readonly #sync: WalSync
  #waiting: Waiting[] = []
  #isCommitting = false

  private constructor(db: DatabaseSync) {
    this.#db = db
    this.#sync = new WalSync(db)
  }

  static of(db: DatabaseSync): GroupedWrites {
    const there = GROUPS.get(db) ?? new GroupedWrites(db)
    GROUPS.set(db, there)
    return there
  }

  /**
   * `what` names the write in errors: a retryable RelayError `store_unavailable` or `disk_full`, or what `write` throws.
   * `write` may be called more than once: what an earlier call did to the database is undone then.
   */
  run<T>(what: string, write: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ what, write, resolve, reject })
      if (this.#isCommitting) return
      this.#isCommitting = true
      setImmediate(() => void this.#commitAll())
    })
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, MOST))
    this.#isCommitting = false
    this.#sync.rest()
  }

  async #commit(group: Waiting[]): Promise<void> {
    let done: (() => void)[]
    try {
      // Savepoints cost as much as the writes, so they are made only where a write throws, which hardly any does.
      done = this.#together(group) ?? this.#write(() => group.map((one) => this.#apart(one)))
      await this.#sync.commit()
    } catch (error) {
      this.#sync.rollback()
      for (const { what, reject } of group) reject(databaseError(what, error))
      return
    }
    for (const tell of done) tell()
  }

  #write<T>(work: () => T): T {
    this.#sync.begin()
    return work()
  }

  /** Undefined where a write threw and all are undone. */
  #together(group: readonly Waiting[]): (() => void)[] | undefined {
    let hasThrown = false
    try {
      return this.#write(() =>
        group.map(({ write, resolve }) => {
          try {
            const value = write()
            return () => resolve(value as never)
          } catch (error) {
            hasThrown = true
            throw error
          }
        }),
      )
    } catch (error) {
      if (!hasThrown) throw error
      this.#sync.rollback()
      return undefined
    }
  }

  #apart({ what, write, resolve, reject }: Waiting): () => void {
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
