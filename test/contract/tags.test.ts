import { describe, expect } from 'vitest'
import { statement } from './statement.ts'
import { useSandbox } from './test-sandbox.ts'

const PATH = '/v1/tags'
const KEYS = [
  'id',
  'name',
  'display_name',
  'description',
  'mode',
  'enabled',
  'scope_by_parent',
  'text_match_terms',
  'filter_rules',
]

type Form = Record<string, string> | [string, string][]

const termsForm = (...terms: string[]): [string, string][] => [
  ['tag[name]', 'my-tag'],
  ['tag[mode]', 'text_match'],
  ...terms.map((term): [string, string] => ['tag[text_match_terms][]', term]),
]
const many = (count: number) => Array.from({ length: count }, (_, index) => `term ${index}`)

describe('tags', () => {
  const cxi = useSandbox()
  const post = (form: Form) => cxi.ask('POST', PATH, { form })
  const put = (id: number, form: Form) => cxi.ask('PUT', `${PATH}/${id}`, { form })
  const named = async (name: string) =>
    (await cxi.get(PATH, { per_page: '50', flat: 'true' })).json.find((tag: { name: string }) => tag.name === name)

  statement('CXI-124', async () => {
    const { status, json } = await post({ 'tag[name]': 'one' })

    expect(status).toBe(201)
    expect((await named('ONE')).id).toBe(json.id)
  })

  statement('CXI-125', async () => {
    const { status, json } = await post({ 'tag[name]': 'clever', 'tag[mode]': 'smart' })

    expect(status).toBe(422)
    expect(json.message).toContain('manual or text_match')
    expect(await named('CLEVER')).toBeUndefined()
  })

  statement('CXI-126', async () => {
    expect((await post({ 'tag[name]': 'Été 2026' })).json.name).toBe('ÉTÉ 2026')
    for (const form of [{}, { 'tag[name]': '' }, { 'tag[name]': ' ' }, { 'tag[name][]': 'x' }]) {
      expect((await post(form as Record<string, string>)).status).toBe(400)
    }
  })

  statement('CXI-127', async () => {
    expect((await post({ 'tag[name]': 'one', 'tag[description]': 'What for' })).json.description).toBe('What for')
    expect((await post({ 'tag[name]': 'two' })).json.description).toBeNull()
  })

  statement('CXI-128', async () => {
    expect((await post({ 'tag[name]': 'one', 'tag[mode]': 'manual' })).json.mode).toBe('manual')
    expect((await post({ 'tag[name]': 'two', 'tag[mode]': 'text_match' })).json.mode).toBe('text_match')
    expect((await post({ 'tag[name]': 'three', 'tag[mode]': 'other' })).status).toBe(422)
  })

  statement('CXI-129', async () => {
    const parent = (await post({ 'tag[name]': 'parent' })).json
    await post({ 'tag[name]': 'child', 'tag[parent_id]': `${parent.id}` })

    const listed = (await cxi.get(PATH, { search: 'parent' })).json

    expect(listed[0].children.map(({ name }: { name: string }) => name)).toEqual(['CHILD'])
    expect((await post({ 'tag[name]': 'lost', 'tag[parent_id]': '999' })).status).toBe(422)
    expect((await post({ 'tag[name]': 'lost', 'tag[parent_id]': 'x' })).status).toBe(400)
    expect((await put(parent.id, { 'tag[parent_id]': `${parent.id}` })).status).toBe(422)
  })

  statement('CXI-130', async () => {
    expect((await post(termsForm('one', 'two'))).json.text_match_terms).toEqual(['one', 'two'])
    expect((await post({ 'tag[name]': 'by-hand', 'tag[text_match_terms][]': 'x' })).json.text_match_terms).toEqual([])
  })

  statement('CXI-131', async () => {
    expect((await post(termsForm(...many(101)))).status).toBe(422)
    expect((await post(termsForm(...many(100)))).json.text_match_terms).toHaveLength(100)
  })

  statement('CXI-132', async () => {
    const rules: [string, string][] = [
      ['tag[filter_rules][scores][]', '9'],
      ['tag[filter_rules][scores][]', '10'],
      ['tag[filter_rules][properties][plan][]', 'Lite'],
    ]

    const { json } = await post([...termsForm('one'), ...rules])

    expect(json.filter_rules).toEqual({ scores: ['9', '10'], properties: { plan: ['Lite'] } })
    expect((await post({ 'tag[name]': 'other', 'tag[mode]': 'text_match', 'tag[filter_rules]': 'text' })).status).toBe(
      400,
    )
  })

  statement('CXI-133', async () => {
    expect((await post({ 'tag[name]': 'my-tag' })).json.name).toBe('MY-TAG')
  })

  statement('CXI-134', async () => {
    expect((await post({ 'tag[name]': 'a-b_c d' })).json.name).toBe('A-B_C D')
  })

  statement('CXI-135', async () => {
    expect((await post({ 'tag[name]': 'my-tag' })).json.display_name).toBe('MY-TAG')
  })

  statement('CXI-136', async () => {
    expect(Object.keys((await post(termsForm('one'))).json)).toEqual(KEYS)
  })

  statement('CXI-137', async () => {
    const { json } = await post({ 'tag[name]': 'one' })

    for (const key of ['response_count', 'usage', 'sentiment_breakdown', 'children']) {
      expect(json).not.toHaveProperty(key)
    }
  })

  statement('CXI-138', async () => {
    expect((await post({ 'tag[name]': 'one' })).json.enabled).toBe(true)
  })

  statement('CXI-139', async () => {
    expect((await post({ 'tag[name]': 'one' })).json.scope_by_parent).toBe(false)
  })

  statement('CXI-140', async () => {
    expect((await post(termsForm('Zebra', 'apple', 'Mango'))).json.text_match_terms).toEqual([
      'Zebra',
      'apple',
      'Mango',
    ])
  })

  statement('CXI-141', async () => {
    expect((await post({ 'tag[name]': 'one' })).json.filter_rules).toEqual({})
  })

  statement('CXI-142', async () => {
    const { id } = (await post({ 'tag[name]': 'one' })).json

    expect((await put(id, { 'tag[description]': 'changed' })).status).toBe(200)
    expect((await named('ONE')).description).toBe('changed')
    expect((await put(999, { 'tag[name]': 'x' })).status).toBe(404)
  })

  statement('CXI-143', async () => {
    const parent = (await post({ 'tag[name]': 'parent' })).json
    const { id } = (await post({ 'tag[name]': 'one' })).json

    const { json } = await put(id, [
      ['tag[name]', 'other'],
      ['tag[description]', 'text'],
      ['tag[mode]', 'text_match'],
      ['tag[parent_id]', `${parent.id}`],
      ['tag[text_match_terms][]', 'term'],
      ['tag[filter_rules][scores][]', '3'],
    ])

    expect(json).toMatchObject({
      name: 'OTHER',
      description: 'text',
      mode: 'text_match',
      text_match_terms: ['term'],
      filter_rules: { scores: ['3'] },
    })
    expect((await cxi.get(PATH, { search: 'parent' })).json[0].children[0].id).toBe(id)
  })

  statement('CXI-144', async () => {
    const { id } = (await post(termsForm('one'))).json

    expect((await put(id, termsForm(...many(101)))).status).toBe(422)
    expect((await named('MY-TAG')).text_match_terms).toEqual(['one'])
  })

  statement('CXI-145', async () => {
    const before = (await post([...termsForm('one'), ['tag[description]', 'text']])).json

    const { json } = await put(before.id, { 'tag[name]': 'renamed' })

    expect(json).toEqual({ ...before, name: 'RENAMED', display_name: 'RENAMED' })
  })

  statement('CXI-146', async () => {
    const { id } = (await post(termsForm('term1', 'term2', 'term3'))).json

    const { json } = await put(id, [
      ['tag[text_match_terms][]', 'term3'],
      ['tag[text_match_terms][]', 'term4'],
    ])

    expect(json.text_match_terms).toEqual(['term3', 'term4'])
  })

  statement('CXI-147', async () => {
    const { id } = (await post({ 'tag[name]': 'one' })).json

    expect((await put(id, { 'tag[name]': 'my-updated-tag' })).json).toMatchObject({
      name: 'MY-UPDATED-TAG',
      display_name: 'MY-UPDATED-TAG',
    })
  })

  statement('CXI-148', async () => {
    const { id } = (await post({ 'tag[name]': 'one' })).json

    expect((await put(id, { 'tag[name]': 'two', 'tag[id]': '5' })).json.id).toBe(id)
  })

  statement('CXI-149', async () => {
    const { id } = (await post({ 'tag[name]': 'one' })).json

    expect(Object.keys((await put(id, { 'tag[name]': 'two' })).json)).toEqual(KEYS)
  })

  statement('CXI-150', async () => {
    const { id } = (await post({ 'tag[name]': 'one' })).json

    await cxi.delete(`${PATH}/${id}`)

    expect(await named('ONE')).toBeUndefined()
    expect((await cxi.delete(`${PATH}/${id}`)).status).toBe(404)
  })

  statement('CXI-151', async () => {
    const { id } = (await post({ 'tag[name]': 'one' })).json

    expect(await cxi.delete(`${PATH}/${id}`)).toMatchObject({ status: 200, text: '' })
  })

  statement('CXI-152', async () => {
    const { id } = (await post({ 'tag[name]': 'one' })).json

    expect((await cxi.get(`${PATH}/${id}`)).status).toBe(405)
  })

  statement('CXI-153', async () => {
    const { id } = (await post({ 'tag[name]': 'one', 'tag[enabled]': 'false' })).json

    expect((await put(id, { 'tag[enabled]': 'false' })).json.enabled).toBe(true)
  })
})
