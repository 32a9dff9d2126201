import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../../../shared/stores/sqlite/database.ts'
import { SqliteLedger } from '../../../../shared/stores/sqlite/ledger.ts'
import { ManualClock } from '../../../support/fakes.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-database-'))
  path = join(folder, 'relay.db')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

test('keeps records over a restart', async () => {
  const db = openDatabase(path)
  await new SqliteLedger(db, new ManualClock()).create({ group: 'g', id: 'a', value: { n: 1 } })
  db.close()

  const again = openDatabase(path)

  expect((await new SqliteLedger(again, new ManualClock()).get('g', 'a'))?.value).toEqual({ n: 1 })
  again.close()
})

test('FC-15 is durable at each commit and lets several processes in', () => {
  const db = openDatabase(path)

  expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
  expect(db.prepare('PRAGMA fullfsync').get()).toEqual({ fullfsync: 1 })
  expect(db.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 5000 })
  db.close()
})

test.skipIf(process.platform === 'win32')('lets no other user read it', async () => {
  const db = openDatabase(path)
  db.exec("INSERT INTO tokens VALUES ('a', '1', '{}')")

  for (const file of [path, `${path}-wal`]) expect((await stat(file)).mode & 0o077).toBe(0)
  db.close()
})

test('refuses the database of another program and leaves it as it is', () => {
  const other = new DatabaseSync(path)
  other.exec('CREATE TABLE theirs (a)')
  other.close()

  expect(() => openDatabase(path)).toThrow(expect.objectContaining({ code: 'store_foreign', retryable: false }))

  const again = new DatabaseSync(path)
  expect(again.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'theirs' }])
  again.close()
})

test('refuses the database of a newer version', () => {
  const db = openDatabase(path)
  db.exec('PRAGMA user_version = 1000')
  db.close()

  expect(() => openDatabase(path)).toThrow('newer cxi-relay')
})

test('says that a file is no database', async () => {
  await writeFile(path, 'not a database, but long enough to look like one to nobody at all'.repeat(20))

  expect(() => openDatabase(path)).toThrow(expect.objectContaining({ code: 'store_unavailable', retryable: true }))
  expect(() => openDatabase(path)).toThrow(path)
})

test('turns a full disk into disk_full, and works on when there is room', async () => {
  const db = openDatabase(path)
  const ledger = new SqliteLedger(db, new ManualClock())
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count)
  db.exec(`PRAGMA max_page_count = ${pages + 2}`)
  const write = { group: 'g', id: 'a', value: { text: 'x'.repeat(100_000) } }

  await expect(ledger.create(write)).rejects.toMatchObject({ code: 'disk_full', retryable: true })
  expect(await ledger.get('g', 'a')).toBeUndefined()
  db.exec('PRAGMA max_page_count = 1000000')

  expect(await ledger.create(write)).toBeDefined()
  db.close()
})

test('turns a writer that holds the database too long into store_unavailable', async () => {
  const holder = openDatabase(path)
  const db = openDatabase(path)
  db.exec('PRAGMA busy_timeout = 20')
  const ledger = new SqliteLedger(db, new ManualClock())
  holder.exec('BEGIN IMMEDIATE')

  const writing = ledger.create({ group: 'g', id: 'a', value: {} })

  await expect(writing).rejects.toMatchObject({ code: 'store_unavailable', retryable: true })
  holder.exec('ROLLBACK')
  expect(await ledger.create({ group: 'g', id: 'a', value: {} })).toBeDefined()
  holder.close()
  db.close()
})

test('sweeps expired records now and then', async () => {
  const db = openDatabase(path)
  const clock = new ManualClock()
  const ledger = new SqliteLedger(db, clock)
  for (const id of ['a', 'b']) await ledger.create({ group: 'g', id, value: {}, expiresAtMs: clock.now() + 1_000 })

  await clock.advance(3_600_000)
  await ledger.create({ group: 'g', id: 'c', value: {} })

  expect(db.prepare('SELECT id FROM records').all()).toEqual([{ id: 'c' }])
  db.close()
})

test('finds what is due, expired and grouped by index', () => {
  const db = openDatabase(path)
  const plan = (sql: string) => JSON.stringify(db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all())

  expect(plan('SELECT * FROM records WHERE due_at <= 1 ORDER BY due_at LIMIT 5')).toContain('INDEX records_due')
  expect(plan('SELECT rowid FROM records WHERE expires_at <= 1 LIMIT 5')).toContain('INDEX records_expiry')
  const list = plan("SELECT * FROM records WHERE group_key = 'g' ORDER BY id")
  expect(list).toContain('INDEX sqlite_autoindex_records_1')
  expect(list).not.toContain('TEMP B-TREE')
  db.close()
})

test.skipIf(process.getuid?.() === 0)('says that the folder may not be written', async () => {
  await chmod(folder, 0o500)

  expect(() => openDatabase(path)).toThrow(expect.objectContaining({ code: 'store_unavailable' }))
  await chmod(folder, 0o700)
})
