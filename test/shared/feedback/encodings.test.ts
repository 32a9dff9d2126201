import { describe, expect, it } from 'vitest'
import { NO_COUNTS } from '../../../shared/feedback/types.ts'
import { cutText } from './cut-text.ts'

const TABLE = 'feedback_date,feedback\n1790812800,Größe „ok“ €\n'

function utf16(text: string, isBigEndian: boolean): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return isBigEndian ? bytes.swap16() : bytes
}

describe('encodings', () => {
  it.each([
    ['UTF-8', Buffer.from(TABLE)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TABLE}`)],
    ['UTF-16LE with a byte order mark', utf16(TABLE, false)],
    ['UTF-16BE with a byte order mark', utf16(TABLE, true)],
  ])('reads %s', async (_, bytes) => {
    const result = await cutText(bytes, {}, { chunkBytes: 3 })

    expect(result.texts).toEqual([TABLE])
  })

  it('reads the configured encoding', async () => {
    const bytes = Buffer.from('feedback_date,feedback\n1790812800,Gr\xf6\xdfe \x80\n', 'latin1')

    const result = await cutText(bytes, { encoding: 'windows-1252' })

    expect(result.rows).toEqual([['1790812800', 'Größe €']])
  })

  it('believes a byte order mark more than the configured encoding', async () => {
    const result = await cutText(`\ufeff${TABLE}`, { encoding: 'windows-1252' })

    expect(result.texts).toEqual([TABLE])
  })

  it('reads UTF-16 without a byte order mark where that is configured', async () => {
    const result = await cutText(Buffer.from(TABLE, 'utf16le'), { encoding: 'utf-16le' })

    expect(result.texts).toEqual([TABLE])
  })

  it('sets rows aside that are not UTF-8, their bytes spelt out', async () => {
    const bytes = Buffer.from('feedback_date,feedback\n1790812800,gut\n1790812800,sch\xf6n \xe2\x82\n', 'latin1')

    const result = await cutText(bytes)

    expect(result.rows).toEqual([['1790812800', 'gut']])
    expect(result.problems).toMatchObject([{ row: 3, code: 'not_utf8' }])
    expect(result.asideRows).toMatchObject([{ feedback: 'sch\\xF6n \\xE2\\x82', relay_code: 'not_utf8' }])
  })

  it('keeps what is UTF-8 beside a byte that is not', async () => {
    const bytes = Buffer.concat([
      Buffer.from('feedback_date,feedback\n1790812800,"ä,'),
      Buffer.from([0xff]),
      Buffer.from('€"\n'),
    ])

    const result = await cutText(bytes)

    expect(result.asideRows[0]?.feedback).toBe('ä,\\xFF€')
  })

  it('FC-08 takes NUL characters out of rows, and counts them', async () => {
    const csv = 'feedback_date,feedback\n2026-05-01,ok\0ok\n2026-05-02,fine\n'

    const results = await Promise.all([
      cutText(csv),
      cutText(csv, {}, { chunkBytes: 1 }),
      cutText(Buffer.from(`\ufeff${csv}`, 'utf16le')),
    ])

    for (const { texts, counts, problems } of results) {
      expect(texts).toEqual(['feedback_date,feedback\n1777593600,okok\n1777680000,fine\n'])
      expect(counts).toEqual({ ...NO_COUNTS, read: 2, cleaned: 1 })
      expect(problems).toEqual([])
    }
  })

  it('FC-08 counts the rows that NULs stood in, wherever, and no others', async () => {
    const filler = '1790812800,fine\n'.repeat(5000)
    const rows = '1790812800,\0a\0b\0\n\x001790812801,b\n1790812802,"c\0"\0\n1790812803,d\n\0bad,\0\n'

    const result = await cutText(`feedback_date,feedback\n${filler}${rows}`)

    expect(result.counts).toEqual({ ...NO_COUNTS, read: 5005, set_aside: 1, cleaned: 3 })
    expect(result.rows.slice(-4)).toEqual([
      ['1790812800', 'ab'],
      ['1790812801', 'b'],
      ['1790812802', 'c'],
      ['1790812803', 'd'],
    ])
  })

  it('refuses a file that ends in NULs, which is still being copied', async () => {
    const csv = 'feedback_date,feedback\n1790812800,a\n1790812801,b'

    for (const text of [`${csv}${'\0'.repeat(1000)}`, `${csv}\n${'\0'.repeat(200_000)}`, `${csv}\0\0`]) {
      const message = expect.stringContaining('still being copied')
      await expect(cutText(text)).rejects.toMatchObject({ code: 'not_a_csv', message })
    }
  })

  it('puts U+FFFD in place of half an emoji, and counts the row', async () => {
    const half = Buffer.from([0xed, 0xa0, 0xbd])
    const cesu = Buffer.from([0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80])
    const row = (date: number, bytes: Buffer) =>
      Buffer.concat([Buffer.from(`${date},Super `), bytes, Buffer.from('\n')])
    const head = Buffer.from('feedback_date,feedback\n')

    const utf8 = await cutText(Buffer.concat([head, row(1790812800, half), row(1790812801, cesu)]))
    const utf16 = await cutText(Buffer.from('\ufefffeedback_date,feedback\n1790812800,Super \ud83d\n', 'utf16le'))

    expect(utf8.rows).toEqual([['1790812800', 'Super \ufffd']])
    expect(utf8.counts).toEqual({ ...NO_COUNTS, read: 2, set_aside: 1, cleaned: 1 })
    expect(utf8.problems).toMatchObject([{ row: 3, code: 'not_utf8' }])
    expect(utf16.rows).toEqual([['1790812800', 'Super \ufffd']])
    expect(utf16.counts).toEqual({ ...NO_COUNTS, read: 1, cleaned: 1 })
  })

  it('sets a row aside that the configured encoding cannot read', async () => {
    const bytes = Buffer.concat([
      Buffer.from('feedback_date,feedback\n1790812800,'),
      Buffer.from([0x81, 0x21]),
      Buffer.from('\n'),
    ])

    const result = await cutText(bytes, { encoding: 'shift_jis' })

    expect(result.problems).toMatchObject([{ row: 2, code: 'not_utf8' }])
  })

  it.each([
    ['UTF-16 without a byte order mark', Buffer.from(TABLE, 'utf16le'), {}, /utf-16le/],
    [
      'a header that is not UTF-8',
      Buffer.from('feedback_date,Gr\xf6\xdfe\n1790812800,1\n', 'latin1'),
      {},
      /windows-1252/,
    ],
    ['an encoding that nobody knows', Buffer.from(TABLE), { encoding: 'klingon' }, /klingon/],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x66, 0, 0, 0]), {}, /UTF-8/],
  ])('refuses %s', async (_, bytes, options, message) => {
    await expect(cutText(bytes, options)).rejects.toMatchObject({
      name: 'FileError',
      code: 'encoding_unknown',
      message: expect.stringMatching(message),
    })
  })
})
