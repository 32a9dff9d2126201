import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Host, startHost } from '../../local/host.ts'
import { MemoryLogger } from '../support/fakes.ts'
import { dumpOf, HomeFolder, until } from '../support/home.ts'

const SECRET = 'known to the tool alone'

describe('the webhook door of the embedded home', () => {
  let root: string
  let host: Host
  let logger: MemoryLogger

  const start = async () => {
    logger = new MemoryLogger()
    const data = join(root, 'data')
    const config = join(root, 'relay.config.mjs')
    host = await startHost({ data, config, port: 0, host: '127.0.0.1', sandbox: true, logger, flushEveryMs: 20 })
  }

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'relay-webhooks-'))
    process.env.CXI_RELAY_SECRET_HOOK = JSON.stringify({ secret: SECRET })
    const folder = new HomeFolder(root)
    await folder.configure({
      accounts: { main: { secret: 'cxi-relay/main' } },
      sources: {
        nps: {
          import: { source: 'Own code', metric_type: 'nps' },
          privacy: { user_id: 'hash' },
          webhook: { provider: 'generic', secret: 'hook', settleSeconds: 0, maxBytes: 5000 },
        },
      },
    })
    await start()
  })

  afterEach(async () => {
    await host.close()
    delete process.env.CXI_RELAY_SECRET_HOOK
    await rm(root, { recursive: true })
  })

  const post = (body: string, token = SECRET) =>
    fetch(`${host.url}/webhooks/nps?token=${encodeURIComponent(token)}`, { method: 'POST', body })

  it('brings a delivery into CXI, once', async () => {
    const event = JSON.stringify({
      id: 'r-1',
      feedback_date: '2026-11-23T10:00:00Z',
      score: 9,
      feedback: 'Very "good", thank you',
      user_id: 'anna@example.com',
      properties: { plan: 'Pro' },
    })

    const answers = await Promise.all(Array.from({ length: 50 }, () => post(event)))
    await until(async () => (await dumpOf(host.sandboxUrl ?? '')).some(({ source }) => source !== null))

    expect(answers.map(({ status }) => status).filter((status) => status === 202)).toHaveLength(1)
    const [sent, ...others] = await dumpOf(host.sandboxUrl ?? '')
    expect(others).toEqual([])
    expect(sent).toMatchObject({ source: 'Own code', metric_type: 'nps' })
    expect(sent?.responses).toHaveLength(1)
    expect(sent?.responses[0]).toMatchObject({
      feedback: 'Very "good", thank you',
      score: 9,
      feedback_date: Date.UTC(2026, 10, 23, 10) / 1000,
      user_id: expect.stringMatching(/^[0-9a-f]{64}$/),
      custom_properties: expect.arrayContaining([expect.objectContaining({ key: 'plan', value: 'Pro' })]),
    })
    expect(JSON.stringify(logger.lines)).not.toMatch(/anna|thank you|known to the tool/)
  })

  it('keeps what it accepted when it is started anew', async () => {
    await post(JSON.stringify({ id: 'r-1', feedback_date: 1790000000, score: 3 }))
    await host.close()

    await start()
    await until(async () => (await dumpOf(host.sandboxUrl ?? '')).length > 0)

    expect((await dumpOf(host.sandboxUrl ?? '')).flatMap(({ responses }) => responses)).toHaveLength(1)
  })

  it('refuses strangers, unknown sources, what is too large and other methods', async () => {
    const body = JSON.stringify({ id: 'r-1', score: 1 })

    const statuses = [
      (await post(body, 'guessed')).status,
      (await fetch(`${host.url}/webhooks/other`, { method: 'POST', body })).status,
      (await post('x'.repeat(5001))).status,
      (await fetch(`${host.url}/webhooks/nps`, { method: 'PUT', body })).status,
      (await fetch(`${host.url}/webhooks/nps`)).status,
      (await fetch(`${host.url}/webhooks/nps`, { method: 'HEAD' })).status,
    ]

    expect(statuses).toEqual([401, 404, 413, 405, 405, 200])
  })

  it('stops reading a body without a stated length when it is too large', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sending = request(`${host.url}/webhooks/nps?token=x`, { method: 'POST' }, (response) => {
        resolve(response.statusCode)
        sending.destroy()
      })
      sending.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? undefined : reject(error)))
      sending.write('x'.repeat(6000))
    })

    expect(status).toBe(413)
  })

  it('outlives senders that break off', async () => {
    const { port } = new URL(host.url)
    const socket = connect(Number(port), '127.0.0.1')
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
    socket.write('POST /webhooks/nps HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"id"')
    socket.destroy()

    const answer = await post(JSON.stringify({ id: 'r-2', score: 1 }))

    expect(answer.status).toBe(202)
  })

  it('keeps what it can’t read in quarantine, and reads it again on command', async () => {
    const folder = new HomeFolder(root)

    const answer = await post(JSON.stringify({ number: 1 }))
    const kept = await folder.files('quarantine')
    const retried = await folder.command('retry', '--source', 'nps', '--since', '2026-01-01')

    expect(answer.status).toBe(202)
    expect(kept).toHaveLength(1)
    expect(retried).toMatchObject({ code: 0, output: expect.stringContaining('1 still can') })
  })

  it('FC-09 tells where the address is pasted, what is missing, and that it is redirected', async () => {
    const folder = new HomeFolder(root)

    const { status: got } = await fetch(`${host.url}/webhooks/nps`)
    const good = await folder.command('doctor', '--json')
    const shown = await folder.command('status')
    delete process.env.CXI_RELAY_SECRET_HOOK
    const bad = await folder.command('doctor')

    expect(JSON.parse(good.output).webhooks).toMatchObject([
      { source: 'nps', provider: 'generic', url: 'http://127.0.0.1:8787/webhooks/nps?token=<secret>' },
    ])
    expect(JSON.parse(good.output).webhooks[0].notes).toEqual([expect.stringContaining('percent-encoded')])
    expect(bad.code).toBe(1)
    expect(bad.output).toContain('There is no secret "hook"')
    expect([got, ...[good, bad, shown].map(({ output }) => output.includes('GETs but no POSTs on nps'))]).toEqual([
      405,
      true,
      true,
      true,
    ])
    expect(good.output + bad.output).not.toContain(SECRET)
  })
})
