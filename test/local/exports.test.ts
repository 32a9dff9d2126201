import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Host, startHost } from '../../local/host.ts'
import { MailFolder } from '../../local/mail-folder.ts'
import { startSandbox } from '../../sandbox/server.ts'
import type { ExportReceipt } from '../../shared/exports/receipt.ts'
import { exportedBy, exportsOf } from '../support/exported.ts'
import { isProof } from '../support/extent.ts'
import { ManualClock, MemoryLogger } from '../support/fakes.ts'
import { control, dumpOf, HomeFolder, until } from '../support/home.ts'

let home: HomeFolder
let host: Host | undefined
const logger = new MemoryLogger()

const newHome = async () => {
  home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-exports-')))
  await home.configure({ accounts: { main: { secret: 'none' } }, sources: { nps: {} } })
}

/** Starts the home in this process; answers its sandbox. */
async function startHere(): Promise<string> {
  host = await startHost({
    data: home.path(),
    config: home.config,
    port: 0,
    host: '127.0.0.1',
    sandbox: true,
    logger,
  })
  return host.sandboxUrl ?? ''
}

async function removeHome(): Promise<void> {
  await host?.close()
  host = undefined
  await home.close()
  await rm(home.root, { recursive: true, force: true })
}

const CSV = `feedback_date,score,feedback,user_id,plan
2026-10-01,9,"Says ""yes"", and means it,
on two lines",u-1,Pro
2026-10-02 10:00,0,Nie wieder – zu teuer 😀,u-2,Lite
1790000000,,,u-1,
`

const answersOf = async (url: string): Promise<Record<string, number>> => {
  const { statuses } = (await control(url, 'GET', 'stats')) as { statuses: Record<string, Record<string, number>> }
  return statuses['POST /v1/exports'] ?? {}
}
const asked = async (url: string) => (await answersOf(url))['201'] ?? 0
const later = (url: string, seconds = 61) => control(url, 'POST', 'clock', { advance_seconds: seconds })

async function importCsv(csv = CSV): Promise<void> {
  await home.drop('nps/some.csv', csv)
  await home.receiptOf('inbox/nps/some.csv')
}

