import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { BufferedResponse, Clock, ResponseBuffer, ResponseContent, ResponseScope, Revision } from '../../ports.ts'
import { GroupedWrites } from './grouped-writes.ts'
import { onDatabase } from './store-errors.ts'

const COLUMNS = 'id, version, owner, settled_at, first_at, tool_order, hash, content'
const PAGE = 200
const DAY_MS = 86_400_000
/** How long the content of a response that has joined is kept, for an undo and another mapping. */
const KEPT_MS = 30 * DAY_MS
const SWEEP_EVERY_MS = 60_000
const SWEEP_RESPONSES = 1000

/** The response buffer of the embedded home: one commit for all that arrive at once. */
export class SqliteResponseBuffer implements ResponseBuffer {
  readonly #clock: Clock
  readonly #writes: GroupedWrites
  readonly #get: StatementSync
  readonly #accept: StatementSync
  readonly #reserve: StatementSync
  readonly #revise: StatementSync
  readonly #settled: StatementSync
  readonly #unsent: StatementSync
  readonly #own: StatementSync
  readonly #releaseAll: StatementSync
  readonly #forgetAll: StatementSync
  readonly #releaseOne: StatementSync
  readonly #forgetOne: StatementSync
  readonly #sweep: StatementSync
  #sweptAtMs = 0

