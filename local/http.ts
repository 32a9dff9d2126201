import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RelayError } from '../shared/errors.ts'
import { codeOf } from '../shared/stores/sqlite/store-errors.ts'
import type { WebhookServer } from './webhook-server.ts'

/** Who sends more slowly than this is cut off. */
const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 }

export interface HttpHome {
  url: string
  /** From now on it answers that every door is open, and gives requests for `/webhooks/…` to `webhooks`. */
  open(webhooks?: Pick<WebhookServer, 'handle'>): void
  close(): Promise<void>
}

/**
 * The home's HTTP address: `GET /` says what it is, `GET /health` whether it works (503 until every door is open).
 * Throws RelayErrors `port_in_use` and `port_refused`.
 */
export async function startHttp(options: { host: string; port: number; version: string }): Promise<HttpHome> {
  let isOpen = false
  let webhooks: Pick<WebhookServer, 'handle'> | undefined
  const server = createServer(TIMEOUTS, (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    if (path.startsWith('/webhooks/') && webhooks) {
      webhooks.handle(request, response).catch(() => response.destroy())
      return
    }
    request.resume()
    if (path.startsWith('/webhooks/')) {
      response.setHeader('retry-after', '5')
      return answer(response, 503, { message: 'It is starting; try again in a moment.' })
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, { message: 'Only GET.' })
    if (path === '/health') return answer(response, isOpen ? 200 : 503, { status: isOpen ? 'ok' : 'starting' })
    if (path === '/') return answer(response, 200, { name: 'cxi-relay', version: options.version, health: '/health' })
    answer(response, 404, { message: 'There is nothing at this address.' })
  })
  await listen(server, options)
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `http://${host}:${port}`,
    open: (opened) => {
      webhooks = opened
      isOpen = true
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(response: import('node:http').ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(`${JSON.stringify(body)}\n`)
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)))
    server.listen(port, host, resolve)
  })
}

function listenError(cause: Error, host: string, port: number): unknown {
  const code = codeOf(cause)
  if (code === 'EADDRINUSE') {
    const message = `Port ${port} of ${host} is in use by another program; end that one, or start with another port (--port N, or --port 0 for any free one).`
    return new RelayError('port_in_use', message, { cause })
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    const message = `This machine does not let cxi-relay listen on ${host}, port ${port} (${code}); choose others with --host and --port.`
    return new RelayError('port_refused', message, { cause })
  }
  return cause
}
