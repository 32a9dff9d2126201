import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { createDispatcher } from '../../../shared/cxi/dispatcher.ts'
import type { TokenProvider } from '../../../shared/cxi/tokens.ts'
import type { Clock } from '../../../shared/ports.ts'

export interface Seen {
  method: string
  path: string
  port: number | undefined
  headers: IncomingMessage['headers']
  body: Buffer
}

export interface TestServer {
  url: string
  seen: Seen[]
}

/** An HTTP server for one test; `answer` runs when the whole request is there. */
export async function serve(
  answer: (seen: Seen, response: ServerResponse, count: number) => void | Promise<void>,
): Promise<TestServer> {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      port: request.socket.remotePort,
      headers: request.headers,
      body: Buffer.concat(chunks),
    }
    seen.push(one)
    await answer(one, response, seen.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

/** A TCP server for one test, for what no HTTP server would do. */
export async function serveRaw(
  onSocket: (socket: Socket, count: number) => void,
): Promise<{ url: string; opened: () => number }> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createNetServer((socket) => {
    count += 1
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    onSocket(socket, count)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, opened: () => count }
}

/** An address where nobody listens. */
export async function closedPort(): Promise<string> {
  const server = createNetServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

export function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
}

/** A clock whose sleepers wake at once, with the time moved on; it remembers what was slept. */
export class QuickClock implements Clock {
  readonly slept: number[] = []
  nowMs: number

  constructor(nowMs = Date.UTC(2026, 10, 24, 6)) {
    this.nowMs = nowMs
  }

  now(): number {
    return this.nowMs
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.slept.push(ms)
    this.nowMs += ms
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Tokens `token-1`, `token-2`…: the next one after each that was refused. */
export function countedTokens(): TokenProvider & { refused: string[] } {
  const refused: string[] = []
  return {
    refused,
    get: async () => `token-${refused.length + 1}`,
    invalidate: async (token) => {
      refused.push(token)
    },
  }
}

export function testDispatcher(options?: { connectTimeoutMs?: number }) {
  const dispatcher = createDispatcher(options)
  onTestFinished(() => dispatcher.destroy(null))
  return dispatcher
}
