import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startSandbox } from '../../sandbox/server.ts'
import { control, dumpOf, HomeFolder, until } from '../support/home.ts'

const CONTENT = 'feedback_date,score,feedback\n2026-10-01,9,good\n2026-10-02,3,bad\n'
const credentials = (client_secret: string) => ({
  grant_type: 'client_credentials',
  client_id: 'demo',
  client_secret,
})
const secrets = (client_secret: string) => ({ 'cxi-relay/main': credentials(client_secret) })
/** As an environment gives a secret. */
const environment = (client_secret: string) => ({
  CXI_RELAY_SECRET_CXI_RELAY_MAIN: JSON.stringify(credentials(client_secret)),
})

describe('while something is out of order', () => {
  let home: HomeFolder
  let sandbox: Awaited<ReturnType<typeof startSandbox>> | undefined

  beforeEach(async () => {
    home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-outage-')))
  })

  afterEach(async () => {
    await home.close()
    await sandbox?.close()
    await rm(home.root, { recursive: true, force: true })
  })

  async function configure(url: string, more: Record<string, unknown> = {}): Promise<void> {
    await home.configure({
      accounts: { main: { secret: 'cxi-relay/main', apiUrl: url, tokenUrl: `${url}/oauth/token` } },
      sources: { nps: { import: { source: 'Survey', tag_names: ['Q4'] } } },
      limits: { graceSeconds: 1, postSeconds: 20 },
      ...more,
    })
  }

  it('waits for CXI that is down for the whole time of a drop, and imports when it is back', async () => {
    const data = join(home.root, 'sandbox.db')
    sandbox = await startSandbox({ file: data })
    const { url } = sandbox
    await configure(url)
    await sandbox.close()
    const { output } = await home.open({ secrets: secrets('demo') })
    await home.drop('nps/a.csv', CONTENT)
    await until(() => /Files wait/.test(output()))
    expect(await home.receipts()).toEqual([])

    sandbox = await startSandbox({ file: data, port: Number(new URL(url).port) })
    const receipt = await home.receiptOf('inbox/nps/a.csv')

    expect(receipt).toMatchObject({ state: 'imported', error: null, rows: { imported: 2, set_aside: 0 } })
    expect((await dumpOf(url)).map(({ source, responses }) => [source, responses.length])).toEqual([['Survey', 2]])
  }, 60_000)

  it('waits for credentials that are wrong, says so, and imports once they are mended, without a restart', async () => {
    sandbox = await startSandbox({})
    await configure(sandbox.url)
    await home.drop('nps/a.csv', CONTENT)
    const { output } = await home.open({ secrets: secrets('wrong') })
    await until(() => /nothing is lost/.test(output()))
    expect(output()).toContain('cxi-relay/main')
    expect(output()).not.toContain('wrong')

    await home.keepSecrets(secrets('demo'))
    const receipt = await home.receiptOf('inbox/nps/a.csv', 40_000)

    expect(receipt).toMatchObject({ state: 'imported', error: null })
    expect((await dumpOf(sandbox.url)).map(({ responses }) => responses.length)).toEqual([2])
  }, 60_000)

  it('waits for an account that is not onboarded, and says what to do', async () => {
    sandbox = await startSandbox({ fresh: true })
    await configure(sandbox.url)
    const { output } = await home.open({ secrets: secrets('demo') })
    await home.drop('nps/a.csv', CONTENT)
    await until(() => /onboard/.test(output()))
    expect(await home.receipts()).toEqual([])

    const args = ['--category', '9', '--finish', '--data', home.path(), '--config', home.config]
    const onboarded = await home.run(['onboard', ...args], environment('demo'))
    const receipt = await home.receiptOf('inbox/nps/a.csv', 40_000)

    expect(onboarded).toMatchObject({ code: 0 })
    expect(receipt).toMatchObject({ state: 'imported' })
  }, 60_000)

  it('tells by "doctor" whether CXI accepts the account', async () => {
    sandbox = await startSandbox({ fresh: true })
    await configure(sandbox.url)
    const doctor = (secret: string) =>
      home.run(['doctor', '--data', home.path(), '--config', home.config], environment(secret))

    const refused = await doctor('wrong-one')
    const fresh = await doctor('demo')
    const args = ['--category', '9', '--finish', '--data', home.path(), '--config', home.config]
    await home.run(['onboard', ...args], environment('demo'))
    const works = await doctor('demo')

    expect([refused.code, fresh.code, works.code]).toEqual([1, 1, 0])
    expect(refused.output).toContain('Check the secret "cxi-relay/main"')
    expect(refused.output).not.toContain('wrong-one')
    expect(fresh.output).toContain('onboard')
    expect(works.output).toContain('accepts its credentials')
  })

  it('finds an upload whose answer was lost instead of sending it again', async () => {
    sandbox = await startSandbox({})
    await configure(sandbox.url)
    const rule = { match: 'POST /v1/imports', probability: 1, times: 1, do: 'drop-after' }
    await control(sandbox.url, 'PUT', 'faults', { seed: 1, rules: [rule] })
    const { output } = await home.open({ secrets: secrets('demo') })
    await home.drop('nps/a.csv', CONTENT)

    const receipt = await home.receiptOf('inbox/nps/a.csv')

    expect(output()).toContain('looking in CXI whether it arrived')
    expect((await dumpOf(sandbox.url)).map(({ id, responses }) => [id, responses.length])).toEqual([
      [receipt.parts[0]?.import_id, 2],
    ])
  })
})