  constructor(db: DatabaseSync, clock: Clock) {
    this.#clock = clock
    this.#writes = GroupedWrites.of(db)
    this.#get = db.prepare(`SELECT ${COLUMNS} FROM responses WHERE scope = :scope AND id = :id`)
    this.#accept = db.prepare(
      `INSERT INTO responses (scope, id, version, settled_at, first_at, tool_order, hash, content, bytes)
       VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT (scope, id) DO NOTHING`,
    )
    this.#reserve = db.prepare(
      `INSERT INTO responses (scope, id, version, owner, first_at, hash) VALUES (:scope, :id, 1, :owner, :now, '')`,
    )
    this.#revise = db.prepare(
      `UPDATE responses SET version = version + 1, settled_at = :settled, tool_order = :order, hash = :hash,
         content = :content, bytes = :bytes WHERE scope = :scope AND id = :id AND owner IS NULL`,
    )
    this.#settled = db.prepare(
      `SELECT id, version, coalesce(bytes, length(content)) AS bytes FROM responses WHERE scope = :scope AND settled_at <= :now
       ORDER BY settled_at LIMIT :limit`,
    )
    this.#unsent = db.prepare(
      `SELECT ${COLUMNS} FROM responses WHERE scope = :scope AND owner IS NULL AND content IS NOT NULL
       AND first_at >= :since AND id > :after ORDER BY id LIMIT ${PAGE}`,
    )
    this.#own = db.prepare(
      `UPDATE responses SET owner = :owner, settled_at = NULL, joined_at = :now, version = version + 1
       WHERE scope = :scope AND id = :id AND owner IS NULL AND (:version IS NULL OR version = :version)`,
    )
    const release = `UPDATE responses SET owner = NULL, settled_at = :settled, joined_at = NULL, version = version + 1
       WHERE scope = :scope AND owner = :owner AND content IS NOT NULL`
    const forget = 'DELETE FROM responses WHERE scope = :scope AND owner = :owner AND content IS NULL'
    this.#releaseAll = db.prepare(release)
    this.#forgetAll = db.prepare(forget)
    this.#releaseOne = db.prepare(`${release} AND id = :id`)
    this.#forgetOne = db.prepare(`${forget} AND id = :id`)
    this.#sweep = db.prepare(
      `UPDATE responses SET content = NULL, joined_at = NULL WHERE rowid IN
       (SELECT rowid FROM responses WHERE joined_at < :before LIMIT ${SWEEP_RESPONSES})`,
    )
  }

  put(
    scope: ResponseScope,
    id: string,
    content: ResponseContent,
    revise: (existing: BufferedResponse) => Revision,
  ): Promise<'accepted' | 'duplicate' | 'updated' | 'late'> {
    const at = { scope: scopeOf(scope), id }
    const { content: packed, bytes, hash, order, settledAtMs } = content
    return this.#writes.run('Storing responses', () => {
      const now = this.#clock.now()
      this.#sweepSometimes(now)
      // Most are new: not asked beforehand, and by position, which is half the work of names.
      if (this.#accept.run(at.scope, id, settledAtMs, now, order, hash, packed, bytes).changes === 1) return 'accepted'
      const row = this.#get.get(at)
      if (!row) throw new Error('A response is there and not there.')
      const revision = revise(responseOf(row))
      if (typeof revision === 'string') return revision
      this.#revise.run({ ...at, ...contentOf(revision) })
      return 'updated'
    })
  }

  async read(scope: ResponseScope, ids: readonly string[]): Promise<BufferedResponse[]> {
    return onDatabase('Reading responses', () =>
      ids.flatMap((id) => {
        const row = this.#get.get({ scope: scopeOf(scope), id })
        return row ? [responseOf(row)] : []
      }),
    )
  }

  async settled(scope: ResponseScope, nowMs: number, limit: number) {
    return onDatabase('Looking for settled responses', () =>
      this.#settled
        .all({ scope: scopeOf(scope), now: nowMs, limit })
        .map((row) => ({ id: String(row.id), version: Number(row.version), bytes: Number(row.bytes) })),
    )
  }

  async *unsent(scope: ResponseScope, sinceMs: number): AsyncIterable<BufferedResponse> {
    for (let after = ''; ; ) {
      const rows = onDatabase('Looking for unsent responses', () =>
        this.#unsent.all({ scope: scopeOf(scope), since: sinceMs, after }),
      )
      for (const row of rows) yield responseOf(row)
      if (rows.length < PAGE) return
      after = String(rows.at(-1)?.id)
    }
  }

  join(
    scope: ResponseScope,
    members: readonly (readonly [id: string, version: number])[],
    owner: string,
  ): Promise<string[]> {
    return this.#writes.run('Storing responses', () =>
      members.flatMap(([id, version]) => {
        const at = { scope: scopeOf(scope), id }
        if (this.#own.run({ ...at, owner, version, now: this.#clock.now() }).changes === 1) return [id]
        return this.#get.get(at)?.owner === owner ? [id] : []
      }),
    )
  }

  claim(scope: ResponseScope, ids: readonly string[], owner: string): Promise<Map<string, string>> {
    return this.#writes.run('Storing responses', () => {
      const owners = new Map<string, string>()
      const now = this.#clock.now()
      for (const id of ids) {
        const at = { scope: scopeOf(scope), id }
        const row = this.#get.get(at)
        if (!row) this.#reserve.run({ ...at, owner, now })
        else if (row.owner === null) this.#own.run({ ...at, owner, version: null, now })
        else if (row.owner !== owner) owners.set(id, String(row.owner))
      }
      return owners
    })
  }

  release(scope: ResponseScope, owner: string, settledAtMs: number | null, ids?: readonly string[]): Promise<void> {
    return this.#writes.run('Storing responses', () => {
      const of = { scope: scopeOf(scope), owner }
      if (!ids) {
        this.#releaseAll.run({ ...of, settled: settledAtMs })
        this.#forgetAll.run(of)
        return
      }
      for (const id of ids) {
        this.#releaseOne.run({ ...of, id, settled: settledAtMs })
        this.#forgetOne.run({ ...of, id })
      }
    })
  }

  #sweepSometimes(now: number): void {
    if (now - this.#sweptAtMs < SWEEP_EVERY_MS) return
    this.#sweptAtMs = now
    this.#sweep.run({ before: now - KEPT_MS })
  }
}

const scopeOf = ({ identity, source }: ResponseScope) => `${identity}\n${source}`

const contentOf = ({ content, bytes, hash, order, settledAtMs }: ResponseContent) => ({
  content,
  bytes,
  hash,
  order,
  settled: settledAtMs,
})

function responseOf(row: Record<string, unknown>): BufferedResponse {
  const { id, version, owner, settled_at, first_at, tool_order, hash, content } = row
  return {
    id: String(id),
    version: Number(version),
    owner: owner === null ? null : String(owner),
    settledAtMs: settled_at === null ? null : Number(settled_at),
    firstMs: Number(first_at),
    order: tool_order === null ? null : Number(tool_order),
    hash: String(hash),
    content: content instanceof Uint8Array ? content : null,
  }
}
