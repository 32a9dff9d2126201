import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../../shared/stores/sqlite/database.ts'
import { WalSync } from '../../../../shared/stores/sqlite/wal-sync.ts'

let folder: string
let db: DatabaseSync
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxi-wal-'))
  path = join(folder, 'relay.db')
  db = openDatabase(path)
})

afterEach(() => {
  if (db.isOpen) db.close()
  rmSync(folder, { recursive: true })
})

const insert = (id: string) =>
  db.prepare("INSERT INTO records (group_key, id, version, value) VALUES ('g', ?, 1, '1')").run(id)
const synchronous = () => db.prepare('PRAGMA synchronous').get()?.synchronous
const FULL = 2

describe('a transaction that waits for the disk by itself', () => {
  it('has ended only when the log is on the disk', async () => {
    const waits: (() => void)[] = []
    const sync = new WalSync(db, (_, done) => waits.push(() => done(null)))
    let hasEnded = false

    sync.begin()
    insert('a')
    const ended = sync.commit().then(() => {
      hasEnded = true
    })
    await new Promise(setImmediate)
    const before = hasEnded
    waits[0]?.()
    await ended
    sync.rest()

    expect([before, hasEnded, waits.length]).toEqual([false, true, 1])
  })

  it('leaves the connection as it was: who commits without it waits as ever', async () => {
    const sync = new WalSync(db)

    sync.begin()
    insert('a')
    await sync.commit()
    const committed = synchronous()
    sync.begin()
    insert('b')
    sync.rollback()
    sync.rest()

    expect([committed, synchronous()]).toEqual([FULL, FULL])
    expect(db.prepare('SELECT id FROM records').all()).toEqual([{ id: 'a' }])
  })

  it('has failed where the disk fails, and the next writes the whole log again before it adds to it', async () => {
    let failures = 1
    const broken = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', syscall: 'fdatasync' })
    const sync = new WalSync(db, (_, done) => done(failures-- > 0 ? broken : null))

    sync.begin()
    insert('a')
    const failed = sync.commit()
    await expect(failed).rejects.toMatchObject({ code: 'store_unavailable', retryable: true })
    const logBytes = statSync(`${path}-wal`).size
    sync.begin()
    const leftBytes = statSync(`${path}-wal`).size
    insert('b')
    await sync.commit()
    sync.rest()

    expect(logBytes).toBeGreaterThan(0)
    expect(leftBytes).toBe(0)
    expect(db.prepare('SELECT id FROM records ORDER BY id').all()).toEqual([{ id: 'a' }, { id: 'b' }])
  })

  it('begins nothing while that is not possible, since somebody reads', async () => {
    const broken = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', syscall: 'fdatasync' })
    const sync = new WalSync(db, (_, done) => done(broken))
    const reader = openDatabase(path)
    db.exec('PRAGMA busy_timeout = 1')
    sync.begin()
    insert('a')
    await expect(sync.commit()).rejects.toMatchObject({ code: 'store_unavailable' })
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM records').get()

    const began = () => sync.begin()

    expect(began).toThrow(expect.objectContaining({ code: 'store_unavailable', retryable: true }))
    reader.close()
    expect(began).not.toThrow()
    sync.rollback()
    sync.rest()
  })
})
