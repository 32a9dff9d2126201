import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Clock, Ledger, LedgerRecord, LedgerWrite } from '../../ports.ts'
import { GroupedWrites } from './grouped-writes.ts'
import { onDatabase } from './store-errors.ts'

const COLUMNS = 'group_key, id, version, value, due_at'
const LIVE = '(expires_at IS NULL OR expires_at > :now)'
const SWEEP_EVERY_MS = 60_000
/** Few enough that a write which sweeps is not felt. */
const SWEEP_RECORDS = 1_000

/** The ledger of the embedded home. Each write is one statement, durable when it answers; one commit for all of a moment. */
export class SqliteLedger implements Ledger {
  readonly #clock: Clock
  readonly #writes: GroupedWrites
  readonly #get: StatementSync
  readonly #create: StatementSync
  readonly #update: StatementSync
  readonly #remove: StatementSync
  readonly #list: StatementSync
  readonly #due: StatementSync
  readonly #sweep: StatementSync
  #sweptAtMs: number

  constructor(db: DatabaseSync, clock: Clock) {
    this.#clock = clock
    this.#writes = GroupedWrites.of(db)
    this.#sweptAtMs = clock.now()
    this.#get = db.prepare(`SELECT ${COLUMNS} FROM records WHERE group_key = :group AND id = :id AND ${LIVE}`)
    this.#create = db.prepare(
      `INSERT INTO records (${COLUMNS}, expires_at) VALUES (:group, :id, 1, :value, :due, :expires)
       ON CONFLICT (group_key, id) DO UPDATE
         SET version = 1, value = excluded.value, due_at = excluded.due_at, expires_at = excluded.expires_at
         WHERE records.expires_at <= :now`,
    )
    this.#update = db.prepare(
      `UPDATE records SET version = version + 1, value = :value, due_at = :due,
         expires_at = CASE WHEN :keeps = 1 THEN expires_at ELSE :expires END
       WHERE group_key = :group AND id = :id AND version = :version AND ${LIVE}`,
    )
    this.#remove = db.prepare(
      `DELETE FROM records WHERE group_key = :group AND id = :id AND version = :version AND ${LIVE}`,
    )
    this.#list = db.prepare(`SELECT ${COLUMNS} FROM records WHERE group_key = :group AND ${LIVE} ORDER BY id`)
    this.#due = db.prepare(
      `SELECT ${COLUMNS} FROM records WHERE due_at <= :due AND ${LIVE} ORDER BY due_at LIMIT :limit`,
    )
    this.#sweep = db.prepare(
      'DELETE FROM records WHERE rowid IN (SELECT rowid FROM records WHERE expires_at <= :now LIMIT :limit)',
    )
  }

  async get<T>(group: string, id: string): Promise<LedgerRecord<T> | undefined> {
    return onDatabase(`Reading the ledger record ${group} ${id}`, () => {
      const row = this.#get.get({ group, id, now: this.#clock.now() })
      return row && recordOf<T>(row)
    })
  }

  async create<T>(write: LedgerWrite<T>): Promise<LedgerRecord<T> | undefined> {
    const { group, id, dueAtMs = null, expiresAtMs = null } = write
    const value = JSON.stringify(write.value)
    const isNew = await this.#writes.run(`Writing the ledger record ${group} ${id}`, () => {
      const now = this.#clock.now()
      this.#sweepSometimes(now)
      return this.#create.run({ group, id, value, due: dueAtMs, expires: expiresAtMs, now }).changes === 1
    })
    return isNew ? { group, id, version: 1, value: JSON.parse(value) as T, dueAtMs } : undefined
  }

  async update<T>(
    record: LedgerRecord<unknown>,
    change: { value: T; dueAtMs?: number | null; expiresAtMs?: number | null },
  ): Promise<LedgerRecord<T> | undefined> {
    const { group, id, version } = record
    const { dueAtMs = null, expiresAtMs } = change
    const value = JSON.stringify(change.value)
    const isChanged = await this.#writes.run(`Writing the ledger record ${group} ${id}`, () => {
      const keeps = expiresAtMs === undefined ? 1 : 0
      const now = this.#clock.now()
      const expires = expiresAtMs ?? null
      return this.#update.run({ group, id, version, value, due: dueAtMs, keeps, expires, now }).changes === 1
    })
    return isChanged ? { group, id, version: version + 1, value: JSON.parse(value) as T, dueAtMs } : undefined
  }

  async remove(record: LedgerRecord<unknown>): Promise<boolean> {
    const { group, id, version } = record
    return this.#writes.run(`Removing the ledger record ${group} ${id}`, () => {
      return this.#remove.run({ group, id, version, now: this.#clock.now() }).changes === 1
    })
  }

  async list<T>(group: string): Promise<LedgerRecord<T>[]> {
    return onDatabase(`Listing the ledger records of ${group}`, () => {
      return this.#list.all({ group, now: this.#clock.now() }).map((row) => recordOf<T>(row))
    })
  }

  async due(nowMs: number, limit: number): Promise<LedgerRecord<unknown>[]> {
    return onDatabase('Looking for due ledger records', () => {
      return this.#due.all({ due: nowMs, now: this.#clock.now(), limit }).map((row) => recordOf<unknown>(row))
    })
  }

  #sweepSometimes(now: number): void {
    if (now - this.#sweptAtMs < SWEEP_EVERY_MS) return
    this.#sweptAtMs = now
    this.#sweep.run({ now, limit: SWEEP_RECORDS })
  }
}

function recordOf<T>(row: Record<string, unknown>): LedgerRecord<T> {
  return {
    group: String(row.group_key),
    id: String(row.id),
    version: Number(row.version),
    value: JSON.parse(String(row.value)) as T,
    dueAtMs: row.due_at === null ? null : Number(row.due_at),
  }
}
