import fc from 'fast-check'
import { expect, it } from 'vitest'
import { startUndo } from '../../../shared/imports/undo.ts'
import { extent } from '../../support/extent.ts'
import { type Process, World } from '../../support/world.ts'

const HEADER = 'feedback_date,score,feedback,user_id\n'
/** Rows of few kinds, so that files have many in common; those of an even number are a date and a score only. */
const rowOf = (kind: number) =>
  kind % 2 === 0 ? `1790000000,${kind % 11},,` : `1790000000,9,"answer, ${kind}",user-${kind}`
const file = (maxLength: number, kinds = 40) =>
  fc.array(fc.integer({ min: 0, max: kinds }).map(rowOf), { minLength: 1, maxLength })

const counted = (rows: string[]) => {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(row, (counts.get(row) ?? 0) + 1)
  return counts
}

async function drop(world: World, process: Process, name: string, rows: string[]): Promise<void> {
  await world.drop(process, `inbox/nps/${name}.csv`, HEADER + rows.map((row) => `${row}\n`).join(''))
  await world.pass(process, 60)
}

const isBare = (row: string) => row.endsWith(',,')
const total = (counts: Map<string, number>, bare?: boolean) =>
  [...counts].reduce((sum, [row, count]) => sum + (bare === undefined || isBare(row) === bare ? count : 0), 0)

/** The rule, word for word. */
function isAgain(later: string[], earlier: string[]): boolean {
  const [own, theirs] = [counted(later), counted(earlier)]
  const isTelling = (of: Map<string, number>) => 10 * total(of, false) >= total(of)
  const holds = (of: Map<string, number>, share: number, skipsBare: boolean) => {
    let both = 0
    for (const [row, count] of own) {
      const other = theirs.get(row) ?? 0
      if (!isBare(row)) both += Math.min(count, other)
      else if (!skipsBare && count === other) both += count
    }
    const whole = skipsBare ? total(of, false) : total(of)
    return whole > 0 && both >= share * whole
  }
  return holds(theirs, 0.9, isTelling(theirs)) || holds(own, 0.5, isTelling(theirs) || isTelling(own))
}

function without(rows: string[], taken: string[]): string[] {
  const left = counted(taken)
  return rows.filter((row) => {
    const count = left.get(row) ?? 0
    left.set(row, count - 1)
    return count <= 0
  })
}

it('a later file sends the rows that the earlier one has not, or all of them where it is another file', async () => {
  const pairs = fc.oneof(
    fc.tuple(file(40), file(40)),
    fc.tuple(file(40), file(8), fc.integer({ min: 0, max: 6 })).map(([earlier, more, less]) => {
      const later = [...more, ...earlier.slice(less)]
      return [earlier, later] as [string[], string[]]
    }),
  )
  await fc.assert(
    fc.asyncProperty(pairs, async ([earlier, later]) => {
      fc.pre(earlier.join() !== later.join())
      const world = new World()
      const process = world.process()

      await drop(world, process, 'earlier', earlier)
      await drop(world, process, 'later', later)

      const expected = isAgain(later, earlier) ? without(later, earlier) : later
      expect(world.cxi.rows().sort()).toEqual([...earlier, ...expected].sort())
    }),
    { numRuns: extent(60, 300) },
  )
}, 120_000)

it('files that grow and are mended over and over leave each row in CXI as often as the fullest of them has it', async () => {
  const more = fc.array(fc.constantFrom('new', rowOf(2), rowOf(4)), { minLength: 1, maxLength: 6 })
  const edits = fc.array(fc.tuple(more, fc.nat(), fc.boolean()), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 30, max: 60 }), edits, async (length, list) => {
      const world = new World()
      const process = world.process()
      let made = 0
      const fresh = () => rowOf(2 * made++ + 1)
      const files = [Array.from({ length }, fresh)]
      for (const [added, place, isOnTop] of list) {
        const last = files.at(-1) as string[]
        const at = place % last.length
        // A mended row is another row; bare ones have nothing to mend.
        const edited = isBare(last[at] as string) ? last : last.with(at, fresh())
        const news = added.map((row) => (row === 'new' ? fresh() : row))
        files.push(isOnTop ? [...news, ...edited] : [...edited, ...news])
      }

      for (const [number, rows] of files.entries()) await drop(world, process, String(number), rows)

      const most = new Map<string, number>()
      for (const rows of files) {
        for (const [row, count] of counted(rows)) most.set(row, Math.max(count, most.get(row) ?? 0))
      }
      expect(counted(world.cxi.rows())).toEqual(most)
    }),
    { numRuns: extent(15, 60) },
  )
}, 120_000)

it('whatever was undone before, all rows of the file that is dropped next are in CXI afterwards', async () => {
  const rounds = fc.array(fc.tuple(file(10), fc.nat(), fc.boolean()), { minLength: 2, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(file(30), rounds, async (first, list) => {
      const world = new World()
      const process = world.process()
      let rows = first
      await drop(world, process, 'first', rows)
      for (const [number, [more, place, isUndone]] of list.entries()) {
        const receipts = await world.receipts()
        const id = receipts[place % receipts.length]?.id
        if (isUndone && id) await startUndo(process.deps, id)
        await world.pass(process, 60)
        rows = [...rows, ...more]
        await drop(world, process, String(number), rows)

        const sent = counted(world.cxi.rows())
        for (const [row, count] of counted(rows)) expect(sent.get(row) ?? 0).toBeGreaterThanOrEqual(count)
      }
    }),
    { numRuns: extent(15, 60) },
  )
}, 120_000)
