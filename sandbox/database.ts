import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { SandboxError } from './sandbox-error.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  -- 'project' and 'import' are what the onboarding named, as JSON.
  CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY, onboarded INTEGER NOT NULL, begun INTEGER NOT NULL DEFAULT 0, category_id INTEGER,
    project TEXT, import TEXT
  );
  CREATE TABLE IF NOT EXISTS tokens (
    access TEXT PRIMARY KEY, refresh TEXT UNIQUE, account INTEGER NOT NULL, expires_ms INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS projects (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, name TEXT NOT NULL, description TEXT,
    mode TEXT NOT NULL, enabled INTEGER NOT NULL DEFAULT 1, parent_id INTEGER, scope_by_parent INTEGER,
    terms TEXT NOT NULL DEFAULT '[]', filter_rules TEXT NOT NULL DEFAULT '{}'
  );
  -- How many responses a tag has, by its own sentiment in them: counting them anew takes too long for a list.
  CREATE TABLE IF NOT EXISTS tag_uses (
    tag_id INTEGER NOT NULL, sentiment TEXT NOT NULL, uses INTEGER NOT NULL, PRIMARY KEY (tag_id, sentiment)
  ) WITHOUT ROWID;
  -- 'columns' are the keys of its responses' properties, 'sentiments' counts them by theirs, 'due_ms' is when they are
  -- analysed (again).
  CREATE TABLE IF NOT EXISTS imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, name TEXT NOT NULL, source TEXT, metric_type TEXT,
    language TEXT NOT NULL DEFAULT 'en', secondary_product_category_id INTEGER, created_ms INTEGER NOT NULL,
    first_response INTEGER NOT NULL, responses INTEGER NOT NULL, columns TEXT NOT NULL DEFAULT '[]',
    project_ids TEXT NOT NULL DEFAULT '[]', tag_ids TEXT NOT NULL DEFAULT '[]',
    sentiments TEXT NOT NULL DEFAULT '{}', analysed INTEGER NOT NULL DEFAULT 0, due_ms INTEGER
  );
  CREATE INDEX IF NOT EXISTS imports_by_time ON imports (account, created_ms / 1000, id);
  CREATE INDEX IF NOT EXISTS imports_due ON imports (due_ms) WHERE due_ms IS NOT NULL;
  -- The responses of an import bear consecutive ids, so that no index is needed to find them. 'cells' are the values
  -- of the import's columns, 'changed' the properties that were set later, 'tags' pairs of a tag's id and sentiment.
  CREATE TABLE IF NOT EXISTS responses (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, import_id INTEGER NOT NULL, feedback TEXT,
    user_id TEXT, feedback_date INTEGER NOT NULL, score INTEGER, cells TEXT NOT NULL, changed TEXT, sentiment TEXT,
    tags TEXT NOT NULL DEFAULT '[]'
  );
  CREATE INDEX IF NOT EXISTS responses_by_date ON responses (account, feedback_date, id);
  CREATE TABLE IF NOT EXISTS exports (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, type TEXT NOT NULL, done_ms INTEGER NOT NULL,
    key TEXT NOT NULL, mailed INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
    sent_ms INTEGER NOT NULL, delivered INTEGER NOT NULL DEFAULT 0
  );
`

/** Counts up with the schema: data of an older one can't be read. */
const VERSION = 2
const TABLES = [
  'settings',
  'accounts',
  'tokens',
  'projects',
  'tags',
  'tag_uses',
  'imports',
  'responses',
  'exports',
  'mails',
]

export type Row = Record<string, unknown>

/** The sandbox's data. Statements are prepared once for each text. */
export class Database {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** Opens a file, or memory without a path. Throws a SandboxError for a file of another version. */
  constructor(path: string | undefined) {
    this.#db = new DatabaseSync(path ?? ':memory:', { timeout: 5000 })
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;')
    const [{ tables } = {}] = this.all("SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table'")
    const version = this.get('PRAGMA user_version')?.user_version
    if (tables !== 0 && version !== VERSION) {
      throw new SandboxError(
        `The sandbox's data in ${path} is of another version; delete the file, it holds only test data.`,
      )
    }
    this.#db.exec(SCHEMA)
    this.#db.exec(`PRAGMA user_version = ${VERSION}`)
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values)
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values)
  }

  /** Answers the id of what was inserted last, and how many rows were changed. */
  run(sql: string, ...values: SQLInputValue[]): { id: number; changes: number } {
    const { lastInsertRowid, changes } = this.#statement(sql).run(...values)
    return { id: Number(lastInsertRowid), changes: Number(changes) }
  }

  /** A statement that is to be run for many rows. */
  many(sql: string): (...values: SQLInputValue[]) => void {
    const statement = this.#statement(sql)
    return (...values) => void statement.run(...values)
  }

  /** Runs `work` so that all of it is kept or nothing. */
  transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      this.#db.exec('ROLLBACK')
      throw error
    }
  }

  /** Forgets everything, the counters of ids too. */
  clear(): void {
    this.transaction(() => {
      for (const table of [...TABLES, 'sqlite_sequence']) this.run(`DELETE FROM ${table}`)
    })
  }

  close(): void {
    this.#db.close()
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
