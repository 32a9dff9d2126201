import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CLIENT_OPTIONS } from '../../shared/stores/aws/client-options.ts'

export interface AwsCall {
  method: string
  url: URL
  headers: IncomingMessage['headers']
  body: string
  /** The operation of a JSON service, such as `PutItem`. */
  operation: string | undefined
  /** The request of a JSON service. */
  // biome-ignore lint/suspicious/noExplicitAny: any service's request
  json: any
}

/** What a service answers: a status with headers and a body, or the connection's end, after some of the body. */
export type AwsAnswer =
  | {
      status?: number
      headers?: Record<string, string>
      body?: string | Uint8Array | object
      breakAfter?: number
      breakBy?: Break
    }
  | 'break'

/** How an answer that breaks off does: its connection is closed in order or reset, or nothing more comes. */
export type Break = 'end' | 'reset' | 'silence'

export interface FakeAws {
  calls: AwsCall[]
  /** Options of any client, so that it speaks to this. */
  options: typeof CLIENT_OPTIONS & {
    endpoint: string
    region: string
    credentials: { accessKeyId: string; secretAccessKey: string }
  }
  close(): Promise<void>
}

/** A service of AWS over HTTP on the loopback, that answers as a test wants. */
export async function startFakeAws(answer: (call: AwsCall, turn: number) => AwsAnswer): Promise<FakeAws> {
  const calls: AwsCall[] = []
  const server = createServer(async (request, response) => {
    const call = await read(request)
    calls.push(call)
    reply(response, answer(call, calls.length), call)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    calls,
    options: {
      ...CLIENT_OPTIONS,
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function read(request: IncomingMessage): Promise<AwsCall> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1]
  return {
    method: request.method ?? '',
    url: new URL(request.url ?? '', 'http://fake'),
    headers: request.headers,
    body,
    operation,
    json: operation === undefined ? undefined : JSON.parse(body),
  }
}

function reply(response: ServerResponse, answer: AwsAnswer, call: AwsCall): void {
  if (answer === 'break') {
    response.socket?.destroy()
    return
  }
  const { status = 200, headers = {}, body = '', breakAfter, breakBy = 'end' } = answer
  const bytes =
    typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body))
  const type = call.operation === undefined ? {} : { 'content-type': 'application/x-amz-json-1.0' }
  response.writeHead(status, { ...type, 'content-length': bytes.length, ...headers })
  if (breakAfter === undefined || call.method === 'HEAD') response.end(bytes)
  else {
    response.write(bytes.subarray(0, breakAfter), () => {
      if (breakBy === 'end') response.destroy()
      if (breakBy === 'reset') response.socket?.resetAndDestroy()
    })
  }
}
