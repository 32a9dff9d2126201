import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { cut } from '../../../shared/feedback/cut.ts'
import { extent } from '../../support/extent.ts'
import { type ZipMember, zipFile } from '../../support/zip-file.ts'
import { chunks, cutText } from './cut-text.ts'

const ROWS = extent(400, 3000)
const TABLE = `feedback_date,feedback,score\n${Array.from({ length: ROWS }, (_, i) => `${1790812800 + i},"text ${i}, said ""so""",${i % 11}\n`).join('')}`
const ANSWERS = { name: 'answers.csv', content: TABLE }

describe('a packed file', () => {
  const files: [string, Buffer][] = [
    ['.gz', gzipSync(TABLE)],
    ['.gz of two members', Buffer.concat([gzipSync(TABLE.slice(0, 500)), gzipSync(TABLE.slice(500))])],
    ['.zip', zipFile([ANSWERS])],
    ['.zip with stored data', zipFile([{ ...ANSWERS, isStored: true }])],
    ['.zip with sizes behind the data', zipFile([{ ...ANSWERS, hasDescriptor: true }])],
    ['.zip with 64-bit sizes', zipFile([{ ...ANSWERS, isZip64: true }])],
    ['.zip with 64-bit sizes behind the data', zipFile([{ ...ANSWERS, isZip64: true, hasDescriptor: true }])],
    [
      '.zip with the CSV in a folder',
      zipFile([
        { name: 'CSV/', content: '', isStored: true },
        { ...ANSWERS, name: 'CSV/a.csv' },
      ]),
    ],
    [
      '.zip with what macOS adds',
      zipFile([
        { name: '.DS_Store', content: 'x' },
        { ...ANSWERS, hasDescriptor: true },
        { name: '__MACOSX/._answers.csv', content: '\0\x05\x16\x07' },
      ]),
    ],
  ]

  it.each(files)('is cut like the CSV in it: %s', async (_, bytes) => {
    const plain = await cutText(TABLE)

    for (const chunkBytes of [extent(31, 1), 4096, 1 << 20]) {
      const packed = await cutText(bytes, {}, { chunkBytes })

      expect(packed.texts).toEqual(plain.texts)
      expect(packed.counts).toEqual(plain.counts)
      expect(packed.bytes).toBe(bytes.length)
      expect(packed.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    }
  })

  it('is told by its content in any encoding inside', async () => {
    const utf16 = Buffer.from(`\ufeff${TABLE}`, 'utf16le')

    const { rows } = await cutText(gzipSync(utf16))

    expect(rows).toHaveLength(ROWS)
  })

  it.each(files.slice(0, 5))('is refused wherever it is cut off: %s', async (_, bytes) => {
    for (const kept of [0.05, 0.3, 0.6, 0.9]) {
      const part = bytes.subarray(0, Math.floor(bytes.length * kept))

      await expect(cutText(part)).rejects.toMatchObject({ code: 'archive_unsafe' })
    }
  })

  it('is refused where one byte of its data has changed', async () => {
    const bytes = zipFile([{ ...ANSWERS, isStored: true }])
    bytes[5000] = (bytes[5000] as number) ^ 1

    await expect(cutText(bytes)).rejects.toMatchObject({
      code: 'archive_unsafe',
      message: expect.stringMatching(/checksum/),
    })
  })
})

describe('an archive that is not to be trusted', () => {
  it.each<[string, ZipMember[], RegExp]>([
    ['a path upwards', [{ ...ANSWERS, name: '../../answers.csv' }], /path/],
    ['an absolute path', [{ ...ANSWERS, name: '/etc/answers.csv' }], /path/],
    ['a Windows path', [{ ...ANSWERS, name: 'C:\\answers.csv' }], /path/],
    ['a path upwards in what would be skipped', [ANSWERS, { name: '__MACOSX/../../x', content: '' }], /path/],
    ['encryption', [{ ...ANSWERS, isEncrypted: true }], /password/],
    ['an archive in it', [{ name: 'a.zip', content: 'x' }], /another archive/],
    ['an archive in it by another name', [{ name: 'a.csv', content: gzipSync(TABLE) }], /archive/],
    [
      'an archive in it that is a zip by another name',
      [{ name: 'a.csv', content: zipFile([ANSWERS]) }],
      /"a\.csv".*archive/,
    ],
    ['two files of one name', [ANSWERS, ANSWERS], /two files of the name "answers\.csv"/],
    ['other files', [ANSWERS, { name: 'CSV/report.pdf', content: '%PDF' }], /"CSV\/report\.pdf".*\.csv/],
    ['a workbook', [ANSWERS, { name: 'a.xlsx', content: 'PK', isStored: true }], /"a\.xlsx"/],
    ['control characters in a name', [ANSWERS, { ...ANSWERS, name: 'a\u001b[2J.csv' }], /control characters/],
    ['a name that turns itself around', [{ ...ANSWERS, name: 'a\u202evsc.csv' }], /control characters/],
    ['a very long name', [{ ...ANSWERS, name: `${'a'.repeat(600)}.csv` }], /512 characters/],
    ['nothing but system files', [{ name: '.DS_Store', content: 'x' }], /no CSV/],
    ['a directory with another name', [{ ...ANSWERS, listed: { name: 'other.csv' } }], /directory/],
    ['a directory with another size', [{ ...ANSWERS, listed: { bytes: 5 } }], /directory/],
    ['too many files', Array.from({ length: 1001 }, (_, i) => ({ name: `.${i}`, content: '' })), /1000 files/],
  ])('archive_unsafe: %s', async (_, members, message) => {
    await expect(cutText(zipFile(members))).rejects.toMatchObject({
      code: 'archive_unsafe',
      message: expect.stringMatching(message),
    })
  })

  it.each([
    ['gzip', (bomb: string) => gzipSync(bomb)],
    ['zip', (bomb: string) => zipFile([{ name: 'a.csv', content: bomb }])],
  ])('archive_unsafe: a bomb in %s, before it has unpacked', async (_, pack) => {
    const bytes = pack(`feedback_date\n${'1790812800\n'.repeat(extent(160_000, 8_000_000))}`)
    let written = 0

    const pass = cut(
      { source: chunks(bytes, 1 << 16), options: {}, reuseParts: true, harmlessBytes: extent(1_000_000, 50_000_000) },
      {
        async writePart(_part, part) {
          written += part.length
        },
        async writeSetAside() {},
      },
    )

    await expect(pass).rejects.toMatchObject({ code: 'archive_unsafe', message: expect.stringMatching(/200 times/) })
    expect(written).toBeLessThan(extent(1_200_000, 60_000_000))
  })

  it('is not unpacked where it is an Excel workbook', async () => {
    const workbook = zipFile([{ name: '[Content_Types].xml', content: '<x/>' }])

    await expect(cutText(workbook)).rejects.toMatchObject({ code: 'not_a_csv' })
  })
})