describe('starting', () => {
  let home: HomeFolder

  beforeEach(async () => {
    home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-start-')))
    await home.configure({ accounts: { main: { secret: 'none' } }, sources: { nps: {} } })
  })

  afterEach(async () => {
    await home.close()
    await rm(home.root, { recursive: true, force: true })
  })

  it('refuses a folder that another process works on, and a port that is taken, with a clear word', async () => {
    const { url } = await home.start()

    const again = await home.command('start', '--port', '0')
    const other = new HomeFolder(join(home.root, 'other'))
    const elsewhere = ['--data', other.path(), '--config', home.config, '--port', new URL(url).port]
    const taken = await home.run(['start', ...elsewhere])

    expect(again.code).toBe(1)
    expect(again.output).toMatch(/folder_locked/)
    expect(taken.code).toBe(1)
    expect(taken.output).toMatch(/is in use.*--port/)
  })

  it('lists every problem of a configuration with its path', async () => {
    await home.configure({ accounts: { main: {} }, sources: { 'a b': { row: 'x', rows: 'some' } } })

    const { code, output } = await home.command('start', '--port', '0')

    expect(code).toBe(1)
    expect(output).toContain('accounts.main.secret: is missing')
    expect(output).toContain('sources.a b.row: is no key; did you mean "rows"?')
    expect(output).toContain("sources.a b.rows: must be one of 'set-aside', 'all-or-nothing'")
  })

  it('says of each webhook where it is, and whether its secret is there', async () => {
    const webhook = (secret: string) => ({ webhook: { provider: 'tally', secret } })
    await home.configure({
      accounts: { main: { secret: 'none' } },
      sources: { one: webhook('cxi-relay/one'), two: webhook('cxi-relay/two') },
    })
    await home.keepSecrets({ 'cxi-relay/one': { secret: 'known' } })

    const { url, output } = await home.start()

    expect(output()).toMatch(new RegExp(`${url}/webhooks/one\\n.*\\n +its secret is there`))
    expect(output()).toMatch(new RegExp(`${url}/webhooks/two\\n.*\\n +There is no secret "cxi-relay/two"`))
  })

  it('sends nothing into a sandbox where credentials that were there are lost', async () => {
    const sandbox = await startSandbox({})
    const { url } = sandbox
    const accounts = { main: { secret: 'cxi-relay/main', apiUrl: url, tokenUrl: `${url}/oauth/token` } }
    await home.configure({ accounts, sources: { nps: {} } })
    const first = await home.open({ secrets: secrets('demo') })
    await first.close()
    await home.keepSecrets({})
    await home.drop('nps/a.csv', CONTENT)

    const { sandboxUrl, output } = await home.open()
    await until(() => /cxi-relay\/main/.test(output()))
    await home.keepSecrets(secrets('demo'))
    await home.receiptOf('inbox/nps/a.csv', 60_000)

    expect(sandboxUrl).toBeUndefined()
    expect((await dumpOf(url)).map(({ responses }) => responses.length)).toEqual([2])
    await sandbox.close()
  }, 90_000)

  it('takes what lay in the inbox before, with its sidecar', async () => {
    await home.drop('nps/a.csv.meta.json', JSON.stringify({ name: 'From%20before', 'metric-type': 'csat' }))
    await home.drop('nps/a.csv', CONTENT)
    const { sandboxUrl = '' } = await home.open()

    await home.receiptOf('inbox/nps/a.csv')

    expect(await dumpOf(sandboxUrl)).toMatchObject([{ name: 'From before', metric_type: 'csat' }])
  })

  it('goes on with the sandbox that it had, after it was killed together with it', async () => {
    const first = await home.start()
    await home.drop('nps/a.csv', CONTENT)
    await home.receiptOf('inbox/nps/a.csv')
    await first.end('SIGKILL')
    const second = await home.start()
    await home.drop('nps/b.csv', 'feedback_date\n2026-10-05\n')
    await home.receiptOf('inbox/nps/b.csv')

    const imports = await dumpOf(second.sandboxUrl ?? '')

    expect(imports.map(({ name }) => name).sort()).toEqual(['a.csv', 'b.csv'])
  })
})
