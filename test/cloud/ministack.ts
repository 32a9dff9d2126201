import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const MINISTACK_VERSION = '1.5.33'
const START_WITHIN_MS = 60_000
const END_WITHIN_MS = 5000

export interface MiniStack {
  /** Endpoint of every service. */
  url: string
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
  await run(python, ['-m', 'venv', home])
  const packages = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ministack==${MINISTACK_VERSION}`]
  await run(join(bin, 'python'), packages)
  return command
}

/** Starts the emulator on a free port of the loopback; its log goes to a file. */
export async function startMiniStack(command: string, logFile: string): Promise<MiniStack> {
  const port = await freePort()
  const log = await open(logFile, 'w')
  const child = spawn(command, {
    // A group of its own, so that the functions' processes end with it.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: {
      ...process.env,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: '127.0.0.1',
      LAMBDA_EXECUTOR: 'local',
    },
  })
  await log.close()
  const unwatch = endWithThisProcess(child)
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    unwatch()
    await end(child)
  }
  try {
    await untilHealthy(url, child, logFile)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, pid: child.pid ?? 0, stop }
}

async function untilHealthy(url: string, child: ChildProcess, logFile: string): Promise<void> {
  const untilMs = Date.now() + START_WITHIN_MS
  while (Date.now() < untilMs && child.exitCode === null) {
    const isUp = await fetch(`${url}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isUp) return
    await sleep(100)
  }
  throw new Error(`MiniStack did not start; see ${logFile}`)
}

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
