import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, send } from './answer.ts'

/** Answers a request; `cut` cuts its connection instead. */
type Serve = (request: IncomingMessage) => Promise<Answer | 'cut'>

export interface Listener {
  url: string
  /** Begins to answer; until then, requests wait. */
  serve(serve: Serve): void
  /** Cuts every connection; may be called twice. */
  close(): Promise<void>
}

/** Opens a port. Rejects where it is taken. */
export async function listen(port: number, host: string): Promise<Listener> {
  const server = createServer()
  const { promise: ready, resolve: serve } = Promise.withResolvers<Serve>()
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    ready.then((serving) => respond(serving, request, response)).catch(() => response.destroy())
  }
  // The second is for an `Expect` that Node does not know.
  server.on('request', answer).on('checkExpectation', answer)
  server.on('clientError', (_error, socket) => {
    if (!socket.writable) return
    const body = '{"message":"The request is not HTTP."}'
    const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close`
    socket.end(`${head}\r\n\r\n${body}`)
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    serve,
    close: async () => {
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function respond(serve: Serve, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const answer = await serve(request)
    if (answer === 'cut') response.destroy()
    else await send(response, answer)
  } catch (error) {
    if (response.headersSent || response.destroyed || !request.complete) return void response.destroy()
    console.error(error)
    await send(response, { status: 500, json: { message: 'The sandbox failed.' } })
  }
}
