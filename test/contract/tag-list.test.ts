import { describe, expect } from 'vitest'
import { statement } from './statement.ts'
import { useSandbox } from './test-sandbox.ts'

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
  'response_count',
  'usage',
  'sentiment_breakdown',
  'children',
]

interface Tag {
  id: number
  name: string
  response_count: number
  children: Tag[]
  [key: string]: unknown
}

describe('the list of tags', () => {
  const cxi = useSandbox()
  const list = async (query: Record<string, string> = {}): Promise<Tag[]> =>
    (await cxi.get('/v1/tags', { per_page: '50', ...query })).json
  const named = async (name: string, query: Record<string, string> = {}) =>
    (await list(query)).find((tag) => tag.name === name) as Tag
  const create = async (name: string, more: Record<string, string> = {}): Promise<Tag> =>
    (await cxi.post('/v1/tags', { 'tag[name]': name, ...more })).json
  const matching = (name: string, ...terms: string[]) =>
    cxi.ask('POST', '/v1/tags', {
      form: [
        ['tag[name]', name],
        ['tag[mode]', 'text_match'],
        ...terms.map((term): [string, string] => ['tag[text_match_terms][]', term]),
      ],
    })

  /** Seven analysed responses: three speak of apples, one of pears. */
  async function analyse(): Promise<void> {
    await matching('apples', 'apple')
    await matching('pears', 'pear')
    await cxi.upload(
      'feedback_date,feedback',
      '2026-01-01,I love this wonderful apple.',
      '2026-01-02,A terrible awful apple.',
      '2026-01-03,The apple is on the table.',
      '2026-01-04,A good pear.',
      '2026-01-05,Nothing to say.',
      '2026-01-06,Something else.',
      '2026-01-07,',
    )
    await cxi.pass(60)
  }

  statement('CXI-093', async () => {
    for (const tag of await list()) {
      expect(Number.isInteger(tag.id)).toBe(true)
      expect(tag.name).toEqual(expect.any(String))
    }
  })

  statement('CXI-094', async () => {
    for (const { display_name } of await list()) expect(display_name).toEqual(expect.any(String))
  })

  statement('CXI-095', async () => {
    await create('described', { 'tag[description]': 'what it is for' })

    expect((await named('DESCRIBED')).description).toBe('what it is for')
    expect((await named('RETURNS')).description).toBeNull()
  })

  statement('CXI-096', async () => {
    await create('by-hand', { 'tag[mode]': 'manual' })
    await matching('by-text', 'word')

    expect(new Set((await list()).map(({ mode }) => mode))).toEqual(new Set(['manual', 'smart', 'text_match']))
  })

  statement('CXI-097', async () => {
    for (const { enabled } of await list()) expect(enabled).toBe(true)
  })

  statement('CXI-098', async () => {
    await matching('by-text', 'one', 'two')

    expect((await named('BY-TEXT')).text_match_terms).toEqual(['one', 'two'])
  })

  statement('CXI-099', async () => {
    expect((await named('RETURNS')).text_match_terms).toEqual([])
  })

  statement('CXI-100', async () => {
    await create('ruled', { 'tag[mode]': 'text_match', 'tag[filter_rules][scores][]': '9' })

    expect((await named('RETURNS')).filter_rules).toEqual({})
    expect((await named('RULED')).filter_rules).toEqual({ scores: ['9'] })
  })

  statement('CXI-101', async () => {
    await analyse()

    for (const { sentiment_breakdown } of await list()) {
      for (const share of Object.values(sentiment_breakdown as object)) expect(share).toEqual(expect.any(Number))
    }
  })

  statement('CXI-102', async () => {
    for (const { sentiment_breakdown } of await list()) {
      expect(Object.keys(sentiment_breakdown as object)).toEqual(['positive', 'neutral', 'negative', 'null'])
    }
  })

  statement('CXI-103', async () => {
    const parent = await create('parent')
    await create('child', { 'tag[parent_id]': `${parent.id}` })

    const { children } = await named('PARENT')

    expect(children.map((child) => Object.keys(child))).toEqual([KEYS])
    expect(children[0]?.name).toBe('CHILD')
  })

  statement('CXI-104', async () => {
    await create('created')

    expect((await named('RETURNS')).scope_by_parent).toBeNull()
    expect((await named('CREATED')).scope_by_parent).toBe(false)
  })

  statement('CXI-105', async () => {
    await analyse()

    expect(await named('APPLES')).toMatchObject({ response_count: 3, usage: expect.any(Number) })
  })

  statement('CXI-106', async () => {
    await analyse()

    // Of seven: 42.857142857142854, the whole double, as 39 of 81 give 48.148148148148145.
    expect((await named('APPLES')).usage).toBe(300 / 7)
    expect((await named('PEARS')).usage).toBe(100 / 7)
    expect(3900 / 81).toBe(48.148148148148145)
  })

  statement('CXI-107', async () => {
    await analyse()

    expect((await named('APPLES')).sentiment_breakdown).toEqual({
      positive: 33.33,
      neutral: 33.33,
      negative: 33.33,
      null: 0,
    })
    expect((await named('PEARS')).sentiment_breakdown).toEqual({ positive: 100, neutral: 0, negative: 0, null: 0 })
  })

  statement('CXI-108', async () => {
    for (const { name, display_name } of await list()) expect(display_name).toBe(name)
  })

  statement('CXI-109', async () => {
    const before = (await list()).length
    await create('another')

    expect(await list()).toHaveLength(before + 1)
  })

  statement('CXI-110', async () => {
    expect(Array.isArray(await list())).toBe(true)
  })

  statement('CXI-111', async () => {
    for (const tag of await list()) expect(Object.keys(tag)).toEqual(KEYS)
  })

  statement('CXI-116', async () => {
    await create('child', { 'tag[parent_id]': `${(await create('parent')).id}` })

    expect(await list()).toEqual(await list({ flat: 'false' }))
    expect(await named('CHILD')).toBeUndefined()
  })

  statement('CXI-117', async () => {
    const parent = await create('parent')
    const child = await create('child', { 'tag[parent_id]': `${parent.id}` })
    await create('grandchild', { 'tag[parent_id]': `${child.id}` })

    const [found] = (await named('PARENT')).children

    expect(found?.name).toBe('CHILD')
    expect(found?.children.map(({ name }) => name)).toEqual(['GRANDCHILD'])
  })

  statement('CXI-118', async () => {
    await create('child', { 'tag[parent_id]': `${(await create('parent')).id}` })

    expect((await named('CHILD', { flat: 'true' })).children).toEqual([])
    expect((await named('PARENT', { flat: 'true' })).children).toEqual([])
  })

  statement('CXI-119', async () => {
    await analyse()
    const names = (await list()).map(({ name }) => name).toSorted()

    expect((await list({ sort: 'name_asc' })).map(({ name }) => name)).toEqual(names)
    expect((await list({ sort: 'name_desc' })).map(({ name }) => name)).toEqual(names.toReversed())
    const counts = (await list({ sort: 'responses_asc' })).map((tag) => tag.response_count)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
    expect(counts.at(-1)).toBe(3)
    expect((await cxi.get('/v1/tags', { sort: 'responses_desc' })).status).toBe(400)
  })

  statement('CXI-120', async () => {
    await analyse()

    const counts = (await list()).map((tag) => tag.response_count)

    expect(counts).toEqual(counts.toSorted((a, b) => b - a))
    expect((await list())[0]?.name).toBe('APPLES')
  })

  statement('CXI-121', async () => {
    const found = async (search: string) => (await list({ search })).map(({ name }) => name)

    expect(await found('shipping')).toEqual(['SHIPPING_PACKAGING'])
    expect(await found('packaging shipping')).toEqual(['SHIPPING_PACKAGING'])
    expect(await found('ship')).toEqual([])
    expect(await found('nothing')).toEqual([])
  })

  statement('CXI-122', async () => {
    const [tag] = await list({ no_stats: 'true' })

    expect(Object.keys(tag ?? {})).toEqual(
      KEYS.filter((key) => !['response_count', 'usage', 'sentiment_breakdown'].includes(key)),
    )
    expect(await list({ no_stats: 'false' })).toEqual(await list())
  })

  statement('CXI-123', async () => {
    await cxi.control('PUT', 'tags', { name: 'RETURNS', enabled: false })

    const names = (await list({ exclude_disabled: 'true' })).map(({ name }) => name)

    expect((await named('RETURNS')).enabled).toBe(false)
    expect(names).not.toContain('RETURNS')
    expect(names).toHaveLength((await list()).length - 1)
  })
})
