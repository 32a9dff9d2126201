import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../shared/ports.ts'
import { sourceAt } from '../shared/webhooks/addresses.ts'
import * as answers from '../shared/webhooks/answers.ts'
import type { WebhookDoor } from '../shared/webhooks/door.ts'
import type { WebhookAnswer } from '../shared/webhooks/types.ts'
import { RequestRate } from './request-rate.ts'

/** Serves the webhook door over HTTP: `/webhooks/<source>`. */
export class WebhookServer {
  readonly #door: Pick<WebhookDoor, 'receive' | 'maxBytes'>
  readonly #clock: Clock
  readonly #rate: RequestRate

  constructor(door: Pick<WebhookDoor, 'receive' | 'maxBytes'>, clock: Clock) {
    this.#door = door
    this.#clock = clock
    this.#rate = new RequestRate(clock)
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    const source = sourceAt(path)
    const maxBytes = source === undefined ? undefined : this.#door.maxBytes(source)
    if (source === undefined || maxBytes === undefined) return send(request, response, answers.UNKNOWN)
    if (!this.#rate.allows(source)) return send(request, response, answers.TOO_MANY)
    const body = await readBody(request, maxBytes)
    if (body === 'too-large') return send(request, response, answers.TOO_LARGE)
    if (body === 'gone') return
    const { method = 'GET' } = request
    const receivedAtMs = this.#clock.now()
    send(
      request,
      response,
      await this.#door.receive(source, { method, headers: headersOf(request), path, body, receivedAtMs }),
    )
  }
}

/** As Node has them: of several with one name it makes one, but for cookies. */
function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const cookies = headers['set-cookie']
  return (cookies ? { ...headers, 'set-cookie': cookies.join(', ') } : headers) as Record<string, string>
}

/** The whole body; what is beyond the limit is not waited for. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | 'too-large' | 'gone'> {
  return new Promise((resolve) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return resolve('too-large')
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > maxBytes) resolve('too-large')
      else chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    request.on('error', () => resolve('gone'))
    request.on('close', () => resolve('gone'))
  })
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: WebhookAnswer): void {
  if (response.destroyed) return
  // A body that was not read to its end can't be told from the next request.
  const close = request.complete ? {} : { connection: 'close' }
  response.writeHead(status, { ...headers, ...close, 'content-length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body, () => {
    if (!request.complete) request.destroy()
  })
}
