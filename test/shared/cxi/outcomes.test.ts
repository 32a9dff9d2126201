import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import type { Upload } from '../../../shared/cxi/api.ts'
import { createCxiClient } from '../../../shared/cxi/client.ts'
import { closedPort, countedTokens, json, QuickClock, serve, serveRaw, testDispatcher } from './servers.ts'

function clientFor(apiUrl: string, tokens = countedTokens()) {
  const clock = new QuickClock()
  return {
    api: createCxiClient({ apiUrl, tokens, clock, dispatcher: testDispatcher(), random: () => 0.5 }),
    clock,
    tokens,
  }
}

function upload(more: Partial<Upload> = {}): Upload {
  return { fileName: 'abc.oct.csv', bytes: Buffer.from('feedback_date\n2026-01-01\n'), timeoutMs: 5000, ...more }
}

describe('what became of an upload', () => {
  it.each([
    [400, 'refused', 'cxi_refused', false],
    [403, 'refused', 'cxi_forbidden', true],
    [404, 'refused', 'cxi_not_found', false],
    [409, 'refused', 'cxi_refused', false],
    [413, 'refused', 'cxi_refused', false],
    [422, 'refused', 'cxi_refused', false],
    [424, 'refused', 'cxi_not_onboarded', true],
    [429, 'refused', 'cxi_rate_limited', true],
    [401, 'refused', 'cxi_unauthorized', true],
    [408, 'unknown', 'cxi_server_error', true],
    [500, 'unknown', 'cxi_server_error', true],
    [502, 'unknown', 'cxi_server_error', true],
    [503, 'unknown', 'cxi_server_error', true],
    [302, 'unknown', 'cxi_bad_answer', true],
  ])('status %i: %s, %s', async (status, outcome, code, retryable) => {
    const server = await serve((_, response) => json(response, status, { message: 'Said so.' }))
    const { api } = clientFor(server.url)

    const uploading = api.createImport(upload())

    await expect(uploading).rejects.toMatchObject({ name: 'CxiError', outcome, code, retryable, status })
    await expect(uploading).rejects.toThrow(/^POST \/v1\/imports: CXI answered \d+, "Said so\."/)
    expect(server.seen).toHaveLength(status === 401 ? 2 : 1)
  })

  it.each([
    ['no body', ''],
    ['no id', '{"name":"x","responses":[{"id":5}]}'],
    ['an id that is no number', '{"id":"11"}'],
    ['an id of null', '{"id":null}'],
    ['a list', '[{"id":11}]'],
    ['a page', '<html>ok</html>'],
  ])('a 2xx with %s: unknown', async (_, body) => {
    const server = await serve((_seen, response) => {
      response.writeHead(201).end(body)
    })
    const { api } = clientFor(server.url)

    await expect(api.createImport(upload())).rejects.toMatchObject({
      outcome: 'unknown',
      code: 'cxi_bad_answer',
      retryable: true,
    })
    expect(server.seen).toHaveLength(1)
  })

  it('nobody listens: not sent, after a few tries, without asking beforeSend', async () => {
    const { api, clock } = clientFor(await closedPort())
    const counted = vi.fn(async () => {})

    const uploading = api.createImport(upload({ beforeSend: counted }))

    await expect(uploading).rejects.toMatchObject({ outcome: 'not_sent', code: 'cxi_unreachable', retryable: true })
    await expect(uploading).rejects.toThrow(/ECONNREFUSED/)
    expect(clock.slept).toHaveLength(2)
    expect(counted).not.toHaveBeenCalled()
  })

  it('a host that does not exist: not sent', async () => {
    const { api } = clientFor('http://cxi.invalid')

    await expect(api.createImport(upload())).rejects.toMatchObject({ outcome: 'not_sent', code: 'cxi_unreachable' })
  })

  it('a TLS handshake with something else: not sent', async () => {
    const server = await serveRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const { api } = clientFor(server.url.replace('http:', 'https:'))

    await expect(api.createImport(upload())).rejects.toMatchObject({ outcome: 'not_sent', code: 'cxi_unreachable' })
  })

  it('a connection cut in the TLS handshake: not sent', async () => {
    const server = await serveRaw((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const { api } = clientFor(server.url.replace('http:', 'https:'))

    await expect(api.createImport(upload())).rejects.toMatchObject({ outcome: 'not_sent', code: 'cxi_unreachable' })
  })

  it.each([
    ['at the first byte', (bytes: number) => bytes > 0],
    ['in the middle of the body', (bytes: number) => bytes > 300_000],
    ['after the body', (bytes: number) => bytes > 1_000_000],
  ])('a connection cut %s: unknown, sent once', async (_, cut) => {
    const server = await serveRaw((socket) => {
      let bytes = 0
      socket.on('data', (chunk) => {
        bytes += chunk.length
        if (cut(bytes)) socket.resetAndDestroy()
      })
    })
    const { api } = clientFor(server.url)

    const uploading = api.createImport(upload({ bytes: Buffer.alloc(1_000_000, 'x') }))

    await expect(uploading).rejects.toMatchObject({ outcome: 'unknown', code: 'cxi_no_answer', retryable: true })
    expect(server.opened()).toBe(1)
  })

  it.each([
    ['in the head of the answer', 'HTTP/1.1 201 Cre'],
    ['before the id', 'HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"name": "x", '],
    ['within the id', 'HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"id": 1'],
    ['after half an answer in chunks', 'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"id"\r\n'],
  ])('a connection that ends %s: unknown', async (_, beginning) => {
    const server = await serveRaw((socket) => socket.once('data', () => socket.end(beginning)))
    const { api } = clientFor(server.url)

    await expect(api.createImport(upload())).rejects.toMatchObject({ outcome: 'unknown', code: 'cxi_no_answer' })
    expect(server.opened()).toBe(1)
  })

  it('something other than HTTP: unknown', async () => {
    const server = await serveRaw((socket) => socket.once('data', () => socket.end('220 smtp ready\r\n')))
    const { api } = clientFor(server.url)

    await expect(api.createImport(upload())).rejects.toMatchObject({ outcome: 'unknown', code: 'cxi_no_answer' })
  })

  it('a connection that ends after the id: known', async () => {
    const server = await serveRaw((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 201 Created\r\nContent-Length: 5000000\r\n\r\n{"id": 11, "name": "x"')
        setTimeout(() => socket.resetAndDestroy(), 20)
      }),
    )
    const { api } = clientFor(server.url)

    await expect(api.createImport(upload())).resolves.toEqual({ id: 11 })
  })

  it('its time is up while CXI works: unknown, at once', async () => {
    const server = await serve(() => {})
    const { api } = clientFor(server.url)
    const startedMs = performance.now()

    await expect(api.createImport(upload({ timeoutMs: 150 }))).rejects.toMatchObject({
      outcome: 'unknown',
      code: 'cxi_no_answer',
    })
    expect(performance.now() - startedMs).toBeLessThan(2000)
    expect(server.seen).toHaveLength(1)
  })

  it('its time is up while the answer comes drop by drop: unknown', async () => {
    const server = await serve((_, response) => {
      response.writeHead(201)
      response.write('{"name":"')
    })
    const { api } = clientFor(server.url)

    await expect(api.createImport(upload({ timeoutMs: 150 }))).rejects.toMatchObject({
      outcome: 'unknown',
      code: 'cxi_no_answer',
    })
  })

  it('stopped by its caller before the connection was made: not sent', async () => {
    const { api } = clientFor(await closedPort())

    const uploading = api.createImport(upload({ signal: AbortSignal.abort(new Error('stop')) }))

    await expect(uploading).rejects.toMatchObject({ outcome: 'not_sent', retryable: true })
  })

  it('stopped by its caller while CXI works: unknown', async () => {
    const stop = new AbortController()
    const server = await serve(() => stop.abort())
    const { api } = clientFor(server.url)

    await expect(api.createImport(upload({ signal: stop.signal }))).rejects.toMatchObject({ outcome: 'unknown' })
    expect(server.seen).toHaveLength(1)
  })

  it('an answer that comes before the whole body was sent counts', async () => {
    const server = await serveRaw((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        socket.resume()
      }),
    )
    const { api } = clientFor(server.url)

    const uploading = api.createImport(upload({ bytes: Buffer.alloc(9_000_000, 'x') }))

    await expect(uploading).rejects.toMatchObject({ outcome: 'refused', status: 413 })
  })
})

describe('beforeSend', () => {
  it('runs on an open connection, before the first byte, with the token in hand', async () => {
    const order: string[] = []
    const server = await serveRaw((socket) => {
      order.push('connected')
      socket.once('data', () => {
        order.push('data')
        socket.end('HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"id": 3}')
      })
    })
    const tokens = {
      ...countedTokens(),
      get: async () => {
        order.push('token')
        return 'token-1'
      },
    }
    const api = createCxiClient({ apiUrl: server.url, tokens, clock: new QuickClock(), dispatcher: testDispatcher() })

    await api.createImport(
      upload({
        beforeSend: async () => {
          await delay(30)
          order.push('beforeSend')
        },
      }),
    )

    expect(order).toEqual(['token', 'connected', 'beforeSend', 'data'])
  })

  it('passes its own error on, with nothing sent', async () => {
    const lost = new Error('lease lost')
    let bytes = 0
    const server = await serveRaw((socket) =>
      socket.on('data', (chunk) => {
        bytes += chunk.length
      }),
    )
    const { api } = clientFor(server.url)

    const uploading = api.createImport(
      upload({
        beforeSend: async () => {
          await delay(10)
          throw lost
        },
      }),
    )

    await expect(uploading).rejects.toBe(lost)
    await delay(30)
    expect(bytes).toBe(0)
  })

  it('is not asked where there is no token', async () => {
    const server = await serve((_, response) => json(response, 201, { id: 1 }))
    const trouble = new Error('no token')
    const tokens = { get: () => Promise.reject(trouble), invalidate: async () => {} }
    const api = createCxiClient({ apiUrl: server.url, tokens, clock: new QuickClock(), dispatcher: testDispatcher() })
    const counted = vi.fn(async () => {})

    await expect(api.createImport(upload({ beforeSend: counted }))).rejects.toBe(trouble)
    expect(counted).not.toHaveBeenCalled()
    expect(server.seen).toHaveLength(0)
  })

  it('is asked again when a 401 made the upload be repeated with a fresh token', async () => {
    const server = await serve((seen, response) =>
      seen.headers.authorization === 'Bearer token-1' ? json(response, 401, {}) : json(response, 201, { id: 7 }),
    )
    const { api, tokens } = clientFor(server.url)
    const counted = vi.fn(async () => {})

    await expect(api.createImport(upload({ beforeSend: counted }))).resolves.toEqual({ id: 7 })
    expect(counted).toHaveBeenCalledTimes(2)
    expect(tokens.refused).toEqual(['token-1'])
    expect(server.seen[1]?.body).toEqual(expect.any(Buffer))
    expect(server.seen[1]?.body.toString()).toContain('feedback_date\n2026-01-01\n')
  })

  it('keeps the upload from being sent when its time was up meanwhile', async () => {
    let bytes = 0
    let ended = false
    const server = await serveRaw((socket) =>
      socket.on('data', (chunk) => {
        bytes += chunk.length
      }),
    )
    const { api } = clientFor(server.url)

    const uploading = api.createImport(
      upload({
        timeoutMs: 60,
        beforeSend: async () => {
          await delay(200)
          ended = true
        },
      }),
    )

    await expect(uploading).rejects.toMatchObject({ outcome: 'not_sent', code: 'cxi_unreachable' })
    expect(ended).toBe(true)
    await delay(30)
    expect(bytes).toBe(0)
  })

  it('keeps the upload from being sent when the connection ended meanwhile', async () => {
    const sockets: Socket[] = []
    const server = await serveRaw((socket) => sockets.push(socket))
    const { api } = clientFor(server.url)
    const cutMeanwhile = async () => {
      let socket = sockets.pop()
      for (; !socket; socket = sockets.pop()) await delay(1)
      socket.destroy()
      await once(socket, 'close')
      await delay(50)
    }

    const uploading = api.createImport(upload({ beforeSend: cutMeanwhile }))

    await expect(uploading).rejects.toMatchObject({ outcome: 'not_sent', code: 'cxi_unreachable' })
  })
})
