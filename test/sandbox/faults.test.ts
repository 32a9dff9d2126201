import { describe, expect, it } from 'vitest'
import { useSandbox } from '../contract/test-sandbox.ts'

const csv = 'feedback_date\n2026-01-01\n'

describe('faults', () => {
  const cxi = useSandbox()
  const set = (...rules: object[]) => cxi.control('PUT', 'faults', { seed: 1, rules })
  const upload = () => cxi.ask('POST', '/v1/imports', { file: { content: csv } })
  const count = async () => (await cxi.get('/v1/imports')).json.length

  it.each([
    ['drop-before', 0],
    ['drop-after', 1],
  ])('%s cuts the connection', async (fault, imports) => {
    await set({ match: 'POST /v1/imports', do: fault, times: 1 })

    await expect(upload()).rejects.toThrow()

    expect(await count()).toBe(imports)
    expect((await upload()).status).toBe(201)
  })

  it('status answers instead, with headers and a body of any kind', async () => {
    await set(
      { match: 'GET /v1/tags', do: 'status', status: 429, headers: { 'retry-after': '7' }, body: { message: 'slow' } },
      { match: 'GET /v1/imports', do: 'status', status: 502, body: '<html>Bad Gateway</html>' },
    )

    const limited = await cxi.get('/v1/tags')
    const html = await cxi.get('/v1/imports/5')

    expect(limited).toMatchObject({ status: 429, json: { message: 'slow' } })
    expect(limited.headers.get('retry-after')).toBe('7')
    expect([html.status, html.text, html.headers.get('content-type')]).toEqual([
      502,
      '<html>Bad Gateway</html>',
      'text/html; charset=utf-8',
    ])
  })

  it('delay answers later', async () => {
    await set({ match: 'GET /v1/tags', do: 'delay', ms: 30 })
    const before = performance.now()

    expect((await cxi.get('/v1/tags')).status).toBe(200)

    expect(performance.now() - before).toBeGreaterThanOrEqual(29)
  })

  it('with fields happen to requests that have these, and to no others', async () => {
    const grant_type = 'client_credentials'
    await set({ match: 'POST /oauth/token', fields: { grant_type }, do: 'status', status: 401 })
    const ask = async (form: Record<string, string>) =>
      (await cxi.ask('POST', '/oauth/token', { token: null, form })).status

    const rotated = await ask({ grant_type, client_id: 'demo', client_secret: 'demo' })
    const other = await ask({ grant_type: 'password', username: 'demo@example.com', password: 'demo' })
    const mistaken = await set({ match: 'GET /v1/tags', fields: { grant_type: 1 }, do: 'status' })

    expect([rotated, other, mistaken.status]).toEqual([401, 200, 400])
  })

  it('the first that fires wins, in the order of the rules', async () => {
    await set(
      { match: 'GET /v1/tags', do: 'status', status: 503, probability: 0 },
      { match: 'GET /v1/', do: 'status', status: 500, times: 1 },
      { match: 'GET /v1/tags', do: 'status', status: 429, times: 1 },
    )

    const statuses = [await cxi.get('/v1/tags'), await cxi.get('/v1/tags'), await cxi.get('/v1/tags')]

    expect(statuses.map(({ status }) => status)).toEqual([500, 429, 200])
  })

  it('count with the status that the lost answer had, or with none where nothing happened', async () => {
    await set({ match: 'POST /v1/imports', do: 'drop-before', times: 1 })
    await expect(upload()).rejects.toThrow()
    await set({ match: 'POST /v1/', do: 'drop-after', times: 2 })
    await expect(upload()).rejects.toThrow()
    await expect(cxi.ask('POST', '/v1/projects')).rejects.toThrow()

    const { requests, statuses } = (await cxi.control('GET', 'stats')).json

    expect([requests['POST /v1/imports'], requests['POST /v1/projects']]).toEqual([2, 1])
    expect([statuses['POST /v1/imports'], statuses['POST /v1/projects']]).toEqual([{ '201': 1 }, { '400': 1 }])
  })

  it('expire-token ends every token', async () => {
    const other = await cxi.newToken()
    await set({ match: 'GET /v1/tags', do: 'expire-token', times: 1 })

    expect((await cxi.get('/v1/tags')).status).toBe(401)
    expect((await cxi.get('/v1/imports')).status).toBe(401)
    cxi.token = other
    expect((await cxi.get('/v1/imports')).status).toBe(401)
    cxi.token = await cxi.newToken()
    expect((await cxi.get('/v1/tags')).status).toBe(200)
  })

  it('happen as often as the seed says, every time the same', async () => {
    const run = async () => {
      await set({ match: 'GET /v1/tags', do: 'status', status: 500, probability: 0.3 })
      const statuses: number[] = []
      for (let asked = 0; asked < 100; asked += 1)
        statuses.push((await cxi.get('/v1/tags', { no_stats: 'true' })).status)
      return statuses
    }

    const first = await run()

    expect(await run()).toEqual(first)
    const failed = first.filter((status) => status === 500).length
    expect(failed).toBeGreaterThan(15)
    expect(failed).toBeLessThan(45)
  })

  it('times ends them', async () => {
    await set({ match: 'GET /v1/tags', do: 'status', status: 500, times: 2 })

    const statuses = [await cxi.get('/v1/tags'), await cxi.get('/v1/tags'), await cxi.get('/v1/tags')]

    expect(statuses.map(({ status }) => status)).toEqual([500, 500, 200])
  })

  it('an empty list of rules ends all, a reset too', async () => {
    await set({ match: 'GET /v1/tags', do: 'status' })
    await set()
    expect((await cxi.get('/v1/tags')).status).toBe(200)

    await set({ match: 'GET /v1/tags', do: 'status' })
    await cxi.reset()
    expect((await cxi.get('/v1/tags')).status).toBe(200)
  })

  it.each([
    [null],
    [{}],
    [{ rules: [{}] }],
    [{ rules: [{ match: 'GET /', do: 'explode' }] }],
    [{ rules: [{ match: 'GET /', do: 'delay', ms: -1 }] }],
    [{ rules: [{ match: 'GET /', do: 'status', status: 99 }] }],
    [{ rules: [{ match: 'GET /', do: 'status', probability: 2 }] }],
  ])('rules that are none are refused: %j', async (body) => {
    expect(await cxi.control('PUT', 'faults', body)).toMatchObject({
      status: 400,
      json: { message: expect.any(String) },
    })
  })
})

