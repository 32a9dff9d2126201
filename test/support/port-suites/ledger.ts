import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ledger, LedgerRecord } from '../../../shared/ports.ts'
import type { ManualClock } from '../fakes.ts'

export interface LedgerUnderTest {
  ledger: Ledger
  /** The clock that the ledger goes by, where the test may move it. */
  clock?: ManualClock
  /** The same ledger as another process would open it. */
  peer?: Ledger
  close: () => Promise<void>
}

/** What every ledger keeps to; safe on a shared table, since groups are new for each test. */
export function describeLedger(name: string, make: () => Promise<LedgerUnderTest>): void {
  describe(`${name} as a ledger`, () => {
    let store: LedgerUnderTest
    let ledger: Ledger

    beforeAll(async () => {
      store = await make()
      ledger = store.ledger
    })

    afterAll(async () => {
      await store?.close()
    })

    const newGroup = () => `suite#${randomUUID()}`
    const create = async <T>(group: string, id: string, value: T, dueAtMs?: number): Promise<LedgerRecord<T>> => {
      const record = await ledger.create({ group, id, value, ...(dueAtMs === undefined ? {} : { dueAtMs }) })
      if (!record) throw new Error(`${group} ${id} is taken`)
      return record
    }

    test('gives back what was created', async () => {
      const group = newGroup()
      const value = { text: 'Größe 😀 "quoted" \u0000', list: [1, 2.5, -3, null, true], nested: { empty: {} } }

      const created = await ledger.create({ group, id: 'a', value, dueAtMs: 1_800_000_000_000 })
      const got = await ledger.get(group, 'a')

      expect(created).toEqual({ group, id: 'a', version: 1, value, dueAtMs: 1_800_000_000_000 })
      expect(got).toEqual(created)
    })

    test('says that a record was never there', async () => {
      expect(await ledger.get(newGroup(), 'a')).toBeUndefined()
      expect(await ledger.list(newGroup())).toEqual([])
    })

    test('creates only where the key is free', async () => {
      const group = newGroup()
      await create(group, 'a', { by: 'first' })

      const second = await ledger.create({ group, id: 'a', value: { by: 'second' } })

      expect(second).toBeUndefined()
      expect((await ledger.get(group, 'a'))?.value).toEqual({ by: 'first' })
    })

    test('lets one of many creators win', async () => {
      const group = newGroup()
      const peers = [ledger, store.peer ?? ledger]

      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, by) => peers[by % 2]?.create({ group, id: 'a', value: { by } })),
      )

      const winners = answers.filter((answer) => answer !== undefined)
      expect(winners).toHaveLength(1)
      expect((await ledger.get(group, 'a'))?.value).toEqual(winners[0]?.value)
    })

    test('updates only the version that was read', async () => {
      const group = newGroup()
      const first = await create(group, 'a', { step: 1 })

      const second = await ledger.update(first, { value: { step: 2 } })
      const stale = await ledger.update(first, { value: { step: 99 } })

      expect(second).toEqual({ group, id: 'a', version: 2, value: { step: 2 }, dueAtMs: null })
      expect(stale).toBeUndefined()
      expect(await ledger.get(group, 'a')).toEqual(second)
    })

    test('loses no update of many writers', async () => {
      const group = newGroup()
      await create(group, 'counter', { count: 0 })
      const peers = [ledger, store.peer ?? ledger]

      await Promise.all(
        Array.from({ length: 10 }, async (_, writer) => {
          const mine = peers[writer % 2] ?? ledger
          for (;;) {
            const record = await mine.get<{ count: number }>(group, 'counter')
            if (!record) throw new Error('the counter is gone')
            if (await mine.update(record, { value: { count: record.value.count + 1 } })) return
          }
        }),
      )

      const counter = await ledger.get(group, 'counter')
      expect(counter?.value).toEqual({ count: 10 })
      expect(counter?.version).toBe(11)
    })

    test('updates nothing that was never there', async () => {
      const record = { group: newGroup(), id: 'a', version: 1, value: {}, dueAtMs: null }

      expect(await ledger.update(record, { value: {} })).toBeUndefined()
      expect(await ledger.get(record.group, 'a')).toBeUndefined()
    })

    test('removes only the version that was read', async () => {
      const group = newGroup()
      const first = await create(group, 'a', {})
      const second = await ledger.update(first, { value: { changed: true } })
      if (!second) throw new Error('not updated')

      expect(await ledger.remove(first)).toBe(false)
      expect(await ledger.get(group, 'a')).toEqual(second)
      expect(await ledger.remove(second)).toBe(true)
      expect(await ledger.get(group, 'a')).toBeUndefined()
      expect(await ledger.remove(second)).toBe(false)
    })

    test('lets a removed key be created again', async () => {
      const group = newGroup()
      await ledger.remove(await create(group, 'a', { life: 1 }))

      await create(group, 'a', { life: 2 })

      expect((await ledger.get(group, 'a'))?.value).toEqual({ life: 2 })
    })

    test('lists a group by id in code point order, and no other group', async () => {
      const group = newGroup()
      // In UTF-16 the emoji would come before the full-width tilde.
      const ids = ['part#00010', 'part#00002', 'Z', 'a', 'ä', '😀', '～', 'a b', 'a', '%', '#', 'part']
      for (const id of new Set(ids)) await create(group, id, { id })
      await create(`${group}x`, 'other', {})

      const listed = await ledger.list<{ id: string }>(group)

      const expected = ['#', '%', 'Z', 'a', 'a b', 'part', 'part#00002', 'part#00010', 'ä', '～', '😀']
      expect(listed.map((record) => record.id)).toEqual(expected)
      expect(listed.map((record) => record.value.id)).toEqual(expected)
    })

    test('lists more records than one page of a service holds', async () => {
      const group = newGroup()
      const text = 'x'.repeat(20_000)
      const ids = Array.from({ length: 120 }, (_, index) => String(index).padStart(4, '0'))
      await Promise.all(ids.map((id) => create(group, id, { text })))

      expect((await ledger.list(group)).map((record) => record.id)).toEqual(ids)
    })

    test('gives what is due, the longest due first, and nothing else', async () => {
      const group = newGroup()
      await create(group, 'later', {}, 3_001)
      await create(group, 'now', {}, 3_000)
      await create(group, 'first', {}, 1_000)
      await create(group, 'second', {}, 2_000)
      await create(group, 'never', {})

      const due = await ledger.due(3_000, 1_000)

      expect(due.filter((record) => record.group === group).map((record) => record.id)).toEqual([
        'first',
        'second',
        'now',
      ])
      for (const record of await ledger.list(group)) await ledger.remove(record)
    })

    test('gives no more than the limit, the longest due of all', async () => {
      const group = newGroup()
      for (const id of ['d', 'b', 'a', 'c']) await create(group, id, {}, -1_000_000 + id.charCodeAt(0))

      const due = await ledger.due(-900_000, 2)

      expect(due.map((record) => record.id)).toEqual(['a', 'b'])
      for (const record of await ledger.list(group)) await ledger.remove(record)
    })

    test('forgets a due time that an update leaves out', async () => {
      const group = newGroup()
      const record = await create(group, 'a', {}, 1_000)
      const mine = async () => (await ledger.due(5_000, 1_000)).filter((due) => due.group === group)
      expect(await mine()).toEqual([record])

      const moved = await ledger.update(record, { value: {}, dueAtMs: 2_000 })
      expect((await mine()).map((due) => due.dueAtMs)).toEqual([2_000])

      if (!moved) throw new Error('not updated')
      await ledger.update(moved, { value: {} })
      expect(await mine()).toEqual([])
    })

    test('does not share values with its callers', async () => {
      const group = newGroup()
      const value = { list: [1] }
      const created = await create(group, 'a', value)

      value.list.push(2)
      created.value.list.push(3)
      const [listed] = await ledger.list<{ list: number[] }>(group)
      listed?.value.list.push(4)
      const got = await ledger.get<{ list: number[] }>(group, 'a')
      got?.value.list.push(5)

      expect((await ledger.get(group, 'a'))?.value).toEqual({ list: [1] })
    })

    test('hides a record from the moment it expires', async (context) => {
      const { clock } = store
      if (!clock) return context.skip()
      const group = newGroup()
      const record = await ledger.create({ group, id: 'a', value: {}, dueAtMs: 1, expiresAtMs: clock.now() + 1_000 })
      if (!record) throw new Error('not created')

      await clock.advance(999)
      expect(await ledger.get(group, 'a')).toEqual(record)
      await clock.advance(1)

      expect(await ledger.get(group, 'a')).toBeUndefined()
      expect(await ledger.list(group)).toEqual([])
      expect((await ledger.due(5, 1_000)).filter((due) => due.group === group)).toEqual([])
      expect(await ledger.update(record, { value: {} })).toBeUndefined()
      expect(await ledger.remove(record)).toBe(false)
    })

    test('creates over an expired record', async (context) => {
      const { clock } = store
      if (!clock) return context.skip()
      const group = newGroup()
      await ledger.create({ group, id: 'a', value: { life: 1 }, expiresAtMs: clock.now() + 1_000 })
      await clock.advance(1_000)

      const again = await ledger.create({ group, id: 'a', value: { life: 2 } })
      await clock.advance(100_000)

      expect(again?.value).toEqual({ life: 2 })
      expect((await ledger.get(group, 'a'))?.value).toEqual({ life: 2 })
    })

    test('keeps an expiry that an update leaves out, and changes one that it names', async (context) => {
      const { clock } = store
      if (!clock) return context.skip()
      const group = newGroup()
      const at = clock.now() + 1_000
      for (const id of ['kept', 'later', 'never']) await ledger.create({ group, id, value: {}, expiresAtMs: at })
      const update = async (id: string, change: { expiresAtMs?: number | null }) => {
        const record = await ledger.get(group, id)
        if (record) await ledger.update(record, { value: {}, ...change })
      }

      await update('kept', {})
      await update('later', { expiresAtMs: at + 1_000 })
      await update('never', { expiresAtMs: null })

      const ids = async () => (await ledger.list(group)).map((record) => record.id)
      expect(await ids()).toEqual(['kept', 'later', 'never'])
      await clock.advance(1_000)
      expect(await ids()).toEqual(['later', 'never'])
      await clock.advance(1_000)
      expect(await ids()).toEqual(['never'])
    })
  })
}
