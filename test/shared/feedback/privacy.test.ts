import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { privateValue } from '../../../shared/feedback/privacy.ts'
import { cutText } from './cut-text.ts'

const KEY = Buffer.from('a key of this home, at least 32 bytes long')
const hmac = (text: string) => createHmac('sha256', KEY).update(text).digest('hex')

describe('privacy', () => {
  const csv = 'ip,feedback_date,Email,Name,last\n10.0.0.1,2026-10-01,ann@example.com,Ann,x\n,2026-10-02,,,\n'

  it('drops, hashes and masks', async () => {
    const result = await cutText(csv, { privacy: { ip: 'drop', Email: 'hash', Name: 'mask' }, privacyKey: KEY })

    expect(result.header).toEqual(['feedback_date', 'Email', 'Name', 'last'])
    expect(result.rows).toEqual([
      ['1790812800', hmac('ann@example.com'), 'A***', 'x'],
      ['1790899200', '', '', ''],
    ])
  })

  it('does the same to other delimiters', async () => {
    const options = { privacy: { ip: 'drop', last: 'drop', Email: 'hash' }, privacyKey: KEY } as const

    const result = await cutText(csv.replaceAll(',', ';'), options)

    expect(result.texts).toEqual([
      `feedback_date,Email,Name\n1790812800,${hmac('ann@example.com')},Ann\n1790899200,,\n`,
    ])
  })

  it.each([
    ['first', 'a,feedback_date\n1,1790812800\n', 'feedback_date\n1790812800\n'],
    ['last', 'feedback_date,a\n1790812800,1\n', 'feedback_date\n1790812800\n'],
    ['middle', 'b,a,feedback_date\n"2",1,1790812800\n', 'b,feedback_date\n"2",1790812800\n'],
  ])('drops the %s column', async (_, text, expected) => {
    const result = await cutText(text, { privacy: { a: 'drop' } })

    expect(result.texts).toEqual([expected])
  })

  it('finds a column in any case, and by the special name that was mapped to it', async () => {
    const options = { columns: { user_id: 'Email' }, privacy: { USER_ID: 'mask', IP: 'drop' } } as const

    const result = await cutText(csv, options)

    expect(result.header).not.toContain('ip')
    expect(result.rows[0]?.[1]).toBe('a***@example.com')
  })

  it('drops every column of a doubled header', async () => {
    const result = await cutText('feedback_date,Other,x,Other\n1790812800,1,2,3\n', { privacy: { Other: 'drop' } })

    expect(result.texts).toEqual(['feedback_date,x\n1790812800,2\n'])
  })

  it('rejects a file that lacks a private column', async () => {
    await expect(cutText(csv, { privacy: { phone: 'drop' } })).rejects.toMatchObject({
      name: 'FileError',
      code: 'column_missing',
      column: 'phone',
    })
  })

  it('needs the key', async () => {
    await expect(cutText(csv, { privacy: { Email: 'hash' } })).rejects.toMatchObject({
      name: 'RelayError',
      code: 'privacy_key_missing',
    })
  })

  it('refuses a rule that would spoil the date', async () => {
    await expect(cutText(csv, { privacy: { feedback_date: 'mask' } })).rejects.toMatchObject({
      code: 'privacy_invalid',
    })
  })

  it('leaves the set-aside file as it was, so that a second drop hashes once', async () => {
    const options = { privacy: { Email: 'hash', ip: 'drop' }, privacyKey: KEY } as const

    const first = await cutText('ip,feedback_date,Email\n10.0.0.1,soon,ann@example.com\n', options)
    const second = await cutText(first.aside.replace('soon', '2026-10-01'), options)

    expect(first.asideRows).toMatchObject([{ ip: '10.0.0.1', Email: 'ann@example.com' }])
    expect(second.rows).toEqual([['1790812800', hmac('ann@example.com')]])
  })

  it('hashes as createHmac does', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }),
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        (text, key) => {
          const value = text.trim()
          fc.pre(value !== '')
          expect(privateValue('hash', key)(text)).toBe(createHmac('sha256', key).update(value).digest('hex'))
        },
      ),
    )
  })
})
