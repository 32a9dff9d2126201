import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../../shared/stores/sqlite/database.ts'
import { GroupedWrites } from '../../../../shared/stores/sqlite/grouped-writes.ts'
import { SqliteLedger } from '../../../../shared/stores/sqlite/ledger.ts'
import { SqliteResponseBuffer } from '../../../../shared/stores/sqlite/responses.ts'
import { ManualClock } from '../../../support/fakes.ts'

let folder: string
let db: DatabaseSync
let other: DatabaseSync

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxi-grouped-'))
  db = openDatabase(join(folder, 'relay.db'))
  other = openDatabase(join(folder, 'relay.db'))
})

afterEach(() => {
  for (const one of [db, other]) if (one.isOpen) one.close()
  rmSync(folder, { recursive: true })
})

const seen = (table: string) => Number(other.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)

describe('writes of one moment', () => {
  it('are all on the disk when the first of them answers, those of other stores too', async () => {
    const clock = new ManualClock()
    const ledger = new SqliteLedger(db, clock)
    const buffer = new SqliteResponseBuffer(db, clock)
    const content = { content: Buffer.from('x'), bytes: 1, hash: 'h', order: null, settledAtMs: null }

    const first = ledger.create({ group: 'g', id: '0', value: 0 })
    const rest = [
      ...Array.from({ length: 9 }, (_, n) => ledger.create({ group: 'g', id: `${n + 1}`, value: n })),
      buffer.put({ identity: 'i', source: 's' }, 'r', content, () => 'duplicate'),
    ]
    const before = seen('records')
    await first
    const after = [seen('records'), seen('responses')]
    await Promise.all(rest)

    expect([before, after]).toEqual([0, [10, 1]])
  })

  it('see those that came before: of two changes of one version, the first holds', async () => {
    const ledger = new SqliteLedger(db, new ManualClock())
    const record = await ledger.create({ group: 'g', id: 'one', value: 'new' })
    if (!record) throw new Error('It was not there before.')

    const changes = await Promise.all([
      ledger.update(record, { value: 'first' }),
      ledger.update(record, { value: 'second' }),
      ledger.remove(record),
      ledger.create({ group: 'g', id: 'one', value: 'third' }),
    ])

    expect(changes.map((change) => typeof change === 'object')).toEqual([true, false, false, false])
    expect(await ledger.get('g', 'one')).toMatchObject({ value: 'first', version: 2 })
  })

  it('are undone alone where one throws', async () => {
    const writes = GroupedWrites.of(db)
    const insert = db.prepare("INSERT INTO records (group_key, id, version, value) VALUES ('g', ?, 1, '1')")

    const ended = await Promise.allSettled([
      writes.run('Writing a', () => insert.run('a')),
      writes.run('Writing b', () => {
        insert.run('b')
        return insert.run('a')
      }),
      writes.run('Writing c', () => insert.run('c')),
    ])

    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(ended[1]).toMatchObject({
      reason: { code: 'store_unavailable', retryable: true, message: expect.stringContaining('Writing b failed') },
    })
    expect(other.prepare('SELECT id FROM records ORDER BY id').all()).toEqual([{ id: 'a' }, { id: 'c' }])
  })

  it('are as if each had been done once, though all are begun anew where one throws', async () => {
    const clock = new ManualClock()
    const buffer = new SqliteResponseBuffer(db, clock)
    const at = { identity: 'i', source: 's' }
    const content = (text: string) => ({
      content: Buffer.from(text),
      bytes: 1,
      hash: text,
      order: null,
      settledAtMs: null,
    })
    await buffer.put(at, 'old', content('a'), () => 'duplicate')

    const ended = await Promise.allSettled([
      buffer.put(at, 'new', content('a'), () => 'duplicate'),
      buffer.put(at, 'old', content('b'), () => content('b')),
      GroupedWrites.of(db).run('Writing nothing', () => {
        throw new Error('It can’t.')
      }),
      buffer.put(at, 'new', content('c'), () => content('c')),
    ])

    const outcomes = ended.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message))
    expect(outcomes).toEqual(['accepted', 'updated', 'It can’t.', 'updated'])
    expect(await buffer.read(at, ['old', 'new'])).toMatchObject([
      { id: 'old', version: 2, hash: 'b' },
      { id: 'new', version: 2, hash: 'c' },
    ])
  })

  it('all fail where nothing can be committed, each in its own words', async () => {
    const ledger = new SqliteLedger(db, new ManualClock())
    db.exec('PRAGMA busy_timeout = 1')
    other.exec('BEGIN IMMEDIATE')

    const ended = await Promise.allSettled(['a', 'b'].map((id) => ledger.create({ group: 'g', id, value: 1 })))
    other.exec('ROLLBACK')
    const again = await ledger.create({ group: 'g', id: 'a', value: 1 })

    for (const [index, id] of ['a', 'b'].entries()) {
      const message = expect.stringContaining(`record g ${id} failed`)
      expect(ended[index]).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable', message } })
    }
    expect(again).toMatchObject({ version: 1 })
  })
})
