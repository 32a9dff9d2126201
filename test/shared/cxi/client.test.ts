import v8 from 'node:v8'
import vm from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createCxiClient } from '../../../shared/cxi/client.ts'
import { countedTokens, json, QuickClock, type Seen, serve, serveRaw, testDispatcher } from './servers.ts'

function clientFor(apiUrl: string, options: { timeoutMs?: number } = {}) {
  const clock = new QuickClock()
  const tokens = countedTokens()
  const api = createCxiClient({ apiUrl, tokens, clock, dispatcher: testDispatcher(), random: () => 0.5, ...options })
  return { api, clock, tokens }
}

/** Name and value of each field of a multipart body. */
function fieldsOf({ body, headers }: Seen): [string, string][] {
  const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1] ?? ''
  return body
    .toString()
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head = '', value = ''] = part.split(/\r\n\r\n([\s\S]*)\r\n$/)
      return [/name="([^"]*)"/.exec(head)?.[1] ?? '', value]
    })
}

v8.setFlagsFromString('--expose-gc')
const collectGarbage = vm.runInNewContext('gc') as () => void

function liveBytes(): number {
  collectGarbage()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
}

const IMPORT = {
  id: 11,
  name: 'data.csv',
  source: null,
  metric_type: null,
  language: 'en',
  secondary_product_category_id: null,
  response_count: 0,
  created_at: 1611093660,
}

