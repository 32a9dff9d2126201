import { describe, expect, it } from 'vitest'
import { FileError } from '../../../shared/errors.ts'
import { CutError } from '../../../shared/feedback/cut-error.ts'
import { NO_COUNTS } from '../../../shared/feedback/types.ts'
import { cutText } from './cut-text.ts'

describe('files that cannot be cut', () => {
  it.each([
    ['no bytes', ''],
    ['a byte order mark only', '\ufeff'],
    ['white space only', ' \r\n\t\n\n'],
    ['much white space', '\n'.repeat(200_000)],
  ])('file_empty: %s', async (_, text) => {
    await expect(cutText(text)).rejects.toMatchObject({ code: 'file_empty' })
  })

  it.each([['feedback_date,score'], ['feedback_date,score\n'], ['feedback_date,score\r\n\r\n  \r\n']])(
    'no_rows: %j',
    async (text) => {
      await expect(cutText(text)).rejects.toMatchObject({
        code: 'no_rows',
        found: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: text.length },
      })
    },
  )

  it.each([
    ['an .xlsx', 'PK\x03\x04\x14\x00[Content_Types].xml xl/workbook.xml', /Excel.*CSV UTF-8/],
    ['an .xls', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', /Excel/],
    ['a PDF', '%PDF-1.7\n%\xe2\xe3', /PDF/],
    ['a PNG', '\x89PNG\r\n\x1a\n\0\0', /image/],
    ['a JPEG', '\xff\xd8\xff\xe0\0\x10JFIF', /image/],
    ['a web page', '\n<!DOCTYPE html><html><head><title>Sign in</title>', /web page.*sign in/],
    ['JSON', '[{"feedback_date":"2026-10-01"}]', /JSON/],
    ['XML', '<?xml version="1.0"?><a/>', /XML/],
    ['binary data', 'feedback_date,a\n1,\0\0\0\x01\x02\n', /NUL/],
  ])('not_a_csv: %s', async (_, content, message) => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content

    await expect(cutText(bytes, {}, { chunkBytes: 2 })).rejects.toMatchObject({
      code: 'not_a_csv',
      message: expect.stringMatching(message),
    })
  })

  it('unclosed_quote: names the row where it was opened', async () => {
    const text = 'feedback_date,a\n1790812800,1\n1790812800,"open\nx\ny\n'

    await expect(cutText(text)).rejects.toMatchObject({ code: 'unclosed_quote', row: 3 })
  })

  it('unclosed_quote: in a row that is too long to be held', async () => {
    const text = `feedback_date,a\n1790812800,1\n1790812800,"open${'\nx,y'.repeat(500_000)}`

    await expect(cutText(text)).rejects.toMatchObject({ code: 'unclosed_quote', row: 3 })
  })

  it('unclosed_quote: in the header', async () => {
    await expect(cutText('feedback_date,"a\n1790812800,1\n')).rejects.toMatchObject({ code: 'unclosed_quote', row: 1 })
  })

  it('says with the error what had been found', async () => {
    const error = await cutText('feedback_date,a\nsoon,1\n1790812800,"open').catch((thrown) => thrown)

    expect(error).toBeInstanceOf(CutError)
    expect(error).toBeInstanceOf(FileError)
    expect(error).toMatchObject({
      name: 'FileError',
      retryable: false,
      found: {
        counts: { ...NO_COUNTS, read: 1, set_aside: 1, skipped: 0 },
        problems: [{ row: 2, code: 'feedback_date_invalid' }],
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        bytes: 39,
      },
    })
  })

  it('has no hash for a file that was not read to its end', async () => {
    const text = `a,b\n${'1,2\n'.repeat(100_000)}`

    await expect(cutText(text)).rejects.toMatchObject({ code: 'feedback_date_column_missing', found: { sha256: null } })
  })
})
