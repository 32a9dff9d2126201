import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { argv, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'

/** A server of the CXI API that takes uploads and looks at none of them, in a process of its own. */
export interface Sink {
  url: string
  close(): void
}

const FILE = fileURLToPath(import.meta.url)

export async function startSink(): Promise<Sink> {
  const child = spawn(execPath, [FILE], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()))
    child.once('exit', (code) => reject(new Error(`The sink ended with ${code}.`)))
  })
  return { url: `http://127.0.0.1:${port}`, close: () => void child.kill() }
}

function answerTo({ method, url = '' }: IncomingMessage, count: number): { status: number; body: unknown } {
  if (url.startsWith('/oauth/token')) return { status: 200, body: { access_token: 'sink', expires_in: 7200 } }
  if (method === 'GET') return { status: 200, body: [] }
  return { status: method === 'POST' ? 201 : 200, body: { id: count, name: 'import', response_count: 0 } }
}

if (argv[1] === FILE) {
  let count = 0
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      const { status, body } = answerTo(request, ++count)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
  })
  server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
}
