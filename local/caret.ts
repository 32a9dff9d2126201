import type { Excerpt } from '../shared/feedback/types.ts'

/** A character as people count them, and how many columns of a terminal it takes. */
interface Glyph {
  text: string
  width: number
  isValue: boolean
}

const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' })
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f/u
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]+$/u
/** East Asian Wide and Fullwidth of Unicode's EastAsianWidth.txt, as far as it is text. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u

/** The row with carets under its defective value, as compilers show it, in lines of at most `columns`. */
export function caretLines({ line, from, to }: Excerpt, columns: number): [line: string, carets: string] {
  const glyphs = [
    ...glyphsOf(line.slice(0, from), false),
    ...glyphsOf(line.slice(from, to), true),
    ...glyphsOf(line.slice(to), false),
  ]
  const value = glyphs.findIndex(({ isValue }) => isValue)
  const at = value < 0 ? glyphsOf(line.slice(0, from), false).length : value
  const shown = windowOf(glyphs, at, columns)
  const pad = widthOf(shown.before)
  const marked = widthOf(shown.after.filter(({ isValue }) => isValue))
  return [textOf([...shown.before, ...shown.after]), ' '.repeat(pad) + '^'.repeat(Math.max(1, marked))]
}

/** As much as fits: a third of the room for what stands before the value, more where there is less behind it. */
function windowOf(glyphs: Glyph[], at: number, columns: number): { before: Glyph[]; after: Glyph[] } {
  const [before, after] = [glyphs.slice(0, at), glyphs.slice(at)]
  // A caret behind the last cell takes a column too.
  const behind = Math.max(1, widthOf(after))
  if (widthOf(before) + behind <= columns) return { before, after }
  const room = Math.max(Math.floor(columns / 3), columns - behind)
  const kept = fitting(before.reverse(), room).reverse()
  return { before: kept, after: fitting(after, columns - widthOf(kept)) }
}

/** The first glyphs that fit into `columns`, an ellipsis in place of what doesn't. */
function fitting(glyphs: Glyph[], columns: number): Glyph[] {
  if (widthOf(glyphs) <= columns) return glyphs
  const kept: Glyph[] = []
  let width = 1
  for (const glyph of glyphs) {
    width += glyph.width
    if (width > columns) break
    kept.push(glyph)
  }
  return [...kept, { text: '…', width: 1, isValue: false }]
}

function glyphsOf(text: string, isValue: boolean): Glyph[] {
  return Array.from(SEGMENTS.segment(text), ({ segment }) => ({ text: segment, width: columnsOf(segment), isValue }))
}

function columnsOf(segment: string): number {
  if (NO_WIDTH.test(segment)) return 0
  return WIDE.test(segment) || EMOJI.test(segment) ? 2 : 1
}

const widthOf = (glyphs: Glyph[]) => glyphs.reduce((sum, { width }) => sum + width, 0)
const textOf = (glyphs: Glyph[]) => glyphs.map(({ text }) => text).join('')
