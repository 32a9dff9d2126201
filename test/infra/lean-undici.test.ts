import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import * as undici from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'

const lean = createRequire(import.meta.url)('../../infra/lean/undici.cjs') as Pick<
  typeof undici,
  'Agent' | 'Dispatcher' | 'request' | 'buildConnector'
>

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  response.setHeader('x-seen', `${request.method} ${request.url}`)
  response.end(Buffer.concat(chunks))
})
let origin: string

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.close()
})

test.each([
  ['undici', undici],
  ["the bundles' part of undici", lean],
])(
  '%s sends a body piece by piece through a composed dispatcher and a connector',
  async (_, { Agent, Dispatcher, request, buildConnector }) => {
    const agent = new Agent({ connect: buildConnector({ timeout: 1000 }) })
    const seen: string[] = []
    const dispatcher = agent.compose((dispatch) => (options, handler) => {
      seen.push(`${options.method} ${options.path}`)
      return dispatch(options, handler)
    })
    async function* body() {
      yield Buffer.from('one,')
      yield Buffer.from('two')
    }

    const {
      statusCode,
      headers,
      body: answer,
    } = await request(new URL(`${origin}/v1/imports?page=2`), {
      method: 'POST',
      headers: { 'content-length': '7' },
      // biome-ignore lint/suspicious/noExplicitAny: its types leave out iterables
      body: body() as any,
      dispatcher,
    })

    expect(agent).toBeInstanceOf(Dispatcher)
    expect([statusCode, headers['x-seen'], await answer.text()]).toEqual([200, 'POST /v1/imports?page=2', 'one,two'])
    expect(seen).toEqual(['POST /v1/imports?page=2'])
    await agent.close()
  },
)
