import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { exportTypeOf, readCsvHead } from '../../../shared/exports/csv-head.ts'
import { CsvMeter } from '../../../shared/exports/csv-meter.ts'
import { readMail } from '../../../shared/exports/mail-text.ts'
import { isPublicAddress } from '../../../shared/exports/public-address.ts'

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('an address', () => {
  it.each(['8.8.8.8', '52.216.1.1', '2600:1f18::1', '2a00:1450:4001::1', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )

  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    'fe80::1',
    'fc00::1',
    'fd00:ec2::254',
    'fec0::1',
    '64:ff9b::a00:1',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'ff02::1',
    'not an address',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('the measure of a CSV', () => {
  it.each([
    ['a,b\n1,2\n', 1],
    ['a,b\r\n1,2\r\n3,4', 2],
    ['a,b\r1,2\r3,4\r', 2],
    ['a,b\n"x\n""y""\r\n",2\n\n\n3,4\n', 2],
    ['a,b\n', 0],
    ['a,b', 0],
    ['a\n""\n', 1],
  ])('of %j counts %i rows, however it is cut', (text, rows) => {
    for (const size of [1, 2, 3, 100]) {
      const meter = new CsvMeter()
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; at += size) meter.push(bytes.subarray(at, at + size))
      const sha256 = meter.end()

      expect([meter.rows, meter.bytes]).toEqual([rows, text.length])
      expect(sha256).toBe(createHash('sha256').update(text).digest('hex'))
    }
  })
})

describe('the head of a CSV', () => {
  it('is read from pieces of any size, and nothing is lost of the rest', async () => {
    const text = '\ufeffid,"a ""b"", c\nd",score\n1,2,3\n'
    for (const size of [1, 7, 1000]) {
      const head = await readCsvHead(pieces(text, size), 'text/csv')
      const chunks: Uint8Array[] = []
      for await (const chunk of head.bytes) chunks.push(chunk)

      expect(head.columns).toEqual(['id', 'a "b", c\nd', 'score'])
      expect(Buffer.concat(chunks).toString()).toBe(text)
    }
  })

  it('may end the file, and be parted by semicolons', async () => {
    expect((await readCsvHead(pieces('id;feedback', 4), '')).columns).toEqual(['id', 'feedback'])
  })

  it.each([
    [['ID', 'Feedback', 'Score'], 'responses'],
    [['user_id', 'feedback', 'tags'], 'responses'],
    [['User ID', 'Email', 'plan'], 'users'],
    [['x', 'y'], null],
  ])('%j tells the type %s', (columns, type) => {
    expect(exportTypeOf(columns)).toBe(type)
  })
})

describe('a mail’s links', () => {
  it('are found in text and HTML, decoded, the file first', async () => {
    const mail = [
      'From: A <A@Wootric.com>',
      'Date: Tue, 24 Nov 2026 06:01:00 +0000',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<a href="https://www.wootric.com/">home</a> <a href=\'https://x.wootric.com/e/1.csv?a=1&amp;b=2\'>get</a>',
      '<a href="https://x.wootric.com/unsubscribe/9">stop</a> <a href="mailto:a@b.example">mail</a>',
      '<a href="javascript:alert(1)">x</a>',
    ].join('\r\n')

    const read = await readMail(Buffer.from(mail))

    expect(read.from).toBe('a@wootric.com')
    expect(read.sentMs).toBe(Date.UTC(2026, 10, 24, 6, 1))
    expect(read.links.map(String)).toEqual(['https://x.wootric.com/e/1.csv?a=1&b=2', 'https://www.wootric.com/'])
  })

  it('in a text end before its punctuation', async () => {
    const read = await readMail(
      Buffer.from('From: a@b.example\r\n\r\nSee <https://a.example/x.csv>, or https://a.example/y.\r\n'),
    )

    expect(read.links.map(String)).toEqual(['https://a.example/x.csv', 'https://a.example/y'])
  })

  it.each([
    ['anchors that never end', '<a href='.repeat(500_000)],
    ['quotes that never end', `<a href="${'x'.repeat(10)} `.repeat(200_000)],
    ['addresses that are all dots', `https://${'.'.repeat(3990)}x `.repeat(1000)],
  ])('are looked for no longer than is sensible in %s', async (_, body) => {
    const startedMs = performance.now()

    await readMail(Buffer.from(`From: a@b.example\r\nContent-Type: text/html\r\n\r\n${body}`))
    await readMail(Buffer.from(`From: a@b.example\r\n\r\n${body}`))

    expect(performance.now() - startedMs).toBeLessThan(5000)
  })
})
