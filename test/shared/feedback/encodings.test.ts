import { describe, expect, it } from 'vitest'
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

  it('sets a row with a NUL byte aside', async () => {
    const filler = '1790812800,fine\n'.repeat(5000)

    const result = await cutText(`feedback_date,feedback\n${filler}1790812800,a\0b\n`)

    expect(result.problems).toMatchObject([{ row: 5002, code: 'not_utf8' }])
    expect(result.asideRows[0]?.feedback).toBe('a\\x00b')
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
