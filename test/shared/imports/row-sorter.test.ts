import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RowSorter, type SortedRows } from '../../../shared/imports/again/row-sorter.ts'
import { MemoryObjectStore } from '../../../shared/stores/memory/objects.ts'
import { ManualClock } from '../../support/fakes.ts'

type Entry = [hi: number, lo: number, owner: number, row: number]

const small = fc.integer({ min: 0, max: 3 })
const word = fc.oneof(small, fc.integer({ min: 0, max: 0xffffffff }))
const entries = fc.array(fc.tuple(word, small, small, word), { maxLength: 400 })

async function all(rows: SortedRows): Promise<Entry[]> {
  const found: Entry[] = []
  const cursor = rows.open()
  for (await cursor.next(); !cursor.isEnded; await cursor.next()) {
    found.push([cursor.hi, cursor.lo, cursor.owner, cursor.row])
  }
  return found
}

const byWords = (a: Entry, b: Entry) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]

it('sorts what fits into memory and what does not alike, and leaves nothing behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      entries,
      fc.constantFrom(4, 16, 1000),
      fc.integer({ min: 1, max: 50 }),
      async (list, run, step) => {
        const objects = new MemoryObjectStore(new ManualClock())
        const sorter = new RowSorter(objects, 'rows/cut/run', run)
        for (let at = 0; at < list.length; at += step) {
          await sorter.add(Uint32Array.from(list.slice(at, at + step).flat()))
        }

        const rows = await sorter.finish()

        const expected = list.toSorted(byWords)
        expect(await all(rows)).toEqual(expected)
        expect(await all(rows)).toEqual(expected)
        expect(rows).toMatchObject({ count: list.length, bare: list.filter(([, lo]) => lo % 2 === 1).length })
        await sorter.discard()
        for await (const { key } of objects.list('')) expect(key).toBe('none is left')
      },
    ),
    { numRuns: 300 },
  )
})
