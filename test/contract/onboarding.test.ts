import { describe, expect, it } from 'vitest'
import { statement } from './statement.ts'
import { useSandbox } from './test-sandbox.ts'

const PATH = '/v1/onboarding'
const CATEGORIES = [
  [1, 'General'],
  [2, 'SaaS DevOps'],
  [3, 'SaaS Anc'],
  [4, 'SaaS IDC'],
  [5, 'SaaS Education CL'],
  [6, 'SaaS GD'],
  [7, 'SaaS Social Media'],
  [15, 'Politicians Review'],
  [8, 'SaaS Social Media HS'],
  [9, 'E-Commerce'],
  [10, 'E-Commerce-WGAC'],
  [11, 'Employee Reviews'],
  [12, 'Online Food Delivery'],
  [13, 'Support Case Feedback'],
  [14, 'SaaS RC'],
].map(([id, name]) => ({ id, name }))

const DETAILS = {
  'project[name]': 'Enterprise',
  'import[name]': 'important.csv',
  'import[source]': 'Survey Monkey',
  'import[metric_type]': 'NPS',
}

describe('onboarding', () => {
  const cxi = useSandbox({ fresh: true })
  const put = (form: Record<string, string>) => cxi.put(PATH, form)
  const choose = () => put({ product_category_id: '9' })

  statement('CXI-033', async () => {
    expect((await cxi.get('/v1/imports')).status).toBe(424)

    await choose()
    await put({ onboarded: 'true' })

    expect((await cxi.get('/v1/imports')).status).toBe(200)
  })

  statement('CXI-034', async () => {
    for (const path of ['imports', 'tags', 'responses']) expect((await cxi.get(`/v1/${path}`)).status).toBe(424)
  })

  statement('CXI-035', async () => {
    expect((await cxi.get('/v1/imports')).text).toBe('{"message":"Please complete the onboarding flow first."}')
  })

  statement('CXI-036', async () => {
    const answers = [
      await cxi.get('/v1/projects'),
      await cxi.post('/v1/projects', { 'project[name]': 'p' }),
      await cxi.put('/v1/projects/1', { 'project[name]': 'p' }),
      await cxi.post('/v1/tags', { 'tag[name]': 't' }),
      await cxi.put('/v1/tags/1', { 'tag[name]': 't' }),
      await cxi.delete('/v1/tags/1'),
      await cxi.upload('feedback_date', '2026-01-01'),
      await cxi.get('/v1/imports/1'),
      await cxi.put('/v1/imports/1', { 'import[name]': 'i' }),
      await cxi.delete('/v1/imports/1'),
      await cxi.post('/v1/exports', {}),
    ]

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([424]))
  })

  statement('CXI-037', async () => {
    expect((await cxi.get('/v1/tags')).json).toEqual({ message: expect.any(String) })
  })

  statement('CXI-038', async () => {
    expect((await cxi.get(PATH)).status).toBe(200)
    expect((await cxi.ask('GET', PATH, { token: null })).status).toBe(401)
  })

  statement('CXI-040', async () => {
    const { json } = await cxi.get(PATH)

    expect(Object.keys(json)).toEqual(['onboarded', 'mode', 'product_category_id', 'product_categories', 'tags'])
  })

  statement('CXI-041', async () => {
    expect((await cxi.get(PATH)).json.onboarded).toBe(false)
  })

  statement('CXI-042', async () => {
    expect((await cxi.get(PATH)).json.mode).toBe('full')
  })

  statement('CXI-043', async () => {
    expect((await cxi.get(PATH)).json.product_category_id).toBeNull()
  })

  statement('CXI-044', async () => {
    for (const category of (await cxi.get(PATH)).json.product_categories) {
      expect(category).toEqual({ id: expect.any(Number), name: expect.any(String) })
    }
  })

  statement('CXI-045', async () => {
    expect((await cxi.get(PATH)).json.product_categories).toEqual(CATEGORIES)
  })

  statement('CXI-046', async () => {
    const ids = (await cxi.get(PATH)).json.product_categories.map(({ id }: { id: number }) => id)

    expect(ids.slice(6, 9)).toEqual([7, 15, 8])
  })

  statement('CXI-047', async () => {
    expect((await cxi.get(PATH)).json.tags).toEqual([])
  })

  statement('CXI-048', async () => {
    const { json } = await cxi.get(PATH)

    expect(json).not.toHaveProperty('project')
    expect(json).not.toHaveProperty('import')
  })

  statement('CXI-049', async () => {
    expect((await cxi.get(PATH)).status).toBe(200)
  })

  statement('CXI-050', async () => {
    await choose()

    expect((await cxi.get(PATH)).json.product_category_id).toBe(9)
  })

  statement('CXI-051', async () => {
    await choose()
    await put(DETAILS)

    expect((await cxi.get(PATH)).json.onboarded).toBe(false)
    expect((await cxi.get('/v1/tags')).status).toBe(424)
  })

  statement('CXI-052', async () => {
    expect((await put({ product_category_id: '15' })).json.product_category_id).toBe(15)
    expect((await put({ product_category_id: '16' })).status).toBe(400)
    expect((await put({ product_category_id: 'nine' })).status).toBe(400)
  })

  statement('CXI-053', async () => {
    await choose()

    expect((await put({ onboarded: 'maybe' })).status).toBe(400)
    expect((await put({ onboarded: 'false' })).json.onboarded).toBe(false)
    expect((await put({ onboarded: 'true' })).json.onboarded).toBe(true)
  })

  statement('CXI-054', async () => {
    expect((await put({ 'project[name]': 'One' })).json.project.name).toBe('One')
    expect((await put({ 'project[name]': 'Other' })).json.project.name).toBe('Other')
  })

  statement('CXI-055', async () => {
    expect((await put({ 'import[name]': 'one.csv' })).json.import.name).toBe('one.csv')
  })

  statement('CXI-056', async () => {
    expect((await put({ 'import[source]': 'Typeform' })).json.import.source).toBe('Typeform')
  })

  statement('CXI-057', async () => {
    expect((await put({ 'import[metric_type]': 'csat' })).json.import.metric_type).toBe('csat')
    expect((await put({ 'import[metric_type]': 'stars' })).status).toBe(400)
  })

  statement('CXI-058', async () => {
    expect((await put({ 'import[name]': 'one.csv', 'import[language]': 'de' })).status).toBe(200)
    await choose()
    await put({ onboarded: 'true' })

    expect((await cxi.get('/v1/imports')).json[0].language).toBe('de')
  })

  statement('CXI-059', async () => {
    expect((await choose()).json).toMatchObject({ onboarded: false, mode: 'full', product_category_id: 9 })
  })

  statement('CXI-060', async () => {
    expect((await choose()).json.product_categories).toEqual(CATEGORIES)
  })

  statement('CXI-061', async () => {
    const { tags } = (await choose()).json
    const names = tags.map(({ name }: { name: string }) => name)
    const others = (await put({ product_category_id: '2' })).json.tags.map(({ name }: { name: string }) => name)

    expect(names).toEqual(expect.arrayContaining(['RETURNS', 'SHIPPING_PACKAGING', 'PRODUCT_QUALITY']))
    expect(others).not.toContain('RETURNS')
    expect(others.length).toBeGreaterThan(0)
  })

  statement('CXI-062', async () => {
    for (const tag of (await choose()).json.tags) {
      expect(Object.keys(tag)).toEqual(['id', 'mode', 'name', 'response_ids'])
      expect(Number.isInteger(tag.id)).toBe(true)
    }
  })

  statement('CXI-063', async () => {
    for (const { mode } of (await choose()).json.tags) expect(mode).toBe('smart')
  })

  statement('CXI-064', async () => {
    for (const { response_ids } of (await choose()).json.tags) expect(response_ids).toEqual([])
  })

  statement('CXI-065', async () => {
    for (const { name } of (await choose()).json.tags) expect(name).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
  })

  statement('CXI-066', async () => {
    const { json } = await choose()

    expect(json.project).toEqual({ name: null, responses: [] })
    expect(json).not.toHaveProperty('import')
  })

  statement('CXI-067', async () => {
    await choose()

    expect((await put(DETAILS)).json.product_category_id).toBe(9)
  })

  statement('CXI-068', async () => {
    expect((await put(DETAILS)).json.project).toEqual({ name: 'Enterprise', responses: [] })
  })

  statement('CXI-069', async () => {
    const { json } = await put(DETAILS)

    expect(Object.keys(json.import)).toEqual(['name', 'source', 'metric_type', 'sample_analyzed'])
    expect(Object.keys(json)).toEqual([
      'onboarded',
      'mode',
      'product_category_id',
      'product_categories',
      'tags',
      'project',
      'import',
    ])
  })

  statement('CXI-070', async () => {
    expect((await put(DETAILS)).json.import.metric_type).toBe('nps')
  })

  statement('CXI-071', async () => {
    expect((await put(DETAILS)).json.import.sample_analyzed).toBe(true)
  })

  statement('CXI-072', async () => {
    expect((await put(DETAILS)).json.import.source).toBe('Survey Monkey')
  })

  statement('CXI-073', async () => {
    expect((await put({ ...DETAILS, 'import[language]': 'fr' })).json.import).not.toHaveProperty('language')
  })

  statement('CXI-074', async () => {
    await choose()
    await put({ onboarded: 'true' })

    expect((await cxi.get(PATH)).json.onboarded).toBe(true)
  })

  statement('CXI-075', async () => {
    await choose()
    await put(DETAILS)

    expect((await put({ onboarded: 'true' })).text).toBe('{"onboarded":true,"mode":"full"}')
  })

  statement('CXI-076', async () => {
    await choose()
    await put({ 'project[name]': 'Enterprise' })
    await put({ 'import[name]': 'important.csv' })
    await put({ 'import[source]': 'Survey Monkey' })

    expect((await cxi.get(PATH)).json).toMatchObject({
      product_category_id: 9,
      project: { name: 'Enterprise' },
      import: { name: 'important.csv', source: 'Survey Monkey', metric_type: null },
    })
  })

  statement('CXI-082', async () => {
    await choose()
    await put(DETAILS)
    await put({ onboarded: 'true' })

    expect((await cxi.get('/v1/projects')).json).toEqual([
      { id: expect.any(Number), name: 'Enterprise', response_count: 0, created_at: expect.any(Number) },
    ])
  })

  statement('CXD-01', async () => {
    await choose()
    await put({ onboarded: 'true' })

    expect((await put({ product_category_id: '1' })).status).toBe(422)
    expect((await put({ onboarded: 'false' })).status).toBe(422)
    expect((await cxi.get(PATH)).json).toEqual({ onboarded: true, mode: 'full' })
  })

  it('the import of the onboarding is the first of the list', async () => {
    await choose()
    await put(DETAILS)
    await put({ onboarded: 'true' })

    expect((await cxi.get('/v1/imports')).json).toMatchObject([
      { name: 'important.csv', source: 'Survey Monkey', metric_type: 'nps', language: 'en', response_count: 0 },
    ])
  })
})

describe('an onboarded account', () => {
  const cxi = useSandbox()

  statement('CXI-039', async () => {
    const { status, text } = await cxi.get(PATH)

    expect(status).toBe(200)
    expect(text).toBe('{"onboarded":true,"mode":"full"}')
  })
})
