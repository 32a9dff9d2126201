import { expect, test } from 'vitest'
import { fittingKey } from '../../../../shared/stores/aws/fitting-key.ts'

test.each(['receipts/nps/oct.csv.20261124T060000.000Z.json', 'a'.repeat(1024), 'ü'.repeat(512)])(
  'leaves a key as it is that AWS takes',
  (key) => {
    expect(fittingKey(key)).toBe(key)
  },
)

test.each(['a', 'ü', '€', '😀'])('shortens a key of %s that is too long, each to one of its own', (letter) => {
  const long = letter.repeat(1100)
  const keys = ['1.json', '2.json'].map((end) => fittingKey(`receipts/nps/${long}.${end}`))

  for (const key of keys) {
    expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024)
    expect(key.startsWith(`receipts/nps/${letter.repeat(100)}`)).toBe(true)
    expect(key.endsWith('.json')).toBe(true)
    expect(key).not.toContain('\uFFFD')
    expect(fittingKey(key)).toBe(key)
  }
  expect(keys[0]).not.toBe(keys[1])
})
