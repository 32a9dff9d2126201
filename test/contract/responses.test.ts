import { describe, expect } from 'vitest'
import { statement } from './statement.ts'
import { useSandbox } from './test-sandbox.ts'

const PATH = '/v1/responses'
const KEYS = [
  'id',
  'project_ids',
  'feedback',
  'translated_feedback',
  'user_id',
  'feedback_date',
  'score',
  'metric_type',
  'custom_properties',
  'tags',
  'sentiment',
  'wootric_response_id',
  'wootric_account_id',
]

interface Response {
  id: number
  feedback: string | null
  feedback_date: number
  sentiment: string | null
  tags: { id: number; name: string; sentiment: string | null }[]
  [key: string]: unknown
}

describe('responses', () => {
  const cxi = useSandbox()
  const items = async (query: Record<string, string> = {}): Promise<Response[]> =>
    (await cxi.get(PATH, query)).json.items

  /** Four analysed responses in an import of one project. */
  async function fill(): Promise<number> {
    const project = (await cxi.post('/v1/projects', { 'project[name]': 'Enterprise' })).json.id
    const { id } = (
      await cxi.upload(
        'feedback_date,feedback,user_id,score,plan',
        '2026-01-03,The delivery was terrible. But I love the quality!,anna,9,Lite',
        '2026-01-01,I hate the awful delivery.,ben,1,Pro',
        '2026-01-04,The box is brown.,,5,Lite',
        '2026-01-02,,cleo,,Lite',
      )
    ).json
    await cxi.put(`/v1/imports/${id}`, { 'import[metric_type]': 'CES', 'import[project_ids][]': `${project}` })
    await cxi.pass(60)
    return project
  }

  statement('CXI-244', async () => {
    await fill()

    for (const { id, feedback } of await items()) {
      expect(Number.isInteger(id)).toBe(true)
      expect(feedback === null || typeof feedback === 'string').toBe(true)
    }
  })

  statement('CXI-245', async () => {
    await fill()

    for (const { feedback_date } of await items()) expect(Number.isInteger(feedback_date)).toBe(true)
  })

  statement('CXI-246', async () => {
    await fill()

    expect((await items({ sort_order: 'asc' })).map(({ user_id }) => user_id)).toEqual(['ben', 'cleo', 'anna', null])
  })

  statement('CXI-247', async () => {
    await fill()

    for (const { metric_type } of await items()) expect(metric_type).toBe('ces')
  })

  statement('CXI-248', async () => {
    await fill()

    expect((await items({ sort_order: 'asc' })).map(({ score }) => score)).toEqual([1, null, 9, 5])
  })

  statement('CXI-249', async () => {
    await fill()

    const sentiments = (await items({ sort_order: 'asc' })).map(({ sentiment }) => sentiment)

    expect(sentiments[0]).toBe('negative')
    expect(sentiments[1]).toBeNull()
    expect(['positive', 'negative', 'neutral']).toContain(sentiments[2])
    expect(sentiments[3]).toBe('neutral')
  })

  statement('CXI-250', async () => {
    const project = await fill()

    for (const { project_ids } of await items()) expect(project_ids).toEqual([project])
  })

  statement('CXI-251', async () => {
    await fill()

    const tags = (await items()).flatMap((response) => response.tags)

    expect(tags.length).toBeGreaterThan(0)
    for (const tag of tags) expect(tag).toMatchObject({ id: expect.any(Number), name: expect.any(String) })
  })

  statement('CXI-252', async () => {
    await fill()

    expect((await items({ sort_order: 'asc' }))[0]?.custom_properties).toEqual([
      { key: 'plan', data_type: 'string', value: 'Pro' },
    ])
  })

  statement('CXI-253', async () => {
    await fill()
    await cxi.upload('feedback_date,feedback', '2026-03-01,another import')

    expect(await items()).toHaveLength(5)
  })

  statement('CXI-254', async () => {
    expect((await cxi.get(PATH)).text).toBe('{"total_count":0,"items":[]}')
  })

  statement('CXI-255', async () => {
    await fill()

    const { total_count, items: page } = (await cxi.get(PATH, { per_page: '2', page: '2' })).json

    expect([total_count, page.length]).toEqual([4, 2])
  })

  statement('CXI-256', async () => {
    await fill()

    for (const response of await items()) expect(Object.keys(response)).toEqual(KEYS)
  })

  statement('CXI-257', async () => {
    await fill()

    for (const tag of (await items()).flatMap((response) => response.tags)) {
      expect(Object.keys(tag)).toEqual([
        'id',
        'name',
        'display_name',
        'description',
        'mode',
        'sentiment',
        'text_match_terms',
        'filter_rules',
      ])
    }
  })

  statement('CXI-258', async () => {
    await fill()

    const { tags } = (await items({ sort_order: 'asc' }))[2] as Response

    expect(tags.map(({ name, sentiment }) => [name, sentiment]).toSorted()).toEqual([
      ['PRODUCT_QUALITY', 'positive'],
      ['SHIPPING_PACKAGING', 'negative'],
    ])
  })

  statement('CXI-259', async () => {
    await cxi.upload('feedback_date,feedback', '2026-01-01,The delivery was late')
    const names = async () => (await items())[0]?.tags.map(({ name }) => name)
    expect(await names()).toEqual([])

    await cxi.pass(60)

    expect(await names()).toEqual(['SHIPPING_PACKAGING'])
  })

  statement('CXI-264', async () => {
    await fill()
    const dates = async (query: Record<string, string>) => (await items(query)).map((item) => item.feedback_date)

    const ascending = await dates({ sort_order: 'asc' })

    expect(ascending).toEqual(ascending.toSorted((a, b) => a - b))
    expect(await dates({ sort_order: 'desc' })).toEqual(ascending.toReversed())
    expect(await dates({})).toEqual(ascending.toReversed())
    expect((await cxi.get(PATH, { sort_order: 'up' })).status).toBe(400)
  })

  statement('CXI-265', async () => {
    const { id, responses } = (await cxi.upload('feedback_date', '2026-01-02', '2026-01-01')).json
    const ids = (list: Response[]) => list.map((response) => response.id)

    expect(ids((await cxi.get(`/v1/imports/${id}`)).json.responses)).toEqual(ids(responses))
    expect(ids(await items())).toEqual(ids(responses))
  })

  statement('CXI-266', async () => {
    const [response] = (await cxi.upload('feedback_date', '2026-01-02')).json.responses

    for (const method of ['GET', 'PUT', 'DELETE']) {
      expect((await cxi.ask(method, `${PATH}/${response.id}`)).status).toBe(404)
    }
    expect((await cxi.post(PATH, {})).status).toBe(405)
    expect((await items({ import_id: '999', project_id: '999', feedback_date: '5' })).map(({ id }) => id)).toEqual([
      response.id,
    ])
  })
})
