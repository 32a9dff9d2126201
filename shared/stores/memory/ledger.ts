import type { Clock, Ledger, LedgerRecord, LedgerWrite } from '../../ports.ts'
import { byCodePoint } from '../code-points.ts'

interface Row {
  record: LedgerRecord<unknown>
  expiresAtMs: number | null
}

/** As the other stores keep values: as JSON, and much faster than a structured clone. */
const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** A ledger for tests. Values are copied on the way in and out; each method answers in a later turn. */
export class MemoryLedger implements Ledger {
  readonly #clock: Clock
  readonly #groups = new Map<string, Map<string, Row>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async get<T>(group: string, id: string): Promise<LedgerRecord<T> | undefined> {
    await null
    const row = this.#live(group, id)
    return row && (copyOf(row.record) as LedgerRecord<T>)
  }

  async create<T>(write: LedgerWrite<T>): Promise<LedgerRecord<T> | undefined> {
    const { group, id, dueAtMs = null, expiresAtMs = null } = write
    const record: LedgerRecord<T> = { group, id, version: 1, value: copyOf(write.value), dueAtMs }
    await null
    if (this.#live(group, id)) return undefined
    let rows = this.#groups.get(group)
    if (!rows) {
      rows = new Map()
      this.#groups.set(group, rows)
    }
    rows.set(id, { record, expiresAtMs })
    return copyOf(record)
  }

  async update<T>(
    record: LedgerRecord<unknown>,
    change: { value: T; dueAtMs?: number | null; expiresAtMs?: number | null },
  ): Promise<LedgerRecord<T> | undefined> {
    const { group, id, version } = record
    const { dueAtMs = null, expiresAtMs } = change
    const next: LedgerRecord<T> = { group, id, version: version + 1, value: copyOf(change.value), dueAtMs }
    await null
    const row = this.#live(group, id)
    if (row?.record.version !== version) return undefined
    row.record = next
    if (expiresAtMs !== undefined) row.expiresAtMs = expiresAtMs
    return copyOf(next)
  }

  async remove(record: LedgerRecord<unknown>): Promise<boolean> {
    const { group, id, version } = record
    await null
    if (this.#live(group, id)?.record.version !== version) return false
    return this.#groups.get(group)?.delete(id) ?? false
  }

  async list<T>(group: string): Promise<LedgerRecord<T>[]> {
    await null
    return [...(this.#groups.get(group)?.values() ?? [])]
      .filter((row) => this.#isLive(row))
      .map((row) => copyOf(row.record) as LedgerRecord<T>)
      .sort((a, b) => byCodePoint(a.id, b.id))
  }

  async due(nowMs: number, limit: number): Promise<LedgerRecord<unknown>[]> {
    await null
    const due: { record: LedgerRecord<unknown>; atMs: number }[] = []
    for (const rows of this.#groups.values()) {
      for (const row of rows.values()) {
        const atMs = row.record.dueAtMs
        if (atMs !== null && atMs <= nowMs && this.#isLive(row)) due.push({ record: row.record, atMs })
      }
    }
    return due
      .sort((a, b) => a.atMs - b.atMs)
      .slice(0, limit)
      .map(({ record }) => copyOf(record))
  }

  #live(group: string, id: string): Row | undefined {
    const row = this.#groups.get(group)?.get(id)
    return row && this.#isLive(row) ? row : undefined
  }

  #isLive(row: Row): boolean {
    return row.expiresAtMs === null || row.expiresAtMs > this.#clock.now()
  }
}
