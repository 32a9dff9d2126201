import { describe, expect } from 'vitest'
import { statement } from './statement.ts'
import { useSandbox } from './test-sandbox.ts'

describe('requests and answers', () => {
  const cxi = useSandbox()

  statement('CXI-001', async () => {
    await cxi.upload('feedback_date,feedback', '2026-01-01,good')
    const created = await cxi.get('/v1/imports')
    const updated = await cxi.put(`/v1/imports/${created.json[0].id}`, { 'import[name]': 'renamed' })
    const responses = await cxi.get('/v1/responses')

    expect(created.json).toHaveLength(1)
    expect(updated.json.name).toBe('renamed')
    expect(responses.json.items).toHaveLength(1)
    expect((await cxi.get('/imports')).status).toBe(404)
  })

  statement('CXI-002', async () => {
    const answers = await Promise.all([
      cxi.get('/v1/imports'),
      cxi.get('/v1/imports/999'),
      cxi.get('/v1/nothing'),
      cxi.post('/v1/tags', {}),
      cxi.ask('GET', '/v1/tags', { token: null }),
      cxi.upload('feedback', 'no date'),
    ])

    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 400, 401, 422])
    for (const { headers, json } of answers) {
      expect(headers.get('content-type')).toMatch(/^application\/json/)
      expect(json).toBeDefined()
    }
  })

  statement('CXI-003', async () => {
    const paths = ['onboarding', 'projects', 'tags', 'imports', 'imports/1', 'responses']

    for (const path of paths) expect((await cxi.ask('GET', `/v1/${path}`, { token: null })).status).toBe(401)
    for (const path of ['projects', 'tags', 'imports', 'exports', 'responses/update_bulk_properties']) {
      expect((await cxi.ask('POST', `/v1/${path}`, { token: 'unknown' })).status).toBe(401)
    }
    for (const path of ['imports/1', 'tags/1']) {
      expect((await cxi.ask('DELETE', `/v1/${path}`, { token: null })).status).toBe(401)
    }
  })

  statement('CXI-004', async () => {
    const withHeader = await cxi.ask('GET', '/v1/imports', {
      token: null,
      headers: { Authorization: `Bearer ${cxi.token}` },
    })
    const withoutBearer = await cxi.ask('GET', '/v1/imports', { token: null, headers: { Authorization: cxi.token } })
    const inQuery = await cxi.ask('GET', '/v1/imports', { token: null, query: { access_token: cxi.token } })

    expect(withHeader.status).toBe(200)
    expect(withoutBearer.status).toBe(401)
    expect(inQuery.status).toBe(401)
  })

  statement('CXI-007', async () => {
    const created = await cxi.post('/v1/projects', { 'project[name]': 'posted' })
    const updated = await cxi.put(`/v1/projects/${created.json.id}`, { 'project[name]': 'put' })

    expect(created.json.name).toBe('posted')
    expect(updated.json.name).toBe('put')
  })

  statement('CXI-008', async () => {
    const fromQuery = await cxi.ask('POST', '/v1/projects', { query: { 'project[name]': 'query' } })
    const urlencoded = await cxi.ask('POST', '/v1/projects', { urlencoded: { 'project[name]': 'form' } })
    const json = await cxi.ask('POST', '/v1/projects', { json: { project: { name: 'json' } } })

    expect([fromQuery, urlencoded, json].map((answer) => answer.json.name)).toEqual(['query', 'form', 'json'])
  })

  statement('CXI-009', async () => {
    const tag = await cxi.post('/v1/tags', { 'tag[name]': 'one' })
    const bare = await cxi.post('/v1/tags', { name: 'two' })

    expect(tag.json.name).toBe('ONE')
    expect(bare.status).toBe(400)
  })

  statement('CXI-010', async () => {
    const { json } = await cxi.ask('POST', '/v1/tags', {
      form: [
        ['tag[name]', 'terms'],
        ['tag[mode]', 'text_match'],
        ['tag[text_match_terms][]', 'a'],
        ['tag[text_match_terms][]', 'b'],
      ],
    })

    expect(json.text_match_terms).toEqual(['a', 'b'])
  })

  statement('CXI-011', async () => {
    const { json } = await cxi.post('/v1/tags', {
      'tag[name]': 'terms',
      'tag[mode]': 'text_match',
      'tag[text_match_terms][1]': 'b',
      'tag[text_match_terms][0]': 'a',
    })

    expect(json.text_match_terms).toEqual(['a', 'b'])
  })

  statement('CXI-012', async () => {
    const before = Math.floor(Date.now() / 1000)
    const { created_at: project } = (await cxi.post('/v1/projects', { 'project[name]': 'p' })).json
    const { created_at: upload } = (await cxi.upload('feedback_date', '2026-01-01')).json

    for (const time of [project, upload]) {
      expect(Number.isInteger(time)).toBe(true)
      expect(time).toBeGreaterThanOrEqual(before)
      expect(time).toBeLessThanOrEqual(before + 60)
    }
  })

  statement('CXI-016', async () => {
    for (const path of ['/v1/tags', '/v1/imports', '/v1/responses']) {
      const plain = await cxi.get(path)
      const paged = await cxi.get(path, { page: '1', per_page: '25' })

      expect(plain.status).toBe(200)
      expect(plain.json).toEqual(paged.json)
    }
  })

  statement('CXI-017', async () => {
    const tag = await cxi.post('/v1/tags', { 'tag[name]': 'one' })
    const upload = await cxi.upload('feedback_date', '2026-01-01')

    const answers = [
      await cxi.delete(`/v1/tags/${tag.json.id}`),
      await cxi.delete(`/v1/imports/${upload.json.id}`),
      await cxi.post('/v1/exports', {}),
    ]

    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [200, ''],
      [202, ''],
      [201, ''],
    ])
  })
})
