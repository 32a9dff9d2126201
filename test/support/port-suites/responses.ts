import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BufferedResponse, ResponseBuffer, ResponseContent, Revision } from '../../../shared/ports.ts'
import type { ManualClock } from '../fakes.ts'

interface Opened {
  buffer: ResponseBuffer
  /** Another process on the same store; for stores of one process the same. */
  peer?: ResponseBuffer
  clock: ManualClock
  close(): Promise<void>
}

const SCOPE = { identity: 'main@https://cxi.test', source: 'nps' }
const contentOf = (text: string, change: Partial<ResponseContent> = {}): ResponseContent => ({
  content: new TextEncoder().encode(text),
  bytes: 10 * text.length,
  hash: text,
  order: null,
  settledAtMs: 1000,
  ...change,
})
const never = (): Revision => {
  throw new Error('There is nothing to revise.')
}
const textOf = (response: BufferedResponse | undefined) =>
  response?.content ? new TextDecoder().decode(response.content) : null

/** What every response buffer does. */
export function describeResponses(name: string, open: () => Promise<Opened>): void {
  describe(name, () => {
    let opened: Opened
    let buffer: ResponseBuffer
    const idsOf = async (nowMs = 1000, limit = 100) => (await buffer.settled(SCOPE, nowMs, limit)).map(({ id }) => id)

    beforeEach(async () => {
      opened = await open()
      buffer = opened.buffer
    })

    afterEach(() => opened.close())

    it('accepts a response once and leaves what another delivery means to its caller', async () => {
      const first = await buffer.put(SCOPE, 'a', contentOf('one'), never)
      const again = await buffer.put(SCOPE, 'a', contentOf('one'), () => 'duplicate')
      const changed = await buffer.put(SCOPE, 'a', contentOf('two'), () => contentOf('two', { order: 5 }))
      const late = await buffer.put(SCOPE, 'a', contentOf('three'), () => 'late')
      const [found] = await buffer.read(SCOPE, ['a'])

      expect([first, again, changed, late]).toEqual(['accepted', 'duplicate', 'updated', 'late'])
      expect(found).toMatchObject({ id: 'a', version: 2, owner: null, hash: 'two', order: 5, settledAtMs: 1000 })
      expect(textOf(found)).toBe('two')
    })

    it('shows the response that is there to whoever revises it', async () => {
      await buffer.put(SCOPE, 'a', contentOf('one', { order: 3 }), never)
      const seen: BufferedResponse[] = []

      await buffer.put(SCOPE, 'a', contentOf('two'), (existing) => {
        seen.push(existing)
        return 'duplicate'
      })

      expect(seen[0]).toMatchObject({ id: 'a', version: 1, order: 3, hash: 'one', firstMs: opened.clock.now() })
      expect(textOf(seen[0])).toBe('one')
    })

    it('accepts one of fifty deliveries that arrive at once', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          ((at % 2 === 0 ? opened.peer : undefined) ?? buffer).put(SCOPE, 'a', contentOf('one'), () => 'duplicate'),
        ),
      )

      expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1)
    })

    it('fails alone where one of those that are stored together can’t be revised', async () => {
      await buffer.put(SCOPE, 'a', contentOf('one'), never)

      const outcomes = await Promise.allSettled([
        buffer.put(SCOPE, 'b', contentOf('two'), never),
        buffer.put(SCOPE, 'a', contentOf('three'), never),
        buffer.put(SCOPE, 'c', contentOf('four'), never),
      ])

      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(await idsOf()).toEqual(expect.arrayContaining(['a', 'b', 'c']))
    })

    it('gives what has settled, the longest settled first, and no more than asked for', async () => {
      await buffer.put(SCOPE, 'late', contentOf('x', { settledAtMs: 1001 }), never)
      await buffer.put(SCOPE, 'b', contentOf('xy', { settledAtMs: 900 }), never)
      await buffer.put(SCOPE, 'a', contentOf('x', { settledAtMs: 800 }), never)
      await buffer.put(SCOPE, 'held', contentOf('x', { settledAtMs: null }), never)
      await buffer.put({ ...SCOPE, source: 'other' }, 'c', contentOf('x'), never)

      const found = await buffer.settled(SCOPE, 1000, 10)

      expect(found).toEqual([
        { id: 'a', version: 1, bytes: 10 },
        { id: 'b', version: 1, bytes: 20 },
      ])
      expect(await idsOf(1000, 1)).toEqual(['a'])
    })

    it('lets a response join one batch, at the version that the batch has seen', async () => {
      await buffer.put(SCOPE, 'a', contentOf('one'), never)
      await buffer.put(SCOPE, 'b', contentOf('one'), never)
      await buffer.put(SCOPE, 'b', contentOf('two'), () => contentOf('two'))
      const members = [
        ['a', 1],
        ['b', 1],
        ['missing', 1],
      ] as const

      const [first, second] = await Promise.all([
        buffer.join(SCOPE, members, 'batch-1'),
        (opened.peer ?? buffer).join(SCOPE, members, 'batch-2'),
      ])
      const again = await buffer.join(SCOPE, members, first.length > 0 ? 'batch-1' : 'batch-2')

      expect([...first, ...second]).toEqual(['a'])
      expect(again).toEqual(['a'])
      expect(await idsOf()).toEqual(['b'])
    })

    it('claims rows for a drop, and names the owners of those that are taken', async () => {
      await buffer.put(SCOPE, 'waiting', contentOf('one'), never)
      await buffer.put(SCOPE, 'joined', contentOf('one'), never)
      await buffer.join(SCOPE, [['joined', 1]], 'batch-1')

      const first = await buffer.claim(SCOPE, ['row', 'waiting', 'joined'], 'drop-1')
      const again = await buffer.claim(SCOPE, ['row', 'waiting'], 'drop-1')
      const other = await buffer.claim(SCOPE, ['row', 'new'], 'drop-2')

      expect(first).toEqual(new Map([['joined', 'batch-1']]))
      expect(again.size).toBe(0)
      expect(other).toEqual(new Map([['row', 'drop-1']]))
      expect(await idsOf()).toEqual([])
    })

    it('releases everything of an owner: what has a content waits again, bare rows are forgotten', async () => {
      await buffer.put(SCOPE, 'waiting', contentOf('one'), never)
      await buffer.claim(SCOPE, ['row', 'waiting'], 'drop-1')
      await buffer.claim(SCOPE, ['kept'], 'drop-2')

      await buffer.release(SCOPE, 'drop-1', 500)

      expect(await buffer.settled(SCOPE, 1000, 10)).toEqual([{ id: 'waiting', version: 3, bytes: 30 }])
      expect(await buffer.read(SCOPE, ['row'])).toEqual([])
      expect(await buffer.claim(SCOPE, ['row', 'kept'], 'drop-3')).toEqual(new Map([['kept', 'drop-2']]))
    })

    it('releases some, held until somebody asks for them', async () => {
      for (const id of ['a', 'b']) await buffer.put(SCOPE, id, contentOf(id), never)
      await buffer.join(
        SCOPE,
        [
          ['a', 1],
          ['b', 1],
        ],
        'batch-1',
      )

      await buffer.release(SCOPE, 'batch-1', null, ['a', 'unknown'])

      expect(await idsOf(Number.MAX_SAFE_INTEGER)).toEqual([])
      const found = await buffer.read(SCOPE, ['a', 'b'])
      expect(found.map(({ owner }) => owner)).toEqual([null, 'batch-1'])
      expect(found[0]?.version).toBe(3)
    })

    it('lists what has not been sent, settled or held, from a time on', async () => {
      await buffer.put(SCOPE, 'old', contentOf('x'), never)
      await opened.clock.advance(5000)
      const sinceMs = opened.clock.now()
      for (const id of ['c', 'b', 'a']) await buffer.put(SCOPE, id, contentOf(id), never)
      await buffer.put(SCOPE, 'held', contentOf('held', { settledAtMs: null }), never)
      await buffer.join(SCOPE, [['b', 1]], 'batch-1')

      const found: (string | null)[] = []
      for await (const response of buffer.unsent(SCOPE, sinceMs)) found.push(textOf(response))

      expect(found).toEqual(['a', 'c', 'held'])
    })

    it('keeps accounts and sources apart', async () => {
      await buffer.claim(SCOPE, ['row'], 'drop-1')

      const other = await buffer.claim({ ...SCOPE, identity: 'sandbox' }, ['row'], 'drop-2')

      expect(other.size).toBe(0)
    })
  })
}
