import { closeSync, fdatasync, openSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { RelayError } from '../../errors.ts'
import { fileError } from './store-errors.ts'

/** Answers when what was written to an open file lasts. */
type ToDisk = (file: number, done: (error: Error | null) => void) => void

/**
 * Transactions that wait for the disk beside other work: SQLite's own wait stops the whole process, for as long as all
 * else that a file needs. With synchronous NORMAL a commit is in the write-ahead log, where readers see it, but only
 * `commit` makes it last, by one fdatasync of that log; a checkpoint, which begins the log anew, has synced it before.
 * Transactions of others on the connection wait as ever, and their waits make earlier ones last too.
 */
export class WalSync {
  readonly #db: DatabaseSync
  readonly #wal: string | null
  readonly #toDisk: ToDisk
  #file: number | undefined
  /** A wait failed: what is in the log may be lost although the system calls it written. */
  #isInDoubt = false

  constructor(db: DatabaseSync, toDisk: ToDisk = fdatasync) {
    this.#db = db
    this.#toDisk = toDisk
    const mode = db.prepare('PRAGMA journal_mode').get()?.journal_mode
    const path = db.location()
    this.#wal = mode === 'wal' && path ? `${path}-wal` : null
  }

  /** Begins a transaction; throws what SQLite throws. */
  begin(): void {
    if (this.#isInDoubt) this.#settleDoubt()
    this.#db.exec(this.#wal === null ? 'BEGIN IMMEDIATE' : 'PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE')
  }

  /** Commits it; it lasts once this resolves. Throws what SQLite throws, and a RelayError where the wait fails. */
  async commit(): Promise<void> {
    this.#db.exec('COMMIT')
    if (this.#wal === null) return
    this.#db.exec('PRAGMA synchronous = FULL')
    try {
      await this.#wait(this.#wal)
    } catch (error) {
      this.#isInDoubt = true
      throw fileError('Syncing the database', error)
    }
  }

  /** Takes back what was begun, whichever step failed. */
  rollback(): void {
    if (!this.#db.isOpen) return
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    if (this.#wal !== null) this.#db.exec('PRAGMA synchronous = FULL')
  }

  /** Nothing is to be written for now. */
  rest(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #wait(wal: string): Promise<void> {
    // For writing: Windows flushes no other.
    const file = this.#file ?? openSync(wal, 'r+')
    this.#file = file
    return new Promise((resolve, reject) => {
      this.#toDisk(file, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Takes the log over into the database, with syncs of SQLite's own, before anything is added to it. */
  #settleDoubt(): void {
    const done = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
    if (done?.busy !== 0) {
      const message = 'The log of the database must be written again and is being read; it is tried again.'
      throw new RelayError('store_unavailable', message, { retryable: true })
    }
    this.#isInDoubt = false
  }
}
