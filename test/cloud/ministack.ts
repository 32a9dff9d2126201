import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const MINISTACK_VERSION = '1.5.33'
const START_WITHIN_MS = 60_000
const END_WITHIN_MS = 5000
const NODE_FOLDER = join(import.meta.dirname, '../../node_modules/.bin')

export interface MiniStack {
  /** Endpoint of every service, by TLS. */
  url: string
  /** The certificate that clients must trust, as a file. */
  certificate: string
  /** The emulator's own process; functions run as its children. */
  pid: number
  /** Ends the emulator and the functions that it runs. */
  stop(): Promise<void>
}

/** The Python to use; undefined where there is none that can make virtual environments. */
export async function findPython(): Promise<string | undefined> {
  for (const python of ['python3', 'python']) {
    const found = await run(python, ['-c', 'import sys, venv, ensurepip; assert sys.version_info >= (3, 10)']).then(
      () => true,
      () => false,
    )
    if (found) return python
  }
  return undefined
}

/** Makes a virtual environment with the pinned emulator, unless it is there already; answers its command. */
export async function installMiniStack(python: string, folder: string): Promise<string> {
  const home = join(folder, `ministack-${MINISTACK_VERSION}`)
  const bin = join(home, process.platform === 'win32' ? 'Scripts' : 'bin')
  const command = join(bin, 'ministack')
  if (existsSync(command)) return command
  await run(python, ['-m', 'venv', '--without-pip', home])
  // Python compiles what it loads by itself, and most of the packages is never loaded.
  const how = ['install', '--quiet', '--disable-pip-version-check', '--no-compile', `ministack==${MINISTACK_VERSION}`]
  try {
    // The machine's own pip, from 22.3 on: one of the environment's own takes half as long as all the rest.
    await run(python, ['-m', 'pip', '--python', home, ...how])
  } catch {
    const own = join(bin, 'python')
    await run(own, ['-m', 'ensurepip'])
    await run(own, ['-m', 'pip', ...how])
  }
  return command
}

/** Whether there is what the emulator makes its certificate with. */
export const findOpenSsl = (): Promise<boolean> =>
  run('openssl', ['version']).then(
    () => true,
    () => false,
  )

/**
 * Starts the emulator on a free port of the loopback, with its files and its log in `folder`. As on AWS, a role may do
 * what its policies grant and nothing else, and buckets and queues that ask for TLS get it.
 */
export async function startMiniStack(command: string, folder: string, region: string): Promise<MiniStack> {
  const port = await freePort()
  const logFile = join(folder, 'ministack.log')
  const scratch = join(folder, 'tmp')
  await mkdir(scratch)
  const log = await open(logFile, 'w')
  const child = spawn(command, {
    // A group of its own, so that the functions' processes end with it.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    // Functions inherit all of it, so it is no more than what is needed.
    env: {
      PATH: [NODE_FOLDER, process.env.PATH].join(delimiter),
      HOME: folder,
      TMPDIR: scratch,
      LANG: 'C.UTF-8',
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: '127.0.0.1',
      MINISTACK_REGION: region,
      LAMBDA_EXECUTOR: 'local',
      AUTH: 'true',
      USE_SSL: '1',
    },
  })
  await log.close()
  const unwatch = endWithThisProcess(child)
  const url = `https://127.0.0.1:${port}`
  const certificate = join(scratch, 'ministack-tls/server.crt')
  const stop = async () => {
    unwatch()
    await end(child)
  }
  try {
    await untilHealthy(`${url}/_ministack/health`, certificate, child, logFile)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, certificate, pid: child.pid ?? 0, stop }
}

async function untilHealthy(url: string, certificate: string, child: ChildProcess, logFile: string): Promise<void> {
  const untilMs = Date.now() + START_WITHIN_MS
  while (Date.now() < untilMs && child.exitCode === null) {
    const isUp = await readFile(certificate).then(
      (ca) => answers(url, ca),
      () => false,
    )
    if (isUp) return
    await sleep(100)
  }
  const said = await readFile(logFile, 'utf8').catch(() => '')
  throw new Error(`MiniStack did not start. It said: ${said.slice(-2000)}`)
}

const answers = (url: string, ca: Buffer) =>
  new Promise<boolean>((resolve) => {
    const asked = get(url, { ca }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asked.once('error', () => resolve(false))
  })

/** A run that is broken off leaves no emulator behind. Answers what takes this back. */
function endWithThisProcess({ pid }: ChildProcess): () => void {
  const kill = () => pid !== undefined && signal(pid, 'SIGKILL')
  const leave = () => {
    kill()
    process.exit(1)
  }
  process.once('exit', kill)
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, leave)
  return () => {
    process.off('exit', kill)
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, leave)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  if (child.exitCode !== null) return
  signal(child.pid, 'SIGTERM')
  await Promise.race([gone, sleep(END_WITHIN_MS, undefined, { ref: false })])
  signal(child.pid, 'SIGKILL')
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name)
  } catch {
    // Nobody of the group is left.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