describe('other controls', () => {
  const cxi = useSandbox()

  it('stats count requests and statuses, ids as :id', async () => {
    await cxi.ask('POST', '/v1/imports', { file: { content: csv } })
    await cxi.get('/v1/imports/1')
    await cxi.get('/v1/imports/2')
    await cxi.post('/v1/exports', {})
    await cxi.post('/v1/exports', {})

    expect((await cxi.control('GET', 'stats')).json).toEqual({
      tokens_issued: 1,
      requests: { 'POST /oauth/token': 1, 'POST /v1/imports': 1, 'GET /v1/imports/:id': 2, 'POST /v1/exports': 2 },
      statuses: {
        'POST /oauth/token': { 200: 1 },
        'POST /v1/imports': { 201: 1 },
        'GET /v1/imports/:id': { 200: 1, 404: 1 },
        'POST /v1/exports': { 201: 1, 409: 1 },
      },
    })
  })

  it('dump gives every import as its endpoint does, the oldest first', async () => {
    for (let upload = 0; upload < 3; upload += 1) await cxi.ask('POST', '/v1/imports', { file: { content: csv } })
    const single = (await cxi.get('/v1/imports/2')).json

    const { imports } = (await cxi.control('GET', 'dump')).json

    expect(imports.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3])
    expect(imports[1]).toEqual(single)
  })

  it.each([{ advance_seconds: -1 }, { advance_seconds: 'x' }, {}, []])(
    'a clock that is set to %j is refused',
    async (body) => {
      expect((await cxi.control('POST', 'clock', body)).status).toBe(400)
    },
  )

  it('a control that there is not', async () => {
    expect((await cxi.control('GET', 'nothing')).status).toBe(404)
    expect((await cxi.ask('POST', '/_sandbox/clock', { token: null, headers: {} })).status).toBe(400)
  })

  it("another account's records can't be seen", async () => {
    const { json: upload } = await cxi.ask('POST', '/v1/imports', { file: { content: csv } })
    const { json: tag } = await cxi.post('/v1/tags', { 'tag[name]': 'ours' })
    const { json: project } = await cxi.post('/v1/projects', { 'project[name]': 'ours' })
    const other = { grant_type: 'client_credentials', client_id: 'other', client_secret: 'other' }
    cxi.token = (await cxi.ask('POST', '/oauth/token', { token: null, form: other })).json.access_token

    expect((await cxi.get('/v1/imports')).json).toEqual([])
    expect((await cxi.get('/v1/responses')).json).toEqual({ total_count: 0, items: [] })
    expect((await cxi.get(`/v1/imports/${upload.id}`)).status).toBe(404)
    expect((await cxi.put(`/v1/imports/${upload.id}`, { 'import[name]': 'theirs' })).status).toBe(404)
    expect((await cxi.delete(`/v1/imports/${upload.id}`)).status).toBe(404)
    expect((await cxi.put(`/v1/tags/${tag.id}`, { 'tag[name]': 'theirs' })).status).toBe(404)
    expect((await cxi.delete(`/v1/tags/${tag.id}`)).status).toBe(404)
    expect((await cxi.put(`/v1/projects/${project.id}`, { 'project[name]': 'theirs' })).status).toBe(404)
    expect((await cxi.post('/v1/tags', { 'tag[name]': 'child', 'tag[parent_id]': `${tag.id}` })).status).toBe(422)
  })
})
