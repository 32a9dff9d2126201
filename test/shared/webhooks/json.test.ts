import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../shared/webhooks/json.ts'

const digits = (count: number) =>
  fc.integer({ min: 1, max: 9 }).map((first) => `${first}${String(first + 1).repeat(count)}`.slice(0, count))

describe('JSON of a delivery', () => {
  it.each([
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['0.12345678901234567', '0.12345678901234567'],
    ['12345678.12345678', '12345678.12345678'],
    ['1234567890.00000001', '1234567890.00000001'],
    ['1e400', '1e400'],
    ['-1E+400', '-1E+400'],
    ['1e15', 1e15],
    ['123456789012345', 123456789012345],
    ['-0.5', -0.5],
  ])('reads the number %s without loss', (text, value) => {
    expect(parseJson(`{"a":[${text}],"b":${text}}`)).toEqual({ a: [value], b: value })
  })

  it('keeps all digits of a long number wherever it stands', () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.integer({ min: 16, max: 40 }).chain(digits), fc.boolean(), (at, id, last) => {
        const before = { blank: '.'.repeat(at % 3) + 'x'.repeat(at) }
        const text = last
          ? `{${JSON.stringify(before).slice(1, -1)},"id":${id}}`
          : `{"id":${id},"more":"${before.blank}"}`

        expect(parseJson(text)).toHaveProperty('id', id)
      }),
    )
  })

  it('takes out forbidden names and halves of characters, be they written with escapes', () => {
    const read = parseJson(String.raw`{"\u005f_proto__":{"a":1},"b":{"constructor":1,"c":"\ud83d","d":"\u00e4"}}`)

    expect(read).toEqual({ b: { c: '\ufffd', d: 'ä' } })
    expect(Object.hasOwn(read as object, '__proto__')).toBe(false)
  })

  it.each([['['.repeat(33)], ['{"a":'.repeat(33)]])('refuses what is nested too deep: %s', (open) => {
    const text = open.startsWith('[') ? open + ']'.repeat(33) : `${open}1${'}'.repeat(33)}`

    expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'webhook_unreadable' }))
  })

  it('refuses more values than a response has', () => {
    expect(() => parseJson(`[${'1,'.repeat(20_000)}1]`)).toThrow(
      expect.objectContaining({ code: 'webhook_unreadable' }),
    )
  })
})