describe('the request', () => {
  it('of an upload is multipart with the file as it is', async () => {
    const server = await serve((_, response) => json(response, 201, IMPORT))
    const { api } = clientFor(server.url)
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x0d, 0x0a, 0x2d, 0x2d, 0x00, 0xff])

    await api.createImport({ fileName: '0123456789ab.Q4 "x".csv', bytes, timeoutMs: 5000 })

    const [seen] = server.seen
    expect(seen).toMatchObject({ method: 'POST', path: '/v1/imports' })
    expect(seen?.headers).toMatchObject({
      authorization: 'Bearer token-1',
      'content-length': String(seen?.body.length),
    })
    const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(seen?.headers['content-type'] ?? '')?.[1]
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="0123456789ab.Q4 %22x%22.csv"\r\nContent-Type: text/csv\r\n\r\n`
    expect(seen?.body).toEqual(Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]))
  })

  it('of every other endpoint is as documented', async () => {
    const server = await serve((seen, response) => {
      if (seen.method === 'DELETE') response.writeHead(202).end()
      else if (seen.path.startsWith('/v1/exports')) response.writeHead(201).end()
      else
        json(
          response,
          200,
          /^\/v1\/(imports|tags|projects)(\?|$)/.test(seen.path) && seen.method === 'GET' ? [] : IMPORT,
        )
    })
    const { api } = clientFor(`${server.url}/`)

    await api.getOnboarding()
    await api.updateOnboarding({
      product_category_id: 9,
      onboarded: true,
      project: { name: 'E' },
      import: { metric_type: 'NPS' },
    })
    await api.listProjects()
    await api.createProject('My new Project')
    await api.updateProject(8, 'Ü "q"')
    await api.listTags({ page: 2, per_page: 5, flat: true, search: 'a&b', sort: 'name_asc' })
    await api.createTag({
      name: 'my-tag',
      mode: 'text_match',
      text_match_terms: ['term1', 'term2'],
      filter_rules: { a: { b: [1] } },
    })
    await api.updateTag(78, { description: '', text_match_terms: [] })
    await api.deleteTag(78)
    await api.listImports({ page: 3, per_page: 50 })
    await api.getImport(6)
    await api.updateImport(11, { name: 'N', metric_type: 'ces', tag_names: ['TEST', 'B'], project_ids: [5] })
    await api.deleteImport(10)
    await api.listResponses({ page: 1, sort_order: 'asc' })
    await api.createExport()
    await api.createExport('users')

    expect(
      server.seen.map((seen) => [`${seen.method} ${seen.path}`, ...fieldsOf(seen).map((field) => field.join('='))]),
    ).toEqual([
      ['GET /v1/onboarding'],
      ['PUT /v1/onboarding', 'product_category_id=9', 'onboarded=true', 'project[name]=E', 'import[metric_type]=NPS'],
      ['GET /v1/projects?page=1&per_page=50'],
      ['POST /v1/projects', 'project[name]=My new Project'],
      ['PUT /v1/projects/8', 'project[name]=Ü "q"'],
      ['GET /v1/tags?page=2&per_page=5&flat=true&search=a%26b&sort=name_asc'],
      [
        'POST /v1/tags',
        'tag[name]=my-tag',
        'tag[mode]=text_match',
        'tag[text_match_terms][]=term1',
        'tag[text_match_terms][]=term2',
        'tag[filter_rules][a][b][]=1',
      ],
      ['PUT /v1/tags/78', 'tag[description]=', 'tag[text_match_terms][]='],
      ['DELETE /v1/tags/78'],
      ['GET /v1/imports?page=3&per_page=50'],
      ['GET /v1/imports/6'],
      [
        'PUT /v1/imports/11',
        'import[name]=N',
        'import[metric_type]=ces',
        'import[tag_names][]=TEST',
        'import[tag_names][]=B',
        'import[project_ids][]=5',
      ],
      ['DELETE /v1/imports/10'],
      ['GET /v1/responses?page=1&sort_order=asc'],
      ['POST /v1/exports', 'export_type=responses'],
      ['POST /v1/exports', 'export_type=users'],
    ])
  })
})

describe('CXI’s clock', () => {
  it.each([
    ['two hours ahead', 7_200_000],
    ['two hours behind', -7_200_000],
  ])('is known from the Date of its last answer, an error’s too: %s', async (_, offsetMs) => {
    const server = await serve((_, response, count) => {
      response.setHeader('date', new Date(clock.now() + offsetMs).toUTCString())
      json(response, count === 1 ? 200 : 403, [])
    })
    const { api, clock } = clientFor(server.url)
    const before = api.clockOffsetMs()

    await api.listImports()
    const first = api.clockOffsetMs()
    await expect(api.listImports()).rejects.toMatchObject({ status: 403 })

    expect(before).toBe(0)
    expect(Math.abs(first - offsetMs)).toBeLessThanOrEqual(1000)
    expect(Math.abs(api.clockOffsetMs() - offsetMs)).toBeLessThanOrEqual(1000)
  })

  it.each(['', 'yesterday'])('stays as it was known after an answer dated "%s"', async (date) => {
    const server = await serve((_, response) => {
      response.sendDate = false
      if (date !== '') response.setHeader('date', date)
      json(response, 200, [])
    })
    const { api } = clientFor(server.url)

    await api.listImports()

    expect(api.clockOffsetMs()).toBe(0)
  })
})

describe('lists', () => {
  it('of tags are read to their last page', async () => {
    const server = await serve((seen, response) => {
      const page = Number(new URL(seen.path, 'http://x').searchParams.get('page'))
      const length = page < 3 ? 50 : 7
      json(
        response,
        200,
        Array.from({ length }, (_, index) => ({ id: page * 100 + index })),
      )
    })
    const { api } = clientFor(server.url)

    await expect(api.listTags({ flat: true })).resolves.toHaveLength(107)
    expect(server.seen.map((seen) => seen.path)).toEqual(
      [1, 2, 3].map((page) => `/v1/tags?flat=true&page=${page}&per_page=50`),
    )
  })

  it('end at page 30', async () => {
    const server = await serve((_seen, response, count) =>
      json(
        response,
        200,
        Array.from({ length: 50 }, (_, index) => ({ id: count * 50 + index })),
      ),
    )
    const { api } = clientFor(server.url)

    await expect(api.listProjects()).resolves.toHaveLength(1500)
    expect(server.seen).toHaveLength(30)
  })

  it('that know no pages are taken once', async () => {
    const all = Array.from({ length: 60 }, (_, index) => ({ id: index + 1 }))
    const server = await serve((_, response) => json(response, 200, all))
    const { api } = clientFor(server.url)

    await expect(api.listProjects()).resolves.toEqual(all)
  })
})

describe('repeats', () => {
  it.each([500, 502, 503, 408])('a GET answered with %i is tried again', async (status) => {
    const server = await serve((_, response, count) =>
      count < 3 ? json(response, status, {}) : json(response, 200, []),
    )
    const { api, clock } = clientFor(server.url)

    await expect(api.listImports()).resolves.toEqual([])
    expect(clock.slept).toEqual([125, 500])
  })

  it('a PUT is tried again when its connection was cut', async () => {
    const server = await serveRaw((socket, count) =>
      socket.once('data', () =>
        count < 2 ? socket.resetAndDestroy() : socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'),
      ),
    )
    const { api } = clientFor(server.url)

    await expect(api.updateImport(1, { name: 'x' })).resolves.toBeUndefined()
    expect(server.opened()).toBe(2)
  })

  it('a GET whose answer was cut is tried again', async () => {
    const server = await serveRaw((socket, count) =>
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${count < 2 ? '[' : '[]'}`)),
    )
    const { api } = clientFor(server.url)

    await expect(api.listImports()).resolves.toEqual([])
  })

  it('end after three', async () => {
    const server = await serve((_, response) => json(response, 503, { error: 'busy' }))
    const { api } = clientFor(server.url)

    await expect(api.listImports({ page: 1 })).rejects.toThrow('GET /v1/imports: CXI answered 503, "busy"')
    expect(server.seen).toHaveLength(3)
  })

  it.each(['POST', 'DELETE'] as const)('a %s that may have arrived is not tried again', async (method) => {
    const server = await serve((_, response) => json(response, 502, {}))
    const { api } = clientFor(server.url)

    const calling = method === 'POST' ? api.createTag({ name: 'a' }) : api.deleteImport(1)

    await expect(calling).rejects.toMatchObject({ outcome: 'unknown', code: 'cxi_server_error' })
    expect(server.seen).toHaveLength(1)
  })

  it.each([400, 403, 404, 422, 424])('status %i is not tried again', async (status) => {
    const server = await serve((_, response) => json(response, status, {}))
    const { api } = clientFor(server.url)

    await expect(api.getImport(1)).rejects.toMatchObject({ status })
    expect(server.seen).toHaveLength(1)
  })

  it('a GET whose time is up is not tried beyond it', async () => {
    const server = await serve(() => {})
    const { api } = clientFor(server.url, { timeoutMs: 120 })

    await expect(api.listImports()).rejects.toMatchObject({ code: 'cxi_no_answer', outcome: 'unknown' })
    expect(server.seen).toHaveLength(1)
  })

  it('a 429 with a short wait is waited for', async () => {
    const server = await serve((_, response, count) =>
      count < 2 ? json(response, 429, {}, { 'retry-after': '3' }) : json(response, 200, []),
    )
    const { api, clock } = clientFor(server.url)

    await expect(api.listImports()).resolves.toEqual([])
    expect(clock.slept).toEqual([3125])
  })

  it.each([
    ['Retry-After in seconds', { 'retry-after': '90' }, 90_000],
    ['Retry-After as a date', { 'retry-after': 'Tue, 24 Nov 2026 06:00:30 GMT' }, 30_000],
    ['X-Rate-Limit-Reset', { 'x-rate-limit-reset': String(Date.UTC(2026, 10, 24, 6, 0, 42) / 1000) }, 42_000],
    ['Retry-After before X-Rate-Limit-Reset', { 'retry-after': '20', 'x-rate-limit-reset': '1' }, 20_000],
    ['nothing', {}, 60_000],
    ['nonsense', { 'retry-after': 'soon' }, 60_000],
  ])('a 429 with a long wait is told: %s', async (_, headers, retryAfterMs) => {
    const server = await serve((_seen, response) => json(response, 429, {}, headers))
    const { api } = clientFor(server.url)

    await expect(api.listImports()).rejects.toMatchObject({
      code: 'cxi_rate_limited',
      outcome: 'refused',
      retryAfterMs,
    })
    expect(server.seen).toHaveLength(1)
  })

  it('a 401 is repeated once, with a fresh token', async () => {
    const server = await serve((_, response) => json(response, 401, {}))
    const { api, tokens } = clientFor(server.url)

    await expect(api.createTag({ name: 'a' })).rejects.toMatchObject({
      code: 'cxi_unauthorized',
      outcome: 'refused',
      retryable: true,
    })
    expect(server.seen.map((seen) => seen.headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2'])
    expect(tokens.refused).toEqual(['token-1'])
  })
})

