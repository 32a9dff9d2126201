import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { DropObject } from '../../ports.ts'
import { GroupedWrites } from './grouped-writes.ts'
import { onDatabase } from './store-errors.ts'

/** Where a drop that ended lies, or is about to; paths relative to the data folder, with `/`. */
export interface DropPlace {
  version: string
  key: string
  place: string
  /** Where it lay before, until the move to `place` is known to be over. */
  previous: string | null
}

/** Remembers the places of drops that ended, so that a move cut short can be ended by whoever comes next. */
export class DropPlaces {
  readonly #writes: GroupedWrites
  readonly #get: StatementSync
  readonly #at: StatementSync
  readonly #set: StatementSync
  readonly #settle: StatementSync
  readonly #forget: StatementSync

  constructor(db: DatabaseSync) {
    this.#writes = GroupedWrites.of(db)
    this.#get = db.prepare('SELECT version, key, place, previous FROM drop_places WHERE version = ? AND key = ?')
    this.#at = db.prepare('SELECT version, key, place, previous FROM drop_places WHERE place = ?')
    this.#set = db.prepare(
      `INSERT INTO drop_places (version, key, place, previous) VALUES (:version, :key, :place, :previous)
       ON CONFLICT (version) DO UPDATE SET place = excluded.place, previous = excluded.previous`,
    )
    this.#settle = db.prepare('UPDATE drop_places SET previous = NULL WHERE version = ? AND previous IS NOT NULL')
    this.#forget = db.prepare('DELETE FROM drop_places WHERE version = ?')
  }

  get(drop: DropObject): DropPlace | undefined {
    return onDatabase('Reading where a drop lies', () => placeOf(this.#get.get(drop.version, drop.key)))
  }

  /** Whose place that is. */
  at(place: string): DropPlace | undefined {
    return onDatabase('Reading where a drop lies', () => placeOf(this.#at.get(place)))
  }

  async set(place: DropPlace): Promise<void> {
    await this.#writes.run('Writing where a drop lies', () => this.#set.run({ ...place }))
  }

  /** The move is over. */
  async settle(drop: DropObject): Promise<void> {
    await this.#writes.run('Writing where a drop lies', () => this.#settle.run(drop.version))
  }

  async forget(drop: DropObject): Promise<void> {
    await this.#writes.run('Writing where a drop lies', () => this.#forget.run(drop.version))
  }
}

function placeOf(row: Record<string, unknown> | undefined): DropPlace | undefined {
  if (!row) return undefined
  return {
    version: String(row.version),
    key: String(row.key),
    place: String(row.place),
    previous: row.previous === null ? null : String(row.previous),
  }
}
