import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AnswerHead } from '../../../shared/cxi/answer-head.ts'

function read(text: string, wanted: string[], cuts: number[] = []): Record<string, unknown> {
  const bytes = Buffer.from(text)
  const head = new AnswerHead(wanted)
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  let from = 0
  for (const to of [...places, bytes.length]) {
    head.push(bytes.subarray(from, to))
    from = to
  }
  return Object.fromEntries(head.values)
}

describe('AnswerHead', () => {
  it('reads the id from the first bytes', () => {
    const head = new AnswerHead(['id'])

    const done = head.push(Buffer.from('{"id": 11, "name": "da'))

    expect(done).toBe(true)
    expect(head.values.get('id')).toBe(11)
  })

  it('does not take a number for whole before what follows it', () => {
    const head = new AnswerHead(['id'])

    expect(head.push(Buffer.from('{"id":1'))).toBe(false)
    expect(head.push(Buffer.from('1'))).toBe(false)
    expect(head.push(Buffer.from(','))).toBe(true)
    expect(head.values.get('id')).toBe(11)
  })

  it.each([
    ['an id inside the responses', '{"responses":[{"id":403}],"id":11}', 11],
    ['an id inside a string', '{"name":"\\"id\\": 7, }]","id":11}', 11],
    ['an escaped backslash before a quote', '{"name":"a\\\\","x":["\\\\\\"]"],"id":11}', 11],
    ['an escaped key', '{"\\u0069d":11}', 11],
    ['space everywhere', ' \r\n{ "a" : { "id" : [ 1 , 2 ] } ,\t"id" : 11 } ', 11],
    ['a byte order mark', '\ufeff{"id":11}', 11],
    ['no id', '{"name":"x","responses":[{"id":5}]}', undefined],
    ['an empty object', '{}', undefined],
  ])('is not led astray by %s', (_, text, id) => {
    expect(read(text, ['id']).id).toBe(id)
  })

  it.each(['[{"id":1}]', '<html>', 'null', '"id"', '{"id" 1}', '{id:1}', '{"id":tru,', '{"id":1.2.3,'])(
    'refuses %s',
    (text) => {
      expect(() => read(text, ['id'])).toThrow(SyntaxError)
    },
  )

  it('refuses a value that grows without end', () => {
    expect(() => read(`{"name":"${'x'.repeat(70_000)}"}`, ['name'])).toThrow(SyntaxError)
  })

  it('finds what JSON.parse finds, however the bytes are cut', () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.constant(null),
      fc.boolean(),
      fc.json().map((text) => JSON.parse(text)),
    )
    const object = fc.dictionary(
      fc.oneof(fc.constantFrom('id', 'name', 'source'), fc.string({ unit: 'grapheme' })),
      value,
    )
    const wanted = ['id', 'name', 'source']
    fc.assert(
      fc.property(object, fc.array(fc.nat(5000)), fc.constantFrom(undefined, 1, '\t'), (top, cuts, indent) => {
        const text = JSON.stringify(top, null, indent)

        const found = read(text, wanted, cuts)

        const parsed = JSON.parse(text)
        for (const name of wanted) {
          const plain = Object.hasOwn(parsed, name) && (typeof parsed[name] !== 'object' || parsed[name] === null)
          expect(found[name]).toEqual(plain ? parsed[name] : undefined)
        }
      }),
      { numRuns: 500 },
    )
  })
})
