import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeenIds } from '../../../shared/feedback/seen-ids.ts'

describe('ids seen', () => {
  it('are those added, and no others', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 })), fc.array(fc.string({ maxLength: 3 })), (added, asked) => {
        const seen = new SeenIds()
        for (const id of added) seen.add(id)

        expect(asked.map((id) => seen.has(id))).toEqual(asked.map((id) => added.includes(id)))
      }),
    )
  })

  it('stay known while many more come', () => {
    const seen = new SeenIds()
    for (let id = 0; id < 50_000; id++) seen.add(`id-${id}`)

    const known = Array.from({ length: 100_000 }, (_, id) => seen.has(`id-${id}`))

    expect(known.slice(0, 50_000)).not.toContain(false)
    expect(known.slice(50_000)).not.toContain(true)
  })

  it('are remembered up to a number, so that memory stays flat', () => {
    const seen = new SeenIds(2)
    for (const id of ['a', 'b', 'b', 'c']) seen.add(id)

    expect(['a', 'b', 'c'].map((id) => seen.has(id))).toEqual([true, true, false])
  })
})