describe('beside a home that runs', () => {
  let url = ''

  beforeAll(async () => {
    await newHome()
    url = await startHere()
    await importCsv()
  }, 60_000)
  afterAll(removeHome)

  it('an export by hand brings every row that was imported, while another waits its turn', async () => {
    const byHand = home.command('export', '--json')
    await until(async () => (await asked(url)) === 1)
    const users = home.command('export', '--type', 'users')

    await later(url)
    const { code, output } = await byHand
    await until(async () => (await asked(url)) === 2)
    await later(url)
    const second = await users

    expect([code, second.code]).toEqual([0, 0])
    const [found, other] = await exportsOf(home, 2)
    const [imported] = await dumpOf(url)
    const expected = (imported?.responses ?? []).map((response) => ({
      feedback: response.feedback ?? '',
      user_id: response.user_id ?? '',
      feedback_date: String(response.feedback_date),
      score: response.score === null ? '' : String(response.score),
      plan: response.custom_properties.find(({ key }) => key === 'plan')?.value ?? '',
    }))
    expect(expected).toHaveLength(3)
    expect(found?.rows).toEqual(expected.map((row) => expect.objectContaining(row)))
    const said = JSON.parse(output.slice(output.indexOf('{'))) as ExportReceipt
    expect(said).toEqual(found?.receipt)
    expect(said).toMatchObject({ type: 'responses', rows: 3, bytes: Buffer.byteLength(found?.csv ?? '') })
    expect(said.file).toMatch(/^exports\/responses\/\d{4}\/\d\d\/\d\d\/\d{8}T\d{6}\.\d{3}Z-responses\.csv$/)
    expect(other?.receipt).toMatchObject({ type: 'users', rows: 2 })
    expect(second.output).toContain('exports/users/')
    expect(await answersOf(url)).toEqual({ 201: 2 })
  }, 60_000)

  it('an export by hand waits where somebody else’s is in progress, refused once, and goes on after that', async () => {
    const before = await asked(url)
    const token = (await (
      await fetch(`${url}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' }),
      })
    ).json()) as { access_token: string }
    const headers = { authorization: `Bearer ${token.access_token}` }
    await fetch(`${url}/v1/exports`, { method: 'POST', headers })

    const byHand = home.command('export', '--type', 'users')
    await until(async () => ((await answersOf(url))['409'] ?? 0) === 1)
    await later(url)
    await until(async () => (await asked(url)) === before + 2)
    await later(url)
    const { code, output } = await byHand

    expect([code, output]).toEqual([0, expect.stringContaining('CXI has another export in progress')])
    expect(await answersOf(url)).toEqual({ 201: before + 2, 409: 1 })
    expect(await home.files('mail/kept')).toHaveLength(1)
  }, 60_000)

  it.each([
    ['that nobody waits for', 'https://api.wootric.com/x.csv', 'No export that cxi-relay has asked for'],
    ['that is no mail', '', 'It holds no web address'],
  ])('a mail put into mail/ by hand %s is kept and reported', async (_, link, words) => {
    const before = await home.files('mail/kept')
    const mail = link === '' ? 'not a mail' : `From: a@b.example\r\nSubject: x\r\n\r\n${link}\r\n`
    await writeFile(home.path('mail', 'a mail: ü.part'), mail)
    await rename(home.path('mail', 'a mail: ü.part'), home.path('mail', 'a mail: ü.eml'))

    await until(() => logger.lines.some(({ fields }) => String(fields.message).includes(words)))

    // It is copied to its new place before it is taken from the old one.
    await until(async () => (await home.files('mail')).every((file) => /^(kept|done)\//.test(file)))
    const [kept = '', ...others] = (await home.files('mail/kept')).filter((file) => !before.includes(file))
    expect(others).toEqual([])
    expect(await readFile(home.path('mail', 'kept', kept), 'utf8')).toBe(mail)
  })

  it('an export by hand that fails ends the command with its reason', async () => {
    const rule = { match: 'POST /v1/exports', do: 'status', status: 404, body: { message: 'Exports are not enabled' } }
    await control(url, 'PUT', 'faults', { seed: 1, rules: [rule] })

    const { code, output } = await home.command('export')

    expect(code).toBe(1)
    expect(output).toContain('Exports are not enabled')
    expect(output).toContain('(export_refused)')
  }, 60_000)
})

describe('where nothing runs', () => {
  beforeEach(newHome)
  afterEach(removeHome)

  it('an export by hand is brought by the command itself', async () => {
    await mkdir(home.path('mail'), { recursive: true })
    const sandbox = await startSandbox({ mail: home.path('mail') })
    try {
      const account = { secret: 'cxi', apiUrl: sandbox.url, tokenUrl: `${sandbox.url}/oauth/token` }
      const line = { type: 'users', schedule: '0 6 1 1 *' }
      await home.configure({ accounts: { main: account }, sources: { nps: {} }, exports: [line] })
      const secret = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' }
      const places = ['--data', home.path(), '--config', home.config]

      const byHand = home.run(['export', ...places], { CXI_RELAY_SECRET_CXI: JSON.stringify(secret) })
      await until(async () => (await asked(sandbox.url)) === 1)
      await later(sandbox.url)
      const { code, output } = await byHand

      expect([code, output]).toEqual([0, expect.stringContaining('0 rows')])
      expect((await exportedBy(home)).map(({ receipt }) => receipt.type)).toEqual(['responses'])
    } finally {
      await sandbox.close()
    }
  }, 60_000)
})

describe('a home that is killed', () => {
  beforeEach(newHome)
  afterEach(removeHome)

  it('after it has asked brings the file when it is started again', async () => {
    const first = await home.start()
    await importCsv()
    const byHand = home.command('export')
    await until(async () => (await asked(first.sandboxUrl ?? '')) === 1)
    await first.end('SIGKILL')

    const url = await startHere()
    await later(url)

    expect((await byHand).code).toBe(0)
    expect((await exportsOf(home, 1)).map(({ receipt }) => receipt.rows)).toEqual([3])
  }, 60_000)

  it('when the mail has come finds the sandbox’s link good at the next start', async () => {
    const first = await home.start()
    void home.command('export')
    await until(async () => (await asked(first.sandboxUrl ?? '')) === 1)
    await later(first.sandboxUrl ?? '')
    await first.end('SIGKILL')
    expect(await exportedBy(home)).toEqual([])

    await startHere()

    expect(await exportsOf(home, 1)).toHaveLength(1)
  }, 60_000)
})

describe('the mail folder of several accounts', () => {
  beforeEach(newHome)
  afterEach(removeHome)

  it('is looked into with the folder of each account, and no other', async () => {
    for (const path of ['a.eml', 'one/b.eml', 'two/c.eml.part', 'done/d.eml', 'three/e.eml']) {
      await mkdir(dirname(home.path('mail', path)), { recursive: true })
      await writeFile(home.path('mail', path), 'x')
    }
    const clock = new ManualClock(Date.now())
    const received: string[] = []
    const receive = async (key: string) => {
      received.push(key)
    }
    const folder = new MailFolder({ folder: home.path('mail'), accounts: ['one', 'two'], clock, logger, receive })

    await folder.look()
    await clock.advance(60_000)
    await folder.look()

    expect(received).toEqual(['mail/a.eml', 'mail/one/b.eml'])
  })
})

describe('exports on a schedule', () => {
  beforeEach(newHome)
  afterEach(removeHome)

  it.runIf(isProof)(
    'of both types, every minute by the real clock, arrive without a person, one at a time',
    async () => {
      const exports = ['responses', 'users'].map((type) => ({ type, schedule: '* * * * *' }))
      await home.configure({ accounts: { main: { secret: 'none' } }, sources: { nps: {} }, exports })
      const { sandboxUrl: url = '' } = await home.start()
      await importCsv()

      await until(async () => (await asked(url)) === 1, 70_000)
      const { output } = await home.command('status')
      expect(output).toMatch(/Exports:\n {2}(responses|users): asked, asked 20/)
      await later(url)
      await until(async () => (await asked(url)) === 2)
      await later(url)

      const found = await exportsOf(home, 2)
      expect(found.map(({ receipt }) => receipt.type).sort()).toEqual(['responses', 'users'])
      expect(found.map(({ receipt }) => receipt.schedule?.cron)).toEqual(['* * * * *', '* * * * *'])
      expect((await answersOf(url))['409'] ?? 0).toBe(0)
    },
    120_000,
  )
})
