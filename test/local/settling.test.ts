import { describe, expect, it } from 'vitest'
import { Settling } from '../../local/settling.ts'
import { ManualClock } from '../support/fakes.ts'

describe('Settling', () => {
  const clock = new ManualClock()
  const fresh = (size: number) => ({ size, mtimeMs: clock.now(), ctimeMs: clock.now(), dev: 1, ino: 1 })

  it('takes a file that lay there before at once', () => {
    const longAgo = clock.now() - 60_000

    const isSettled = new Settling(clock).isSettled('a', {
      size: 9,
      mtimeMs: longAgo,
      ctimeMs: longAgo,
      dev: 1,
      ino: 1,
    })

    expect(isSettled).toBe(true)
  })

  it('waits for a file that was just moved there, however old its content is', async () => {
    const settling = new Settling(clock)
    const moved = { ...fresh(9), mtimeMs: 0 }

    expect(settling.isSettled('a', moved)).toBe(false)
    await clock.advance(1500)

    expect(settling.isSettled('a', moved)).toBe(true)
  })

  it('waits longer for a file that was seen growing', async () => {
    const settling = new Settling(clock)
    settling.isSettled('a', fresh(9))
    await clock.advance(500)
    const grown = fresh(18)
    settling.isSettled('a', grown)

    await clock.advance(4900)
    expect(settling.isSettled('a', grown)).toBe(false)
    await clock.advance(100)

    expect(settling.isSettled('a', grown)).toBe(true)
  })

  it('waits longer for a file that is still empty, even where its times are old', async () => {
    const settling = new Settling(clock)
    const empty = { size: 0, mtimeMs: 0, ctimeMs: 0, dev: 1, ino: 1 }

    expect(settling.isSettled('a', empty)).toBe(false)
    await clock.advance(4900)
    expect(settling.isSettled('a', empty)).toBe(false)
    await clock.advance(100)

    expect(settling.isSettled('a', empty)).toBe(true)
  })

  it('begins anew with a file that was replaced by another of the same size and time', async () => {
    const settling = new Settling(clock)
    const first = fresh(9)
    settling.isSettled('a', first)
    await clock.advance(2000)

    expect(settling.isSettled('a', { ...first, ino: 2 })).toBe(false)
  })

  it('begins anew with a path whose file was gone meanwhile', async () => {
    const settling = new Settling(clock)
    const stat = fresh(9)
    settling.isSettled('a', stat)
    settling.keepOnly(new Set(['b']))
    await clock.advance(2000)

    expect(settling.isSettled('a', stat)).toBe(false)
  })
})