describe('answers', () => {
  it('a missing import counts as deleted', async () => {
    const server = await serve((_, response) => json(response, 404, { message: 'Not found' }))
    const { api } = clientFor(server.url)

    await expect(api.deleteImport(1)).resolves.toBeUndefined()
    await expect(api.deleteTag(1)).rejects.toMatchObject({ code: 'cxi_not_found', retryable: false })
  })

  it.each([
    [
      'in the documented order',
      { ...IMPORT, response_count: 2, sample_analyzed: true, responses: [{ id: 1, name: '}]"\\' }] },
    ],
    [
      'with the responses first',
      { responses: [{ id: 1, name: 'no', response_count: 99 }], ...IMPORT, response_count: 2 },
    ],
  ])('the head of an import is read %s', async (_, body) => {
    const server = await serve((_seen, response) => json(response, 200, body))
    const { api } = clientFor(server.url)

    await expect(api.getImportHead(11)).resolves.toEqual({ ...IMPORT, response_count: 2 })
  })

  it('the head of an import does not wait for its responses', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200)
      response.write(`${JSON.stringify(IMPORT).slice(0, -1)},"sample_analyzed":true,"responses":[`)
    })
    const { api } = clientFor(server.url)

    await expect(api.getImportHead(11)).resolves.toEqual(IMPORT)
  })

  it('an empty list or object that should be there is a bad answer', async () => {
    const server = await serve((seen, response) => {
      if (seen.method === 'POST') response.writeHead(200).end()
      else json(response, 200, { items: [] })
    })
    const { api } = clientFor(server.url)

    await expect(api.createProject('x')).rejects.toMatchObject({ code: 'cxi_bad_answer', outcome: 'unknown' })
    await expect(api.listImports()).rejects.toMatchObject({ code: 'cxi_bad_answer' })
  })

  it('never bring a token, an address or a query into an error', async () => {
    const server = await serve((seen, response) =>
      json(response, 422, { message: `jane@example.com sent ${seen.headers.authorization} to ${seen.path}` }),
    )
    const { api } = clientFor(server.url)

    const listing = api.listTags({ page: 1, search: 'secret-search' })

    await expect(listing).rejects.toThrow(/^GET \/v1\/tags: CXI answered 422, "\[address\] sent Bearer \[removed\]/)
    await expect(listing).rejects.not.toThrow(/example\.com|token-1|per_page/)
  })

  it('of 50 MB are not held in memory', async () => {
    const piece = Buffer.from(`{"id":1,"feedback":"${'x'.repeat(65_000)}"},`)
    let sent = 0
    let peak = 0
    const server = await serve((seen, response) => {
      response.writeHead(201)
      response.write(seen.method === 'POST' ? '{"id": 11, "responses":[' : `{"responses":[`)
      const more = () => {
        while (sent < 50_000_000) {
          sent += piece.length
          if (sent % (80 * piece.length) === 0) peak = Math.max(peak, liveBytes())
          if (!response.write(piece)) return void response.once('drain', more)
        }
        response.end(`{"id":2}], ${JSON.stringify(IMPORT).slice(1)}`)
      }
      response.on('error', () => {})
      more()
    })
    const { api } = clientFor(server.url)

    await expect(api.createImport({ fileName: 'a.csv', bytes: Buffer.from('a'), timeoutMs: 20_000 })).resolves.toEqual({
      id: 11,
    })
    expect(sent).toBeLessThan(20_000_000)

    sent = 0
    const before = liveBytes()
    peak = 0
    await expect(api.getImportHead(11)).resolves.toEqual(IMPORT)
    expect(sent).toBeGreaterThanOrEqual(50_000_000)
    expect(peak).toBeGreaterThan(0)
    expect(peak - before).toBeLessThan(25_000_000)
  })
})
