import { describe, expect } from 'vitest'
import { statement } from './statement.ts'
import { shapeOf, useSandbox } from './test-sandbox.ts'

const PATH = '/v1/imports'
const LISTED = [
  'id',
  'name',
  'source',
  'metric_type',
  'language',
  'secondary_product_category_id',
  'response_count',
  'created_at',
]

describe('imports', () => {
  const cxi = useSandbox()
  const upload = () => cxi.upload('feedback_date,feedback,score', '2026-01-01,good,9', '2026-01-02,bad,1')
  const described = async (more: Record<string, string> = {}) => {
    const { id } = (await upload()).json
    await cxi.put(`${PATH}/${id}`, { 'import[source]': 'Intercom', 'import[metric_type]': 'nps', ...more })
    return id as number
  }
  const first = async () => (await cxi.get(PATH)).json[0]

  statement('CXI-154', async () => {
    await upload()
    expect(await first()).toMatchObject({ id: expect.any(Number), name: 'data.csv', source: null })

    await described()
    expect((await first()).source).toBe('Intercom')
  })

  statement('CXI-155', async () => {
    const { id } = (await upload()).json
    const types = [(await first()).metric_type]
    for (const type of ['nps', 'ces', 'csat', 'other']) {
      types.push((await cxi.put(`${PATH}/${id}`, { 'import[metric_type]': type })).json.metric_type)
    }

    expect(types).toEqual([null, 'nps', 'ces', 'csat', 'other'])
  })

  statement('CXI-156', async () => {
    await upload()

    expect((await first()).language).toBe('en')
  })

  statement('CXI-157', async () => {
    await described()
    expect((await first()).secondary_product_category_id).toBeNull()

    await described({ 'import[secondary_product_category_id]': '2' })
    expect((await first()).secondary_product_category_id).toBe(2)
  })

  statement('CXI-158', async () => {
    await upload()
    await cxi.pass(60)

    expect((await first()).response_count).toBe(2)
  })

  statement('CXI-159', async () => {
    await upload()

    expect(Number.isInteger((await first()).created_at)).toBe(true)
    expect(Math.abs((await first()).created_at - Date.now() / 1000)).toBeLessThan(60)
  })

  statement('CXI-160', async () => {
    const { id } = (await upload()).json
    expect((await cxi.get(`${PATH}/${id}`)).json.sample_analyzed).toBe(false)

    await cxi.pass(29)
    expect((await cxi.get(`${PATH}/${id}`)).json.sample_analyzed).toBe(false)

    await cxi.pass(2)
    expect((await cxi.get(`${PATH}/${id}`)).json.sample_analyzed).toBe(true)
  })

  statement('CXI-161', async () => {
    const ids = [(await upload()).json.id, (await upload()).json.id, (await upload()).json.id]

    expect((await cxi.get(PATH)).json.map(({ id }: { id: number }) => id).toSorted()).toEqual(ids.toSorted())
  })

  statement('CXI-162', async () => {
    expect((await cxi.get(PATH)).json).toEqual([])
  })

  statement('CXI-163', async () => {
    await upload()

    expect(Object.keys(await first())).toEqual(LISTED)
  })

  statement('CXI-164', async () => {
    await upload()

    expect(await first()).not.toHaveProperty('sample_analyzed')
    expect(await first()).not.toHaveProperty('responses')
  })

  statement('CXI-169', async () => {
    const older = (await upload()).json.id
    await cxi.pass(10)
    const newer = (await upload()).json.id

    expect((await cxi.get(PATH)).json.map(({ id }: { id: number }) => id)).toEqual([newer, older])
  })

  statement('CXI-170', async () => {
    const { id } = (await upload()).json

    expect((await cxi.get(`${PATH}/${id}`)).json.id).toBe(id)
    for (const unknown of ['999', 'x', '1e3', '-1', '99999999999999999999']) {
      expect((await cxi.get(`${PATH}/${unknown}`)).status).toBe(404)
    }
  })

  statement('CXI-171', async () => {
    const id = await described()
    const { sample_analyzed, responses, ...rest } = (await cxi.get(`${PATH}/${id}`)).json

    expect(rest).toEqual(await first())
    expect([sample_analyzed, responses.length]).toEqual([false, 2])
  })

  statement('CXI-172', async () => {
    const { id } = (await upload()).json

    expect(Object.keys((await cxi.get(`${PATH}/${id}`)).json)).toEqual([...LISTED, 'sample_analyzed', 'responses'])
  })

  statement('CXI-173', async () => {
    await upload()
    const { id } = (await cxi.upload('feedback_date,feedback', '2026-02-01,another')).json

    const { responses } = (await cxi.get(`${PATH}/${id}`)).json

    expect(responses.map(({ feedback }: { feedback: string }) => feedback)).toEqual(['another'])
  })

  statement('CXI-240', async () => {
    const { id } = (await upload()).json
    const kept = (await upload()).json

    await cxi.delete(`${PATH}/${id}`)

    expect((await cxi.get(PATH)).json.map((item: { id: number }) => item.id)).toEqual([kept.id])
    expect((await cxi.delete(`${PATH}/${id}`)).status).toBe(404)
  })

  statement('CXI-241', async () => {
    const { id } = (await cxi.upload('feedback_date,feedback', '2026-01-01,a lovely refund')).json
    await upload()
    await cxi.pass(60)
    const returns = async () => (await cxi.get('/v1/tags', { search: 'returns' })).json[0].response_count
    expect(await returns()).toBe(1)

    await cxi.delete(`${PATH}/${id}`)

    const { total_count, items } = (await cxi.get('/v1/responses')).json
    expect([total_count, items.length]).toEqual([2, 2])
    expect(await returns()).toBe(0)
  })

  statement('CXI-242', async () => {
    const { id } = (await upload()).json

    expect(await cxi.delete(`${PATH}/${id}`)).toMatchObject({ status: 202, text: '' })
  })

  statement('CXI-217', async () => {
    const { id } = (await upload()).json

    expect((await cxi.put(`${PATH}/${id}`, { 'import[name]': 'renamed' })).status).toBe(200)
    expect((await first()).name).toBe('renamed')
    expect((await cxi.put(`${PATH}/999`, { 'import[name]': 'renamed' })).status).toBe(404)
  })

  describe.each([
    ['CXI-218', 'name', 'My second import', 'My second import'],
    ['CXI-219', 'source', 'Survey Monkey', 'Survey Monkey'],
    ['CXI-220', 'metric_type', 'csat', 'csat'],
    ['CXI-221', 'language', 'de', 'de'],
    ['CXI-222', 'secondary_product_category_id', '3', 3],
  ] as const)('a field', (id, field, sent, got) => {
    statement(id, async () => {
      const upload_ = (await upload()).json

      const { json } = await cxi.put(`${PATH}/${upload_.id}`, { [`import[${field}]`]: sent })

      expect(json[field]).toBe(got)
      expect((await first())[field]).toBe(got)
    })
  })

  statement('CXI-223', async () => {
    await cxi.post('/v1/tags', { 'tag[name]': 'one' })
    await cxi.post('/v1/tags', { 'tag[name]': 'two' })
    const { id } = (await upload()).json

    await cxi.put(`${PATH}/${id}`, { 'import[tag_names][0]': 'one', 'import[tag_names][1]': 'TWO' })

    const { responses } = (await cxi.get(`${PATH}/${id}`)).json
    expect(responses[0].tags.map(({ name }: { name: string }) => name)).toEqual(['ONE', 'TWO'])
  })

  statement('CXI-224', async () => {
    const tag = (await cxi.post('/v1/tags', { 'tag[name]': 'q4' })).json
    const { id } = (await upload()).json

    await cxi.put(`${PATH}/${id}`, { 'import[tag_names][]': 'Q4' })
    await cxi.pass(60)

    for (const { tags } of (await cxi.get(`${PATH}/${id}`)).json.responses) {
      expect(tags.map((one: { id: number }) => one.id)).toContain(tag.id)
    }
    expect((await cxi.get('/v1/tags', { search: 'q4' })).json[0]).toMatchObject({
      response_count: 2,
      usage: 100,
      sentiment_breakdown: { positive: 50, negative: 50, neutral: 0, null: 0 },
    })
  })

  statement('CXI-225', async () => {
    const { id } = (await upload()).json

    expect((await cxi.put(`${PATH}/${id}`, { 'import[tag_names][]': 'NOWHERE' })).status).toBe(200)

    expect((await cxi.get(`${PATH}/${id}`)).json.responses[0].tags).toEqual([])
    expect((await cxi.get('/v1/tags', { search: 'nowhere' })).json).toEqual([])
  })

  statement('CXI-226', async () => {
    const one = (await cxi.post('/v1/projects', { 'project[name]': 'one' })).json.id
    const two = (await cxi.post('/v1/projects', { 'project[name]': 'two' })).json.id
    const { id } = (await upload()).json

    const { json } = await cxi.put(`${PATH}/${id}`, {
      'import[project_ids][0]': `${one}`,
      'import[project_ids][1]': `${two}`,
    })

    expect(json.responses[0].project_ids).toEqual([one, two])
    expect((await cxi.put(`${PATH}/${id}`, { 'import[project_ids][]': 'one' })).status).toBe(400)
  })

  statement('CXI-227', async () => {
    const project = (await cxi.post('/v1/projects', { 'project[name]': 'one' })).json.id
    const { id } = (await upload()).json

    await cxi.put(`${PATH}/${id}`, { 'import[project_ids][]': `${project}` })

    for (const { project_ids } of (await cxi.get('/v1/responses')).json.items) expect(project_ids).toEqual([project])
  })

  statement('CXI-228', async () => {
    const project = (await cxi.post('/v1/projects', { 'project[name]': 'one' })).json.id
    const { id } = (await upload()).json

    const { status, json } = await cxi.put(`${PATH}/${id}`, {
      'import[project_ids][0]': '999',
      'import[project_ids][1]': `${project}`,
    })

    expect(status).toBe(200)
    expect(json.responses[0].project_ids).toEqual([project])
  })

  statement('CXI-229', async () => {
    const { id } = (await upload()).json

    expect((await cxi.put(`${PATH}/${id}`, { 'import[metric_type]': 'CES' })).json.metric_type).toBe('ces')
    expect((await cxi.put(`${PATH}/${id}`, { 'import[metric_type]': 'stars' })).status).toBe(400)
  })

  statement('CXI-230', async () => {
    const uploaded = (await upload()).json

    const { json } = await cxi.put(`${PATH}/${uploaded.id}`, { 'import[language]': 'en' })

    expect(shapeOf(json)).toEqual(shapeOf(uploaded))
  })

  statement('CXI-231', async () => {
    const { id } = (await upload()).json

    const { json } = await cxi.put(`${PATH}/${id}`, { 'import[name]': 'New', 'import[source]': 'Intercom' })

    expect([json.name, json.source]).toEqual(['New', 'Intercom'])
  })

  statement('CXI-232', async () => {
    const id = await described({ 'import[language]': 'fr', 'import[name]': 'kept' })

    const { json } = await cxi.put(`${PATH}/${id}`, { 'import[source]': 'Other' })

    expect(json).toMatchObject({
      name: 'kept',
      language: 'fr',
      metric_type: 'nps',
      secondary_product_category_id: null,
    })
  })

  statement('CXI-233', async () => {
    const { id, created_at } = (await upload()).json
    await cxi.pass(1000)

    expect((await cxi.put(`${PATH}/${id}`, { 'import[name]': 'New' })).json.created_at).toBe(created_at)
  })

  statement('CXI-234', async () => {
    const { id } = (await upload()).json

    const { responses } = (await cxi.put(`${PATH}/${id}`, { 'import[metric_type]': 'CES' })).json

    expect(responses.map(({ metric_type }: { metric_type: string }) => metric_type)).toEqual(['ces', 'ces'])
  })

  statement('CXI-235', async () => {
    const project = (await cxi.post('/v1/projects', { 'project[name]': 'one' })).json.id
    const { id } = (await upload()).json

    const { json } = await cxi.put(`${PATH}/${id}`, { 'import[project_ids][0]': `${project}` })

    expect(json.responses[0].project_ids).toEqual([project])
  })

  statement('CXI-236', async () => {
    await cxi.post('/v1/tags', { 'tag[name]': 'test' })
    const { id } = (await upload()).json

    const { json } = await cxi.put(`${PATH}/${id}`, { 'import[tag_names][0]': 'TEST' })

    expect(json.responses[0].tags).toEqual([])
    expect((await cxi.get(`${PATH}/${id}`)).json.responses[0].tags).toHaveLength(1)
  })

  statement('CXI-237', async () => {
    const { id } = (await upload()).json

    expect((await cxi.put(`${PATH}/${id}`, { 'import[name]': 'New' })).json.response_count).toBe(0)
  })

  statement('CXI-238', async () => {
    const { id } = (await upload()).json

    expect((await cxi.put(`${PATH}/${id}`, { 'import[name]': 'New' })).json.sample_analyzed).toBe(false)
  })

  statement('CXI-239', async () => {
    const uploaded = (await cxi.upload('feedback_date,platform,country,plan', '2026-01-01,Solaris,Ecuador,Lite')).json
    const keys = (json: { responses: { custom_properties: { key: string }[] }[] }) =>
      json.responses[0]?.custom_properties.map(({ key }) => key)

    const later = (await cxi.get(`${PATH}/${uploaded.id}`)).json

    expect(keys(uploaded)).toEqual(['platform', 'country', 'plan'])
    expect(keys(later)).toEqual(['platform', 'plan', 'country'])
  })
})
