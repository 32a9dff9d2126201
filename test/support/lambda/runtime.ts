import { type ChildProcess, spawn } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface RunningFunction {
  /** Gives the function an event; answers what it answers. Throws what it threw, or how it failed to start. */
  invoke(event: unknown): Promise<unknown>
  /** What it has written to its log. */
  log(): string
  stop(): Promise<void>
}

interface Invocation {
  event: unknown
  resolve: (answer: unknown) => void
  reject: (error: Error) => void
}

const NODE = join(import.meta.dirname, '../../../node_modules/.bin/node')

const BOOTSTRAP = join(import.meta.dirname, 'bootstrap.ts')

/** Starts a bundle in a process of its own, as Lambda does, with a Runtime API on the loopback. */
export async function startFunction(
  folder: string,
  environment: Record<string, string>,
  bootstrap = BOOTSTRAP,
): Promise<RunningFunction> {
  const waiting: Invocation[] = []
  const running = new Map<string, Invocation>()
  let taker: ServerResponse | undefined
  let lastId = 0

  const give = () => {
    const next = taker ? waiting.shift() : undefined
    if (!next || !taker) return
    const id = `request-${++lastId}`
    running.set(id, next)
    taker.writeHead(200, {
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': String(Date.now() + 60_000),
    })
    taker.end(JSON.stringify(next.event))
    taker = undefined
  }
  const failAll = (error: Error) => {
    for (const { reject } of [...waiting.splice(0), ...running.values()]) reject(error)
  }
  const api = createServer(async (request, response) => {
    const [, id = '', kind] = /\/invocation\/([^/]+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? []
    if (id === 'next') {
      taker = response
      return give()
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString())
    response.end('{}')
    const invocation = running.get(id)
    running.delete(id)
    if (kind === 'response') invocation?.resolve(body)
    else if (invocation) invocation.reject(new Error(`${body.errorType}: ${body.errorMessage}`))
    else failAll(new Error(`The function does not start: ${body.errorMessage}`))
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  const { port } = api.address() as AddressInfo
  const child = spawn(NODE, [bootstrap], {
    cwd: folder,
    env: {
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: 'index.handler',
      NODE_OPTIONS: '--enable-source-maps --disable-warning=ExperimentalWarning',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      ...environment,
    },
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (log += text))
  child.once('exit', (code) => failAll(new Error(`The function ended (${code}): ${log}`)))
  return {
    invoke: (event) =>
      new Promise((resolve, reject) => {
        waiting.push({ event, resolve, reject })
        give()
      }),
    log: () => log,
    stop: async () => {
      await end(child)
      api.closeAllConnections()
      await new Promise((resolve) => api.close(resolve))
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}
