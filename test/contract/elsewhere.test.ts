import { describe, expect } from 'vitest'
import { statement } from './statement.ts'
import { CLIENT, useSandbox } from './test-sandbox.ts'

interface Property {
  key: string
  data_type: string
  value: string
}

describe('what is documented elsewhere', () => {
  const cxi = useSandbox()
  const properties = async () => {
    const { items } = (await cxi.get('/v1/responses', { sort_order: 'asc' })).json
    return items.map((item: { custom_properties: Property[] }) => item.custom_properties)
  }

  statement('CXD-08', async () => {
    expect((await cxi.get('/v1/imports', { page: 'x' })).status).toBe(400)
    expect((await cxi.ask('GET', '/v1/imports', { token: 'wrong' })).status).toBe(401)
    expect((await cxi.get('/v1/imports/999')).status).toBe(404)
    const rules = [{ match: 'GET /v1/imports', do: 'status', status: 500 }]
    await cxi.control('PUT', 'faults', { rules })
    expect((await cxi.get('/v1/imports')).status).toBe(500)
  })

  statement('CXD-11', async () => {
    const { responses } = (await cxi.upload('feedback_date,plan', '2026-01-01,Lite', '2026-01-02,Pro')).json
    const content = `response_id,plan,born___datetime:%m/%d/%Y,visits___integer,rate___double\n${responses[0].id},Max,01/02/1990,3,0.5\n`

    for (const path of ['responses', 'reports']) {
      const sent = { file: { part: 'csv', content } }
      expect((await cxi.ask('PUT', `/v1/${path}/update_bulk_properties`, sent)).status).toBe(200)
    }

    expect(await properties()).toEqual([
      [
        { key: 'plan', data_type: 'string', value: 'Max' },
        { key: 'born', data_type: 'datetime', value: '01/02/1990' },
        { key: 'visits', data_type: 'integer', value: '3' },
        { key: 'rate', data_type: 'double', value: '0.5' },
      ],
      [{ key: 'plan', data_type: 'string', value: 'Pro' }],
    ])
    for (const wrong of ['response_id,plan\n999,x\n', 'id,plan\n1,x\n', `response_id,plan\n${responses[0].id}\n`]) {
      const sent = { file: { part: 'csv', content: wrong } }
      expect((await cxi.ask('PUT', '/v1/responses/update_bulk_properties', sent)).status).toBe(422)
    }
  })

  statement('CXD-12', async () => {
    const { responses } = (
      await cxi.upload('feedback_date,user_id,plan', '2026-01-01,anna,a', '2026-01-02,ben,b', '2026-01-03,anna,c')
    ).json
    const form = (...fields: [string, string][]) => cxi.ask('PUT', '/v1/segments/update_bulk', { form: fields })

    await form(
      ['responses[][id]', `${responses[0].id}`],
      ['responses[][custom_properties][][key]', 'plan'],
      ['responses[][custom_properties][][value]', 'A'],
      ['responses[][custom_properties][][key]', 'seat'],
      ['responses[][custom_properties][][value]', '1'],
      ['responses[][id]', `${responses[1].id}`],
      ['responses[][custom_properties][][key]', 'plan'],
      ['responses[][custom_properties][][value]', 'B'],
    )
    await form(
      ['users[][user_id]', 'anna'],
      ['users[][custom_properties][][key]', 'vip'],
      ['users[][custom_properties][][value]', 'yes'],
    )

    const values = (await properties()).map((list: Property[]) => list.map(({ key, value }) => `${key}=${value}`))
    expect(values).toEqual([['plan=A', 'seat=1', 'vip=yes'], ['plan=B'], ['plan=c', 'vip=yes']])
    expect((await form(['responses[][id]', '999'])).status).toBe(422)
  })

  statement('CXD-13', async () => {
    const project = (await cxi.post('/v1/projects', { 'project[name]': 'p' })).json.id
    const tag = async (name: string, ...rules: [string, string][]) => {
      const fields: [string, string][] = [
        ['tag[name]', name],
        ['tag[mode]', 'text_match'],
        ['tag[text_match_terms][]', 'apple'],
      ]
      const form = [...fields, ...rules.map(([key, value]): [string, string] => [`tag${key}`, value])]
      return (await cxi.ask('POST', '/v1/tags', { form })).json.id as number
    }
    await tag('plain')
    await tag('scored', ['[filter_rules][scores][]', '1'], ['[filter_rules][scores][]', '2'])
    await tag('felt', ['[filter_rules][sentiments][]', 'positive'])
    await tag('planned', ['[filter_rules][properties][plan][]', 'Lite'])
    await tag('projected', ['[filter_rules][project_ids][]', `${project}`])
    await tag('both', ['[filter_rules][scores][]', '2'], ['[filter_rules][sentiments][]', 'positive'])
    const parent = (
      await cxi.ask('POST', '/v1/tags', {
        form: [
          ['tag[name]', 'parent'],
          ['tag[mode]', 'text_match'],
          ['tag[text_match_terms][]', 'pear'],
        ],
      })
    ).json.id
    await tag('child', ['[parent_id]', `${parent}`], ['[scope_by_parent]', 'true'])

    const { id } = (
      await cxi.upload(
        'feedback_date,feedback,score,plan',
        '2026-01-01,I love the apple and the pear,2,Pro',
        '2026-01-02,A terrible apple,2,Lite',
        '2026-01-03,Pineapples and pears,1,Lite',
      )
    ).json
    const projected = (await cxi.upload('feedback_date,feedback', '2026-01-04,an apple')).json.id
    await cxi.put(`/v1/imports/${projected}`, { 'import[project_ids][]': `${project}` })
    await cxi.pass(60)

    const tagsOf = async (of: number) =>
      (await cxi.get(`/v1/imports/${of}`)).json.responses.map(({ tags }: { tags: { name: string }[] }) =>
        tags.map(({ name }) => name),
      )
    expect(await tagsOf(id)).toEqual([
      ['PLAIN', 'SCORED', 'FELT', 'BOTH', 'PARENT', 'CHILD'],
      ['PLAIN', 'SCORED', 'PLANNED'],
      [],
    ])
    expect(await tagsOf(projected)).toEqual([['PLAIN', 'PROJECTED']])
  })
})

