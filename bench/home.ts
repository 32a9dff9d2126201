import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { Agent, request } from 'undici'
import { control, HomeFolder, until } from '../test/support/home.ts'

/** D4: many small files through the embedded home, beside the bare POST and PUT for each. `node bench/home.ts` */

const FILES = 1000
const ROWS = 100
const CONCURRENCY = 4
const COMMAND = fileURLToPath(new URL('../local/cxi-relay.ts', import.meta.url))
const SECRET = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' }

const contentOf = (file: number) =>
  `feedback_date,score,feedback\n${Array.from({ length: ROWS }, (_, row) => `1790812800,${row % 11},file ${file} row ${row}\n`).join('')}`

const folder = mkdtempSync(join(tmpdir(), 'relay-bench-home-'))
const flags = ['--disable-warning=ExperimentalWarning']
const sandbox = spawn(execPath, [...flags, COMMAND, 'sandbox', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
let said = ''
sandbox.stdout.on('data', (chunk: Buffer) => {
  said += chunk.toString()
})
try {
  await until(() => /^ready /m.test(said))
  const url = /^ready (\S+)$/m.exec(said)?.[1] ?? ''
  // Before and after, so that a machine that is busy for a while is unfair to nobody.
  const before = await bare(url)
  await control(url, 'POST', 'reset')
  const home = await throughHome(url)
  await control(url, 'POST', 'reset')
  const bareMs = (before + (await bare(url))) / 2
  console.log(`D4 ${FILES} files of ${ROWS} rows, ${CONCURRENCY} at once`)
  console.log(`  bare POST and PUT      ${(bareMs / 1000).toFixed(2)} s`)
  console.log(
    `  through the home       ${(home.ms / 1000).toFixed(2)} s, ${(home.ms / bareMs).toFixed(2)} times (target 1.3)${home.cpu}`,
  )
} finally {
  sandbox.kill()
  rmSync(folder, { recursive: true })
}

async function bare(url: string): Promise<number> {
  const startedMs = performance.now()
  const dispatcher = new Agent()
  const form = new URLSearchParams(SECRET)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const issued = await request(`${url}/oauth/token`, { method: 'POST', body: form.toString(), headers, dispatcher })
  const { access_token } = (await issued.body.json()) as { access_token: string }
  const authorization = `Bearer ${access_token}`
  const send = async (file: number) => {
    const head = `--b\r\nContent-Disposition: form-data; name="file"; filename="${file}.csv"\r\nContent-Type: text/csv\r\n\r\n`
    const body = `${head}${contentOf(file)}\r\n--b--\r\n`
    const type = { 'content-type': 'multipart/form-data; boundary=b', authorization }
    const created = await request(`${url}/v1/imports`, { method: 'POST', body, headers: type, dispatcher })
    const { id } = (await created.body.json()) as { id: number }
    const named = new URLSearchParams({ 'import[name]': `${file}.csv`, 'import[source]': 'bench' }).toString()
    const put = { method: 'PUT' as const, body: named, headers: { ...headers, authorization }, dispatcher }
    await (await request(`${url}/v1/imports/${id}`, put)).body.dump()
  }
  let next = 0
  const worker = async () => {
    while (next < FILES) await send(next++)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  const ms = performance.now() - startedMs
  await dispatcher.close()
  return ms
}

/**
 * From the moment at which the home takes the first file to the last file's end. It is told by the home's own lines:
 * listing its folders meanwhile would take from it a part of the two cores.
 */
async function throughHome(url: string): Promise<{ ms: number; cpu: string }> {
  const home = new HomeFolder(folder)
  await home.configure({
    accounts: { main: { secret: 'bench', apiUrl: url, tokenUrl: `${url}/oauth/token` } },
    sources: { nps: { import: { source: 'bench' } } },
    limits: { concurrency: CONCURRENCY },
  })
  for (let file = 0; file < FILES; file++) await home.drop(`nps/${file}.csv`, contentOf(file))
  let startedMs: number | undefined
  let ended = 0
  let rest = ''
  const running = await home.start({ env: { CXI_RELAY_SECRET_BENCH: JSON.stringify(SECRET) } })
  const beganCpu = cpuOf(running.child.pid)
  await new Promise<void>((resolve) => {
    running.child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      if (lines.some((line) => line.endsWith(': received'))) startedMs ??= performance.now()
      ended += lines.filter((line) => line.includes(': imported; ')).length
      if (ended >= FILES) resolve()
    })
  })
  const ms = performance.now() - (startedMs ?? 0)
  const endedCpu = cpuOf(running.child.pid)
  if ((await home.files('done')).length !== FILES) throw new Error('Not every file has come to its end.')
  await running.end('SIGTERM')
  const cpu = beganCpu && endedCpu ? `; ${((endedCpu - beganCpu) / 100).toFixed(2)} s of processor time` : ''
  return { ms, cpu }
}

/** Hundredths of a second that a process has worked, where the system has /proc. */
function cpuOf(pid: number | undefined): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return undefined
  }
}
