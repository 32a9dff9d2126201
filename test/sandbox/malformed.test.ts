import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Got, useSandbox } from '../contract/test-sandbox.ts'
import { extent } from '../support/extent.ts'

const RUNS = extent(300, 5000)
const AT_ONCE = 20

const CSV = 'feedback_date,feedback\n2026-01-01,good\n'
const PATHS = [
  'onboarding',
  'projects',
  'projects/1',
  'tags',
  'tags/1',
  'imports',
  'imports/1',
  'responses',
  'exports',
  'responses/update_bulk_properties',
  'segments/update_bulk',
  'imports/x',
  'imports/99999999999999999999',
  'nothing',
  '%00%ff',
  '../..',
]
const FIELDS = [
  'tag[name]',
  'tag[mode]',
  'tag[parent_id]',
  'tag[text_match_terms][]',
  'tag[filter_rules][scores][]',
  'project[name]',
  'import[tag_names][0]',
  'import[project_ids][]',
  'import[metric_type]',
  'import',
  'tag',
  'product_category_id',
  'onboarded',
  'export_type',
  'page',
  'per_page',
  'sort_order',
  'responses[][id]',
  'users[][custom_properties][][key]',
  'grant_type',
  '__proto__[x]',
  'constructor',
  '[]',
  'a[b',
  'a[][][]',
]

const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', '0', '-1', '1e9', 'true', 'null', '31', '\0', "'; DROP TABLE tags; --", '9'.repeat(400)),
)
const field = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...FIELDS) }, fc.string({ maxLength: 30 }))
const fields = fc.array(fc.tuple(field, value), { maxLength: 8 })
const encode = (pairs: [string, string][]) =>
  pairs.map((pair) => pair.map((text) => encodeURIComponent(text.toWellFormed())).join('=')).join('&')

const multipart = fc
  .tuple(fields, fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 0, max: 120 }), fc.boolean())
  .map(([pairs, file, cut, isCut]) => {
    const parts = pairs.map(
      ([name, text]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`,
    )
    const whole = `${parts.join('')}--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${file}\r\n--b--\r\n`
    return { type: 'multipart/form-data; boundary=b', body: isCut ? whole.slice(0, -cut || undefined) : whole }
  })
const body = fc.oneof(
  multipart,
  fields.map((pairs) => ({ type: 'application/x-www-form-urlencoded', body: encode(pairs) })),
  fc.json().map((json) => ({ type: 'application/json', body: json })),
  fc.constantFrom(
    { type: 'multipart/form-data', body: '--b\r\n' },
    { type: 'application/json', body: '{"a":' },
    { type: 'application/json', body: '['.repeat(20_000) },
    { type: 'application/json', body: `{"tag":${'{"a":'.repeat(500)}1${'}'.repeat(501)}` },
    { type: 'application/xml', body: '<a/>' },
    { type: 'text/csv', body: CSV },
    { type: ';;;', body: '\0\0' },
  ),
)

const malformed = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'),
  path: fc.oneof(
    fc.constantFrom(...PATHS).map((path) => `/v1/${path}`),
    fc.constantFrom('/oauth/token', '/', '//', '/exports/x/y'),
  ),
  query: fields,
  body: fc.option(body, { nil: undefined }),
  token: fc.constantFrom('ours', 'ours', 'ours', 'wrong', ''),
})

const STATUSES = [200, 201, 202, 400, 401, 404, 405, 409, 413, 415, 422]

describe('malformed requests', () => {
  const cxi = useSandbox()

  function expectFit(answer: Got): void {
    expect(STATUSES).toContain(answer.status)
    if (answer.text !== '') expect(answer.json).toBeDefined()
    if (answer.status >= 400) expect(answer.json).toEqual(expect.any(Object))
    expect(answer.text).not.toMatch(/\n\s+at |node:|SQLITE|\.ts:/)
  }

  it(`get a JSON answer with a fitting status, ${RUNS} of them`, async () => {
    await cxi.upload('feedback_date,feedback', '2026-01-01,good')
    const requests = fc.sample(malformed, { numRuns: RUNS, seed: 20261125 })

    for (let from = 0; from < requests.length; from += AT_ONCE) {
      const answers = requests.slice(from, from + AT_ONCE).map(({ method, path, query, body: sent, token }) => {
        const hasBody = sent !== undefined && method !== 'GET'
        const search = encode(query as [string, string][])
        return fetch(`${cxi.url}${path}?${search}`, {
          method,
          headers: {
            authorization: `Bearer ${token === 'ours' ? cxi.token : token}`,
            ...(hasBody ? { 'content-type': sent.type } : {}),
          },
          ...(hasBody ? { body: sent.body } : {}),
          signal: AbortSignal.timeout(5000),
        }).then(async (answer): Promise<Got> => {
          const text = await answer.text()
          return {
            status: answer.status,
            headers: answer.headers,
            text,
            json: text === '' ? undefined : JSON.parse(text),
          }
        })
      })
      for (const answer of await Promise.all(answers)) expectFit(answer)
    }

    expect((await cxi.get('/v1/imports')).status).toBe(200)
  })

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/9.9\r\n\r\n'],
    ['no host', 'GET /v1/imports HTTP/1.1\r\n\r\n'],
    ['an address that is none', 'GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a length that is none', 'POST /v1/tags HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n'],
    ['two lengths', 'POST /v1/tags HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a header that is too long', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(70_000)}\r\n\r\n`],
    [
      'an expectation',
      'POST /v1/tags HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    ],
  ])('%s on the wire gets an error', async (_, request) => {
    const socket = connect(Number(new URL(cxi.url).port), '127.0.0.1')
    let text = ''
    socket
      .on('error', () => {})
      .on('data', (chunk) => {
        text += chunk
      })
    socket.end(request)

    await once(socket, 'close')

    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /)
  })

  it('a connection that ends within a body does no harm', async () => {
    const socket = connect(Number(new URL(cxi.url).port), '127.0.0.1')
    socket.write(
      `POST /v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${cxi.token}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b\r\n`,
      () => socket.destroy(),
    )
    await once(socket, 'close')

    expect((await cxi.get('/v1/imports')).json).toEqual([])
  })
})
