import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startSandbox } from '../../sandbox/server.ts'
import { REGION } from './clients.ts'
import { Deployment } from './deployment.ts'
import { findPython, installMiniStack, type MiniStack, startMiniStack } from './ministack.ts'
import { type CxiOrigins, relayConfig } from './relay-config.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of every AWS service. */
    endpoint: string
    /** Process of the emulator. */
    emulatorPid: number
    /** What the stack says of itself. */
    outputs: Record<string, string>
    /** Origins of the sandboxes of CXI, one for each account. */
    cxi: CxiOrigins
    /** Where the deployment's files lie. */
    folder: string
  }
}

const ENVIRONMENTS = join(import.meta.dirname, '../../.venv')

async function startEmulator(python: string, folder: string): Promise<MiniStack> {
  const started = await startMiniStack(await installMiniStack(python, ENVIRONMENTS), folder, REGION)
  // Read by the tests' own processes, and by what they start, when these begin.
  process.env.NODE_EXTRA_CA_CERTS = started.certificate
  process.env.AWS_CA_BUNDLE = started.certificate
  return started
}

/** Starts the emulator and deploys the stack; ends what it started. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await using started = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'relay-cloud-'))
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  const python = await findPython()
  if (!python) throw new Error('There is no Python 3.10 with its venv module; run the tests by: npm run test:cloud')
  const startCxi = async () => {
    const sandbox = await startSandbox()
    started.defer(() => sandbox.close())
    return sandbox.url
  }
  const cxi = { main: await startCxi(), shop: await startCxi(), desk: await startCxi(), archive: await startCxi() }
  const deployment = new Deployment(folder)
  const emulator = startEmulator(python, folder)
  started.defer(() =>
    emulator.then(
      ({ stop }) => stop(),
      () => undefined,
    ),
  )
  const bootstrapped = emulator.then(({ url }) => deployment.bootstrap(url))
  const [ministack] = await Promise.all([emulator, bootstrapped, deployment.synth(relayConfig(cxi))])
  const { outputs } = await deployment.deploy(ministack.url)
  project.provide('endpoint', ministack.url)
  project.provide('emulatorPid', ministack.pid)
  project.provide('outputs', outputs)
  project.provide('folder', folder)
  project.provide('cxi', cxi)
  const ending = started.move()
  return () => ending.disposeAsync()
}
