import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ByteReader } from '../../../shared/feedback/byte-reader.ts'

it('gives every byte once and in order, however it is read and whatever is given back', async () => {
  const step = fc.record({
    how: fc.constantFrom('read', 'peek', 'take', 'unread'),
    count: fc.integer({ min: 0, max: 12 }),
  })
  const chunks = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 12 })

  await fc.assert(
    fc.asyncProperty(chunks, fc.array(step, { maxLength: 40 }), async (given, steps) => {
      const whole = Buffer.concat(given)
      const rest = given.map((chunk) => Buffer.from(chunk))
      const reader = new ByteReader({ read: async () => rest.shift() })
      let taken = Buffer.alloc(0)

      for (const { how, count } of steps) {
        if (how === 'peek') {
          const peeked = await reader.peek(count)
          expect(peeked).toEqual(whole.subarray(taken.length, taken.length + count))
        } else if (how === 'take') taken = Buffer.concat([taken, await reader.take(count)])
        else {
          const bytes = (await reader.read()) ?? Buffer.alloc(0)
          const kept = how === 'read' ? bytes.length : Math.min(count, bytes.length)
          taken = Buffer.concat([taken, bytes.subarray(0, kept)])
          // Given back in two pieces, the last first, as someone does who has read too far twice.
          const middle = kept + Math.floor((bytes.length - kept) / 2)
          reader.unread(bytes.subarray(middle))
          reader.unread(bytes.subarray(kept, middle))
        }
        expect(reader.position).toBe(taken.length)
      }
      for (let bytes = await reader.read(); bytes; bytes = await reader.read()) taken = Buffer.concat([taken, bytes])

      expect(taken).toEqual(whole)
    }),
    { numRuns: 500 },
  )
})
