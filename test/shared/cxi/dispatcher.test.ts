import { afterEach, describe, expect, it, vi } from 'vitest'
import { createCxiClient } from '../../../shared/cxi/client.ts'
import { countedTokens, json, QuickClock, serve, serveRaw, testDispatcher } from './servers.ts'

afterEach(() => {
  vi.useRealTimers()
})

function clientFor(apiUrl: string, options?: { connectTimeoutMs?: number }) {
  const dispatcher = testDispatcher(options)
  return createCxiClient({ apiUrl, tokens: countedTokens(), clock: new QuickClock(), dispatcher, random: () => 0.5 })
}

describe('connections', () => {
  it('are used again', async () => {
    const server = await serve((_, response) => json(response, 201, { id: 1 }))
    const api = clientFor(server.url)

    for (let call = 0; call < 10; call += 1) {
      await api.createImport({ fileName: 'a.csv', bytes: Buffer.from('a'), timeoutMs: 5000 })
    }

    expect(server.seen).toHaveLength(10)
    expect(new Set(server.seen.map((seen) => seen.port)).size).toBeLessThanOrEqual(2)
  })

  it('from before a function was frozen are not used again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const server = await serve((_, response) => json(response, 200, []))
    const api = clientFor(server.url)
    await api.listImports()
    await new Promise((resolve) => setTimeout(resolve, 20))
    const [before] = server.seen

    vi.setSystemTime(Date.now() + 600_000)
    await api.listImports()

    expect(server.seen[1]?.port).not.toBe(before?.port)
  })

  it('R-07 that the other side closes under an upload leave it unknown, and it is not repeated', async () => {
    let uploads = 0
    const server = await serveRaw((socket) => {
      socket.on('data', (bytes) => {
        if (bytes.toString('latin1').startsWith('GET ')) {
          socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]')
          return
        }
        uploads += 1
        socket.destroy()
      })
    })
    const api = clientFor(server.url)
    await api.listImports()
    // Until the connection is free again.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))

    const uploading = api.createImport({ fileName: 'a.csv', bytes: Buffer.from('a'), timeoutMs: 5000 })

    await expect(uploading).rejects.toMatchObject({ code: 'cxi_no_answer', outcome: 'unknown' })
    expect(uploads).toBe(1)
    expect(server.opened()).toBe(1)
  })

  it('that run while the process thaws are left to end', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const server = await serve(async (seen, response) => {
      if (seen.path.includes('page=1')) await new Promise((resolve) => setTimeout(resolve, 100))
      json(response, 200, [{ id: seen.path.includes('page=1') ? 1 : 2 }])
    })
    const api = clientFor(server.url)
    const slow = api.listImports({ page: 1 })
    await vi.waitUntil(() => server.seen.length === 1)

    vi.setSystemTime(Date.now() + 20_000)
    const quick = api.listImports({ page: 2 })

    await expect(Promise.all([slow, quick])).resolves.toEqual([[{ id: 1 }], [{ id: 2 }]])
  })

  it('are not waited for longer than the connect time: nothing was sent', async () => {
    const server = await serveRaw(() => {})
    // A TLS handshake that nobody answers.
    const api = clientFor(server.url.replace('http:', 'https:'), { connectTimeoutMs: 100 })

    const uploading = api.createImport({ fileName: 'a.csv', bytes: Buffer.from('a'), timeoutMs: 20_000 })

    await expect(uploading).rejects.toMatchObject({ outcome: 'not_sent', code: 'cxi_unreachable' })
    await expect(uploading).rejects.toThrow(/TIMEOUT/)
  })

  it('that never open end with the time of the call: nothing was sent, at once', async () => {
    const server = await serveRaw(() => {})
    const api = clientFor(server.url.replace('http:', 'https:'))
    const stop = new AbortController()
    const startedMs = performance.now()

    const timed = api.createImport({ fileName: 'a.csv', bytes: Buffer.from('a'), timeoutMs: 100 })
    const stopped = api.createImport({
      fileName: 'a.csv',
      bytes: Buffer.from('a'),
      timeoutMs: 9000,
      signal: stop.signal,
    })
    setTimeout(() => stop.abort(new Error('shutting down')), 50)

    await Promise.all([
      expect(timed).rejects.toMatchObject({ outcome: 'not_sent', code: 'cxi_unreachable' }),
      expect(stopped).rejects.toMatchObject({ outcome: 'not_sent' }),
    ])
    expect(performance.now() - startedMs).toBeLessThan(3000)
  })

  it('that died while idle do not lose a request', async () => {
    const server = await serveRaw((socket) => {
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]')
        setTimeout(() => socket.destroy(), 10)
      })
    })
    const api = clientFor(server.url)
    await api.listImports()
    await new Promise((resolve) => setTimeout(resolve, 60))

    await expect(api.createExport()).resolves.toBeUndefined()
    expect(server.opened()).toBe(2)
  })
})

describe('a request', () => {
  it('is written once, however the connection ends', async () => {
    let posts = 0
    const server = await serveRaw((socket) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1')
        if (text.includes('POST') && text.endsWith('--\r\n')) {
          posts += 1
          socket.end()
        }
      })
    })
    const api = clientFor(server.url)

    await expect(api.createTag({ name: 'x' })).rejects.toMatchObject({ outcome: 'unknown', code: 'cxi_no_answer' })

    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(posts).toBe(1)
    expect(server.opened()).toBe(1)
  })
})
