import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LongRecord } from '../../../shared/feedback/long-record.ts'
import { RecordScanner } from '../../../shared/feedback/records.ts'

it('a record that is not held ends where it would end if it were', () => {
  const text = fc.array(fc.constantFrom('a', '"', ';', '\n', '\r', ' '), { maxLength: 40 }).map((all) => all.join(''))
  fc.assert(
    fc.property(text, fc.boolean(), fc.integer({ min: 1, max: 7 }), (body, crEnds, step) => {
      const form = { delimiter: 59, crEnds }
      const bytes = Buffer.from(`${body}${' '.repeat(8)}`)
      const scanner = new RecordScanner(form)
      const isFound = scanner.scan(bytes, 0, body.length, false)

      const long = new LongRecord(form)
      let next = -1
      for (let at = 0; at < body.length && next < 0; at += step) {
        next = long.skip(Buffer.from(body), at, Math.min(at + step, body.length))
      }

      if (isFound) expect(next).toBe(scanner.next)
      else expect(next).toBe(-1)
      if (!isFound && !body.endsWith('"')) expect(long.isOpen).toBe(scanner.open)
    }),
    { numRuns: 3000 },
  )
})
