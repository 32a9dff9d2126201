import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { statement } from './statement.ts'
import { useSandbox } from './test-sandbox.ts'

const PATH = '/v1/exports'
const folder = await mkdtemp(join(tmpdir(), 'cxi-mail-'))

describe('exports', () => {
  const cxi = useSandbox({ mail: folder })
  afterAll(() => rm(folder, { recursive: true }))
  beforeEach(async () => {
    for (const name of await readdir(folder)) await rm(join(folder, name))
  })
  const link = async () => /http:\S+/.exec((await cxi.mails())[0]?.text ?? '')?.[0] ?? ''
  const download = async (address: string) => {
    const answer = await fetch(address)
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }

  async function exported(type?: string): Promise<string[]> {
    await cxi.upload(
      'feedback_date,feedback,user_id,score,plan',
      '1767225600,"good, ""very""",anna,9,Lite',
      '1767312000,bad refund,anna,2,Lite',
      '1767312001,,ben,,Pro',
    )
    await cxi.post(PATH, type === undefined ? {} : { export_type: type })
    await cxi.pass(60)
    return (await download(await link())).text.trimEnd().split('\n')
  }

  statement('CXI-267', async () => {
    const [header = ''] = await exported()

    expect(header).toContain('feedback')
  })

  statement('CXI-268', async () => {
    for (const type of ['responses', 'users']) {
      expect((await cxi.post(PATH, { export_type: type })).status).toBe(201)
      await cxi.pass(60)
    }
    expect((await cxi.post(PATH, { export_type: 'tags' })).status).toBe(400)
    expect((await cxi.mails()).map(({ subject }) => subject)).toEqual([
      'Your users export is ready',
      'Your responses export is ready',
    ])
  })

  statement('CXI-269', async () => {
    expect(await cxi.post(PATH, {})).toMatchObject({ status: 201, text: '' })
  })

  statement('CXI-270', async () => {
    await cxi.post(PATH, {})
    expect(await cxi.mails()).toEqual([])

    await cxi.pass(60)

    expect(await cxi.mails()).toEqual([
      {
        to: 'demo@example.com',
        subject: expect.stringContaining('export'),
        text: expect.any(String),
        sent_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
    ])
  })

  statement('CXI-271', async () => {
    await exported()

    const { status, type } = await download(await link())

    expect([status, type]).toEqual([200, 'text/csv; charset=utf-8'])
    expect((await download(`${cxi.url}/exports/unknown/responses.csv`)).status).toBe(404)
  })

  statement('CXI-272', async () => {
    const lines = await exported('responses')

    expect(lines[0]).toBe(
      'id,import_id,feedback_date,score,feedback,user_id,metric_type,sentiment,tags,project_ids,plan',
    )
    expect(lines.slice(1).map((line) => line.replace(/^\d+,\d+,/, ''))).toEqual([
      '1767225600,9,"good, ""very""",anna,,positive,,,Lite',
      '1767312000,2,bad refund,anna,,negative,RETURNS,,Lite',
      '1767312001,,,ben,,,,,Pro',
    ])
  })

  statement('CXI-273', async () => {
    expect(await exported('users')).toEqual([
      'user_id,response_count,last_feedback_date,last_score',
      'anna,2,1767312000,2',
      'ben,1,1767312001,',
    ])
  })

  statement('CXI-274', async () => {
    await cxi.post(PATH, {})

    expect((await cxi.get(PATH)).status).toBe(405)
    expect((await cxi.get(`${PATH}/1`)).status).toBe(404)
  })

  statement('CXI-275', async () => {
    expect((await cxi.post(PATH, {})).status).toBe(201)
    expect((await cxi.post(PATH, { export_type: 'users' })).status).toBe(409)
    await cxi.pass(60)
    expect(await cxi.mails()).toHaveLength(1)
  })

  statement('CXI-276', async () => {
    await cxi.post(PATH, {})
    await cxi.pass(58)
    expect((await cxi.post(PATH, {})).status).toBe(409)

    await cxi.pass(2)

    expect((await cxi.post(PATH, {})).status).toBe(201)
  })

  statement('CXI-277', async () => {
    await cxi.post(PATH, {})

    expect(await cxi.post(PATH, {})).toMatchObject({ status: 409, json: { message: expect.any(String) } })
  })

  statement('CXI-278', async () => {
    await cxi.post(PATH, {})
    const before = await cxi.get('/v1/responses')
    await cxi.pass(60)

    expect(await cxi.mails()).toHaveLength(1)
    expect((await cxi.get('/v1/responses')).text).toBe(before.text)
  })

  it('a mail lies in the mail folder too, as mail programs write it', async () => {
    await exported()

    const [name = '', ...others] = await readdir(folder)
    const eml = await readFile(join(folder, name), 'utf8')

    expect(others).toEqual([])
    expect(name).toMatch(/^\d{8}T\d+Z-1\.eml$/)
    expect(eml).toMatch(/^From: .*\r\nTo: demo@example\.com\r\nSubject: Your responses export is ready\r\n/)
    expect(eml.replaceAll('=\r\n', '')).toContain(await link())
  })

  it('a link ends after a week', async () => {
    await exported()
    const address = await link()

    await cxi.pass(8 * 86_400)

    expect((await download(address)).status).toBe(404)
  })
})
