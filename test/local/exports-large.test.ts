import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExportReceipt } from '../../shared/exports/receipt.ts'
import { extent } from '../support/extent.ts'
import { HomeFolder, until } from '../support/home.ts'

const MEGABYTES = extent(128, 2000)
const ROWS_A_MEGABYTE = 10_000
const HEADER = Buffer.from('id,feedback,score\n')
/** 100 bytes a row, with a line break inside quotes. */
const CHUNK = Buffer.from(
  `1234567890,"${'Gut, aber teuer. '.repeat(4)}\nJa "",",9${' '.repeat(9)}\n`.repeat(ROWS_A_MEGABYTE),
)

async function send(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/csv' })
  response.write(HEADER)
  for (let sent = 0; sent < MEGABYTES; sent++) if (!response.write(CHUNK)) await once(response, 'drain')
  response.end()
}

const residentMegabytes = async (pid: number) => {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) / 1024
}

describe(`an export of ${MEGABYTES} MB`, () => {
  let asked = 0
  /** CXI, as far as exports need it, and the place where they lie. */
  const server = createServer(({ url = '' }, response) => {
    if (url.startsWith('/responses.csv')) return void send(response)
    if (url.startsWith('/v1/exports')) asked += 1
    response.writeHead(url.startsWith('/v1/exports') ? 201 : 200, { 'content-type': 'application/json' })
    response.end(url.startsWith('/oauth/token') ? JSON.stringify({ access_token: 't', expires_in: 7200 }) : '')
  })
  let home: HomeFolder
  let url = ''

  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-large-export-')))
    const account = { secret: 'cxi', apiUrl: url, tokenUrl: `${url}/oauth/token` }
    await home.configure({ accounts: { main: account }, sources: { nps: {} } })
  })

  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    await home.close()
    await rm(home.root, { recursive: true, force: true })
  })

  it('is brought home in flat memory, and counted right', async () => {
    const secret = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' }
    const { child } = await home.start({ env: { CXI_RELAY_SECRET_CXI: JSON.stringify(secret) } })
    const pid = child.pid ?? 0
    const byHand = home.command('export', '--json')
    await until(() => asked === 1)
    const before = await residentMegabytes(pid)
    let peak = before
    const sampling = setInterval(() => {
      residentMegabytes(pid).then(
        (now) => {
          peak = Math.max(peak, now)
        },
        () => {},
      )
    }, 50)

    const mail = `From: a@wootric.com\r\nSubject: x\r\n\r\n${url}/responses.csv\r\n`
    await writeFile(home.path('mail', 'large.eml.tmp'), mail)
    await rename(home.path('mail', 'large.eml.tmp'), home.path('mail', 'large.eml'))
    const { code, output } = await byHand
    clearInterval(sampling)

    expect(code).toBe(0)
    const receipt = JSON.parse(output.slice(output.indexOf('{'))) as ExportReceipt
    const bytes = HEADER.length + MEGABYTES * CHUNK.length
    const sha256 = createHash('sha256').update(HEADER)
    for (let part = 0; part < MEGABYTES; part++) sha256.update(CHUNK)
    expect(receipt).toMatchObject({ rows: MEGABYTES * ROWS_A_MEGABYTE, bytes, sha256: sha256.digest('hex') })
    expect((await stat(home.path(receipt.file))).size).toBe(bytes)
    expect(peak - before, `from ${before} MB to ${peak} MB`).toBeLessThan(100)
  }, 300_000)
})
