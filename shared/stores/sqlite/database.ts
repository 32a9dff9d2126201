import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { RelayError } from '../../errors.ts'
import { fileError, isBusy, onDatabase } from './store-errors.ts'

/** Marks the file as ours ("cxir"), so that a database of something else is never altered. */
const APPLICATION_ID = 0x63786972

const BUSY_TIMEOUT_MS = 5_000

/** Each entry brings the schema from the version of its index to the next; entries are only ever added. */
const STEPS = [
  `CREATE TABLE records (
     group_key TEXT NOT NULL,
     id TEXT NOT NULL,
     version INTEGER NOT NULL,
     value TEXT NOT NULL,
     due_at INTEGER,
     expires_at INTEGER,
     PRIMARY KEY (group_key, id)
   );
   CREATE INDEX records_due ON records (due_at) WHERE due_at IS NOT NULL;
   CREATE INDEX records_expiry ON records (expires_at) WHERE expires_at IS NOT NULL;
   CREATE TABLE drop_places (version TEXT PRIMARY KEY, key TEXT NOT NULL, place TEXT NOT NULL UNIQUE, previous TEXT);
   CREATE TABLE tokens (name TEXT PRIMARY KEY, version TEXT NOT NULL, value TEXT NOT NULL);
   CREATE TABLE own_keys (name TEXT PRIMARY KEY, value BLOB NOT NULL);`,
  `CREATE TABLE responses (
     scope TEXT NOT NULL,
     id TEXT NOT NULL,
     version INTEGER NOT NULL,
     owner TEXT,
     settled_at INTEGER,
     first_at INTEGER NOT NULL,
     tool_order REAL,
     hash TEXT NOT NULL,
     content BLOB,
     joined_at INTEGER,
     PRIMARY KEY (scope, id)
   );
   CREATE INDEX responses_settled ON responses (scope, settled_at) WHERE settled_at IS NOT NULL;
   CREATE INDEX responses_owner ON responses (scope, owner) WHERE owner IS NOT NULL;
   CREATE INDEX responses_joined ON responses (joined_at) WHERE joined_at IS NOT NULL;`,
  'ALTER TABLE responses ADD COLUMN bytes INTEGER;',
]

/**
 * Opens (or makes) the database of the embedded home; several processes may have it open. Every commit is on the disk
 * before it answers. Throws RelayError `store_unavailable`, `disk_full`, or `store_foreign` for a file that is of
 * another program or of a newer cxi-relay.
 */
export function openDatabase(path: string): DatabaseSync {
  if (path !== ':memory:') makePrivate(path)
  const what = `Opening the database ${path}`
  const db = onDatabase(what, () => new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS }))
  try {
    onDatabase(what, () => {
      claim(db, path)
      walMode(db)
      // With NORMAL a power cut takes back the last commits, though each had answered; macOS needs its own full sync.
      db.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON')
      migrate(db)
    })
  } catch (error) {
    db.close()
    throw error
  }
  return db
}

/** Tokens lie in it: made before SQLite would, which gives its other two files the same mode. */
function makePrivate(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    throw fileError(`Opening the database ${path}`, error)
  }
}

function claim(db: DatabaseSync, path: string): void {
  // One transaction, so that the first start of another process is seen whole or not at all.
  db.exec('BEGIN')
  const version = pragma(db, 'user_version')
  const isOurs = pragma(db, 'application_id') === APPLICATION_ID
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n
  db.exec('COMMIT')
  if (!isOurs && tables !== 0) {
    throw foreign(`The database ${path} is of another program; start with another data folder.`)
  }
  if (isOurs && version > STEPS.length) {
    throw foreign(`The database ${path} is of a newer cxi-relay; use that version, or another data folder.`)
  }
}

/** SQLite does not wait its busy timeout for this change, which two processes may attempt at the same first start. */
function walMode(db: DatabaseSync): void {
  const until = Date.now() + BUSY_TIMEOUT_MS
  for (;;) {
    try {
      db.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (!isBusy(error) || Date.now() > until) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}

function migrate(db: DatabaseSync): void {
  if (pragma(db, 'user_version') === STEPS.length) return
  db.exec('BEGIN IMMEDIATE')
  try {
    // Read again: another process may have done it while this one waited for the lock.
    for (const step of STEPS.slice(pragma(db, 'user_version'))) db.exec(step)
    db.exec(`PRAGMA user_version = ${STEPS.length}; PRAGMA application_id = ${APPLICATION_ID}; COMMIT`)
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function pragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
}

function foreign(message: string): RelayError {
  return new RelayError('store_foreign', message)
}
