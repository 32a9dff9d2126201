import { describe, expect, it } from 'vitest'
import { atMost } from '../../local/at-most.ts'

describe('atMost', () => {
  it('lets so many run at once, the others in the order in which they came', async () => {
    const turn = atMost(2)
    const ends: (() => void)[] = []
    const begun: number[] = []
    const all = [0, 1, 2, 3].map((n) =>
      turn(() => {
        begun.push(n)
        return new Promise<void>((resolve) => ends.push(resolve))
      }),
    )
    const first = [...begun]

    ends[1]?.()
    await all[1]
    const second = [...begun]
    for (const n of [0, 2, 3]) {
      ends[n]?.()
      await all[n === 0 ? 0 : n]
    }

    expect([first, second, begun]).toEqual([
      [0, 1],
      [0, 1, 2],
      [0, 1, 2, 3],
    ])
  })

  it('gives the turn on where one fails', async () => {
    const turn = atMost(1)

    const ended = await Promise.allSettled([
      turn(() => Promise.reject(new Error('no'))),
      turn(async () => 'yes'),
      turn(async () => 'also'),
    ])

    expect(ended.map((end) => (end.status === 'fulfilled' ? end.value : 'failed'))).toEqual(['failed', 'yes', 'also'])
  })
})