describe('a rate limit', () => {
  const cxi = useSandbox({ unknowns: { 'U-16': 'on' }, rateLimit: 3 })
  const remaining = async () => (await cxi.get('/v1/tags')).headers.get('x-rate-limit-remaining')

  statement('CXD-06', async () => {
    const { headers } = await cxi.get('/v1/tags')

    expect(headers.get('x-rate-limit-limit')).toBe('3')
    expect(headers.get('x-rate-limit-remaining')).toBe('2')
    const reset = Number(headers.get('x-rate-limit-reset'))
    expect(reset % 60).toBe(0)
    expect(reset - Date.now() / 1000).toBeLessThanOrEqual(60)
  })

  statement('CXD-07', async () => {
    expect([await remaining(), await remaining(), await remaining()]).toEqual(['2', '1', '0'])

    const refused = await cxi.get('/v1/tags')

    expect(refused).toMatchObject({ status: 429, json: { message: expect.any(String) } })
    expect(refused.headers.get('x-rate-limit-remaining')).toBe('0')
    const other = await cxi.ask('POST', '/oauth/token', {
      token: null,
      form: { ...CLIENT, client_id: 'other', client_secret: 'other' },
    })
    expect((await cxi.ask('GET', '/v1/tags', { token: other.json.access_token })).status).toBe(200)
    await cxi.pass(60)
    expect(await remaining()).toBe('2')
  })
})

describe("a 404 in the product family's form", () => {
  const cxi = useSandbox({ unknowns: { 'U-04': 'error-list' } })

  statement('CXD-10', async () => {
    expect(await cxi.get('/v1/imports/999')).toMatchObject({
      status: 404,
      json: {
        type: 'error_list',
        errors: [{ status: 'record_not_found', message: 'The record could not be found', field: null }],
      },
    })
  })
})
