import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { control, dumpOf, HomeFolder, type Running, until } from '../support/home.ts'
import { type ZipMember, zipFile } from '../support/zip-file.ts'

const WEBSITE = 'feedback_date,score,feedback\n2026-10-01,9,good\nsoon,7,no such day\n2026-10-03,8,fine\n'
const PHONE = '#,feedback,Submit Date (UTC),Network ID\nr1,short,2026-10-04 10:00:00,n1\nr2,"two\nlines",later,n2\n'
const MAC = [
  { name: '.DS_Store', content: 'x' },
  { name: '__MACOSX/._website.csv', content: '\0\x05\x16\x07' },
]

describe('archives that are dropped into a folder', () => {
  let home: HomeFolder
  let running: Running

  beforeAll(async () => {
    home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-archives-')))
    await home.configure({ accounts: { main: { secret: 'none' } }, sources: { nps: {} } })
    running = await home.start()
  })

  afterAll(async () => {
    await home.close()
    await rm(home.root, { recursive: true, force: true })
  })

  const posts = async () => {
    const stats = (await control(running.sandboxUrl ?? '', 'GET', 'stats')) as { requests: Record<string, number> }
    return stats.requests['POST /v1/imports'] ?? 0
  }

  const feedbackOf = async (name: string) => {
    const imports = await dumpOf(running.sandboxUrl ?? '')
    return imports
      .filter((found) => found.name.startsWith(name))
      .flatMap(({ responses }) => responses.map(({ feedback }) => feedback))
  }

  it('imports each CSV of a zip, and names the file of every part, problem and set-aside row', async () => {
    const members = [{ name: 'website.csv', content: WEBSITE }, ...MAC, { name: 'calls/phone.csv', content: PHONE }]
    await home.drop('nps/october.zip', zipFile(members))

    const receipt = await home.receiptOf('inbox/nps/october.zip')

    expect(receipt).toMatchObject({
      state: 'partial',
      rows: { read: 5, imported: 3, set_aside: 2 },
      parts: [
        { part: 1, file: 'website.csv', rows: 2, state: 'described' },
        { part: 2, file: 'calls/phone.csv', rows: 1, state: 'described' },
      ],
      problems: [
        { file: 'website.csv', row: 3, column: 'feedback_date' },
        { file: 'calls/phone.csv', row: 3, column: 'Submit Date (UTC)' },
      ],
      dialect: 'plain, typeform',
      files: [
        { file: 'website.csv', dialect: 'plain' },
        { file: 'calls/phone.csv', dialect: 'typeform' },
      ],
      ignored_files: ['.DS_Store', '__MACOSX/._website.csv'],
    })
    const imports = await dumpOf(running.sandboxUrl ?? '')
    expect(imports.map(({ name }) => name).sort()).toEqual(['october.zip (1 of 2)', 'october.zip (2 of 2)'])
    expect((await feedbackOf('october.zip')).sort()).toEqual(['fine', 'good', 'short'])
    await until(async () => (await home.files('done')).includes('partial/nps/october.zip'))
  })

  it('imports the set-aside rows of a file in it when they are mended and dropped', async () => {
    const { files } = await home.receiptOf('inbox/nps/october.zip')
    const aside = await readFile(home.path(files[1]?.set_aside_file ?? ''), 'utf8')
    await home.drop('nps/mended.csv', aside.replace('later', '2026-10-05 11:00:00'))

    const receipt = await home.receiptOf('inbox/nps/mended.csv')

    expect(receipt).toMatchObject({ state: 'imported', dialect: 'typeform', rows: { read: 1, imported: 1 }, files: [] })
    const mended = (await dumpOf(running.sandboxUrl ?? '')).find(({ name }) => name === 'mended.csv')
    expect(
      mended?.responses[0]?.custom_properties.map(({ key }) => key).filter((key) => key.startsWith('relay')),
    ).toEqual([])
  })

  it('imports a .gz, and a zip of one CSV, as the CSV in it', async () => {
    await home.drop('nps/one.csv.gz', gzipSync('feedback_date,feedback\n2026-10-06,packed\n'))
    await home.drop(
      'nps/one.zip',
      zipFile([{ name: 'one.csv', content: 'feedback_date,feedback\n2026-10-07,zipped\n' }]),
    )

    const [gz, zip] = [await home.receiptOf('inbox/nps/one.csv.gz'), await home.receiptOf('inbox/nps/one.zip')]

    expect(gz).toMatchObject({ state: 'imported', files: [], parts: [{ part: 1, rows: 1 }] })
    expect(zip).toMatchObject({
      state: 'imported',
      files: [{ file: 'one.csv' }],
      parts: [{ part: 1, file: 'one.csv' }],
    })
    expect(await feedbackOf('one.')).toEqual(expect.arrayContaining(['packed', 'zipped']))
  })

  const bad: [what: string, name: string, content: () => Uint8Array, code: string, sentence: RegExp][] = [
    [
      'a path that leads out of it',
      'traversal.zip',
      () => zipFile([{ name: '../../secrets.csv', content: WEBSITE }]),
      'archive_unsafe',
      /path leads out/,
    ],
    [
      'an encrypted file',
      'encrypted.zip',
      () => zipFile([{ name: 'a.csv', content: WEBSITE, isEncrypted: true }]),
      'archive_unsafe',
      /password/,
    ],
    [
      'a PDF beside its CSV',
      'pdf.zip',
      () => withGood({ name: 'report.pdf', content: '%PDF' }),
      'archive_unsafe',
      /"report\.pdf"/,
    ],
    [
      'an archive in it',
      'nested.zip',
      () => withGood({ name: 'more.zip', content: 'PK' }),
      'archive_unsafe',
      /"more\.zip"/,
    ],
    [
      'an empty CSV beside a good one',
      'empty.zip',
      () => withGood({ name: 'none.csv', content: '' }),
      'file_empty',
      /^In "none\.csv"/,
    ],
    [
      'a CSV without a date beside a good one',
      'undated.zip',
      () => withGood({ name: 'notes.txt', content: 'Read me\nplease\n' }),
      'feedback_date_column_missing',
      /^In "notes\.txt"/,
    ],
  ]

  it('rejects what is in no archive to be trusted, with its code and a sentence, and sends nothing', async () => {
    const before = await posts()
    const parts = await home.files('parts')
    for (const [, name, content] of bad) await home.drop(`nps/${name}`, content())

    for (const [what, name, , code, sentence] of bad) {
      const receipt = await home.receiptOf(`inbox/nps/${name}`)

      const error = { code, message: expect.stringMatching(sentence) }
      expect(receipt, what).toMatchObject({ state: 'rejected', error })
      await until(async () => (await home.files('done')).includes(`rejected/nps/${name}`))
      expect((await home.files('rejected')).filter((file) => file.includes(name))).toEqual([])
    }

    expect(await posts()).toBe(before)
    // What was cut before the defects were met is removed after the receipts.
    await until(async () => (await home.files('parts')).every((part) => parts.includes(part)))
  })

  it('tells before a drop what each file of an archive would become', async () => {
    const file = join(home.root, 'checked.zip')
    await writeFile(
      file,
      zipFile([{ name: 'website.csv', content: WEBSITE }, ...MAC, { name: 'phone.csv', content: PHONE }]),
    )

    const args = ['check', file, '--source', 'nps', '--config', home.config]
    const [{ code, output }, json] = await Promise.all([home.run(args), home.run([...args, '--json'])])

    expect(code).toBe(0)
    expect(output).toMatch(/^It would be imported in 2 imports: 3 rows of 5 sent, 2 set aside/)
    expect(output).toMatch(/^website\.csv: 2 rows of 3 sent.*\n {2}Read as: plain$/m)
    expect(output).toMatch(
      /^phone\.csv: 1 row of 2 sent.*\n {2}Read as: typeform(?:\n {4}.*)*\n {4}feedback_date from "Submit Date/m,
    )
    expect(output).toMatch(/^Passed over: \.DS_Store, /m)
    expect(output).toMatch(/^ {2}phone\.csv, row 3, column "Submit Date \(UTC\)": /m)
    expect(JSON.parse(json.output)).toMatchObject({
      parts: [{ file: 'website.csv' }, { file: 'phone.csv' }],
      files: [
        { file: 'website.csv', rows: { read: 3, set_aside: 1 } },
        { file: 'phone.csv', dialect: 'typeform' },
      ],
    })
  })
})

/** A good CSV, and another file after it. */
const withGood = (member: ZipMember) => zipFile([{ name: 'website.csv', content: WEBSITE }, member])
