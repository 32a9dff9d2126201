import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { caretLines } from '../../local/caret.ts'

const excerpt = (before: string, value: string, after: string) => ({
  line: before + value + after,
  from: before.length,
  to: before.length + value.length,
})

describe('carets', () => {
  it.each([
    ['plain text', 'ab,', 'soon', ',x', '   ^^^^'],
    ['letters with accents of their own', 'e\u0301,', 'soon', '', '  ^^^^'],
    ['wide letters before it', '東京,', 'soon', '', '     ^^^^'],
    ['wide letters in it', 'a,', '東京', ',x', '  ^^^^'],
    ['emoji of several code points', '👍🏽,👩‍👩‍👧,', 'x', '', '      ^'],
    ['nothing', 'ab,', '', ',x', '   ^'],
    ['nothing at the end', 'ab', '', '', '  ^'],
  ])('stand under %s', (_, before, value, after, carets) => {
    expect(caretLines(excerpt(before, value, after), 80)).toEqual([before + value + after, carets])
  })

  it('stay in view in a row that is wider than the terminal', () => {
    const [line, carets] = caretLines(excerpt('b'.repeat(200), 'soon', 'a'.repeat(200)), 40)

    expect(line).toBe(`…${'b'.repeat(12)}soon${'a'.repeat(22)}…`)
    expect(carets).toBe(`${' '.repeat(13)}^^^^`)
  })

  it('give the room behind a short end to what stands before', () => {
    const [line, carets] = caretLines(excerpt('b'.repeat(200), 'soon', ''), 40)

    expect(line).toBe(`…${'b'.repeat(35)}soon`)
    expect(carets).toBe(`${' '.repeat(36)}^^^^`)
  })

  it('never pass the edge of the terminal', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '東', '👍', 'é', ' '), maxLength: 120 })
    fc.assert(
      fc.property(text, text, text, fc.integer({ min: 20, max: 120 }), (before, value, after, columns) => {
        const [line, carets] = caretLines(excerpt(before, value, after), columns)

        expect(carets.length).toBeLessThanOrEqual(columns)
        expect(carets).toMatch(/^ *\^+$/)
        expect([...line].length).toBeLessThanOrEqual(columns)
      }),
    )
  })
})
