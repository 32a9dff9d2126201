import { describe, expect, it } from 'vitest'
import { statement } from './statement.ts'
import { shapeOf, useSandbox } from './test-sandbox.ts'

const PATH = '/v1/imports'
const RESPONSE = [
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

describe('POST /v1/imports', () => {
  const cxi = useSandbox()
  const HEADER = 'feedback,user_id,feedback_date,score,platform,country'
  const LINE = 'I need a custom plan.,mitsu@example.org,1504948149,7,Solaris,Ecuador'
  const upload = (...lines: string[]) => cxi.upload(...(lines.length > 0 ? lines : [HEADER, LINE]))
  const only = async (...lines: string[]) => (await upload(...lines)).json.responses[0]
  const bytes = (size: number) => {
    const content = Buffer.alloc(size, 'x')
    content.write('feedback_date,feedback\n1504948149,')
    content.write('\n', size - 1)
    return cxi.ask('POST', PATH, { file: { content } })
  }

  statement('CXI-174', async () => {
    const { status, json } = await upload()

    expect(status).toBe(201)
    expect((await cxi.get(PATH)).json.map(({ id }: { id: number }) => id)).toEqual([json.id])
  })

  statement('CXI-175', async () => {
    const csv = 'feedback_date\n2026-01-01\n'

    expect((await cxi.ask('POST', PATH, { urlencoded: { file: csv } })).status).toBe(415)
    expect((await cxi.ask('POST', PATH, { json: { file: csv } })).status).toBe(415)
    expect((await cxi.ask('POST', PATH)).status).toBe(415)
  })

  statement('CXI-176', async () => {
    const content = 'feedback_date\n2026-01-01\n'

    expect((await cxi.ask('POST', PATH, { file: { content } })).status).toBe(201)
    expect((await cxi.ask('POST', PATH, { file: { content, part: 'csv' } })).status).toBe(400)
    expect((await cxi.ask('POST', PATH, { form: { file: content } })).status).toBe(400)
  })

  statement('CXI-177', async () => {
    expect((await only('feedback_date,feedback', '2026-01-01,Grüße 😀 日本')).feedback).toBe('Grüße 😀 日本')
    const latin1 = Buffer.from('feedback_date,feedback\n2026-01-01,Gr\xfc\xdfe\n', 'latin1')
    expect((await cxi.ask('POST', PATH, { file: { content: latin1 } })).status).toBe(422)
  })

  statement('CXI-178', async () => {
    expect((await bytes(9_999_999)).status).toBe(201)
    expect((await bytes(10_000_001)).status).toBe(413)
    expect((await bytes(11_000_000)).status).toBe(413)
    expect((await bytes(13_000_000)).status).toBe(413)
  })

  statement('CXI-179', async () => {
    expect((await bytes(10_000_000)).status).toBe(413)
    expect((await cxi.get(PATH)).json).toEqual([])
  })

  statement('CXI-180', async () => {
    const { json } = await upload(
      'feedback_date,feedback',
      '2026-01-01,one',
      '2026-01-02,"two\nlines"',
      '2026-01-03,"a, ""b"""',
    )

    expect(json.responses.map(({ feedback }: { feedback: string }) => feedback)).toEqual([
      'one',
      'two\nlines',
      'a, "b"',
    ])
  })

  statement('CXI-181', async () => {
    expect(await only()).toMatchObject({
      feedback: 'I need a custom plan.',
      user_id: 'mitsu@example.org',
      feedback_date: 1504948149,
      score: 7,
    })
  })

  statement('CXI-182', async () => {
    expect((await only()).custom_properties).toEqual([
      { key: 'platform', data_type: 'string', value: 'Solaris' },
      { key: 'country', data_type: 'string', value: 'Ecuador' },
    ])
  })

  statement('CXI-183', async () => {
    const { status, json } = await upload('feedback,score', 'text,9')

    expect(status).toBe(422)
    expect(json.message).toContain('feedback_date')
    expect((await cxi.get(PATH)).json).toEqual([])
  })

  statement('CXI-184', async () => {
    for (const date of [
      '',
      'yesterday',
      '2026-02-30',
      '2026-13-01',
      '01/02/2026',
      '2026-01-01T10:00:00Z',
      '2026-01-01 25:00',
    ]) {
      const { status, json } = await upload('feedback_date,feedback', '2026-01-01,good', `${date},bad`)

      expect(status).toBe(422)
      expect(json.message).toMatch(/^row 3: feedback_date/)
    }
    expect((await cxi.get(PATH)).json).toEqual([])
  })

  statement('CXI-185', async () => {
    for (const score of ['nine', '9.5', '9.0', '1e1', ' 9']) {
      const { status, json } = await upload('feedback_date,score', `2026-01-01,${score}`)

      expect(status).toBe(422)
      expect(json.message).toMatch(/^row 2: score/)
    }
  })

  statement('CXI-186', async () => {
    expect((await only('feedback_date,score', '2026-01-01,')).score).toBeNull()
  })

  statement('CXI-187', async () => {
    expect((await only('feedback_date', '2026-01-01')).feedback).toBeNull()
    expect((await only('feedback_date,feedback', '2026-01-01,')).feedback).toBeNull()
  })

  statement('CXI-188', async () => {
    expect((await only('feedback_date,user_id', '2026-01-01,007')).user_id).toBe('007')
    expect((await only('feedback_date', '2026-01-01')).user_id).toBeNull()
  })

  statement('CXI-189', async () => {
    for (const score of [0, 10, 100, -3])
      expect((await only('feedback_date,score', `2026-01-01,${score}`)).score).toBe(score)
  })

  statement('CXI-190', async () => {
    for (const name of ['tags', 'wootric_response_id']) {
      const { status, json } = await upload(`feedback_date,${name}`, '2026-01-01,x')

      expect(status).toBe(422)
      expect(json.message).toContain(name)
    }
  })

  const dates = [
    ['CXI-191', '2020-07-16 15:45:30', Date.UTC(2020, 6, 16, 15, 45, 30)],
    ['CXI-192', '2020-07-16 15:45', Date.UTC(2020, 6, 16, 15, 45)],
    ['CXI-193', '2020-07-16', Date.UTC(2020, 6, 16)],
    ['CXI-194', '1594914300', 1_594_914_300_000],
  ] as const
  for (const [id, date, ms] of dates) {
    statement(id, async () => {
      expect((await only('feedback_date', date)).feedback_date).toBe(ms / 1000)
    })
  }

  statement('CXI-195', async () => {
    expect(shapeOf((await upload()).json)).toEqual(
      shapeOf({
        id: 1,
        name: '',
        source: null,
        metric_type: null,
        language: '',
        secondary_product_category_id: null,
        response_count: 0,
        created_at: 0,
        sample_analyzed: false,
        responses: [
          {
            id: 1,
            project_ids: [],
            feedback: '',
            translated_feedback: null,
            user_id: '',
            feedback_date: 1,
            score: 1,
            metric_type: null,
            custom_properties: [{ key: '', data_type: '', value: '' }],
            tags: [],
            sentiment: null,
            wootric_response_id: null,
            wootric_account_id: 1,
          },
        ],
      }),
    )
  })

  statement('CXI-196', async () => {
    const named = async (name: string) =>
      (await cxi.ask('POST', PATH, { file: { name, content: 'feedback_date\n2026-01-01\n' } })).json.name

    expect(await named('data.csv')).toBe('data.csv')
    expect(await named('Größe "2".csv')).toBe('Größe %222%22.csv')
  })

  const fresh = [
    ['CXI-197', 'source', null],
    ['CXI-198', 'metric_type', null],
    ['CXI-199', 'language', 'en'],
    ['CXI-200', 'secondary_product_category_id', null],
    ['CXI-201', 'response_count', 0],
    ['CXI-202', 'sample_analyzed', false],
  ] as const
  for (const [id, field, value] of fresh) {
    statement(id, async () => {
      const { json } = await upload()

      expect(json[field]).toBe(value)
      expect(json.responses).toHaveLength(1)
    })
  }

  statement('CXI-203', async () => {
    expect(Object.keys(await only())).toEqual(RESPONSE)
  })

  const ofResponse = [
    ['CXI-204', 'project_ids', []],
    ['CXI-205', 'translated_feedback', null],
    ['CXI-206', 'feedback_date', 1504948149],
    ['CXI-207', 'score', 7],
    ['CXI-208', 'metric_type', null],
    ['CXI-213', 'wootric_response_id', null],
    ['CXI-214', 'wootric_account_id', 38],
  ] as const
  for (const [id, field, value] of ofResponse) {
    statement(id, async () => {
      const { responses } = (await upload(HEADER, LINE, LINE)).json

      for (const response of responses) expect(response[field]).toEqual(value)
    })
  }

  statement('CXI-209', async () => {
    for (const property of (await only()).custom_properties) {
      expect(Object.keys(property)).toEqual(['key', 'data_type', 'value'])
    }
  })

  statement('CXI-210', async () => {
    expect((await only('feedback_date,age,date', '2026-01-01,42,2026-01-01')).custom_properties).toEqual([
      { key: 'age', data_type: 'string', value: '42' },
      { key: 'date', data_type: 'string', value: '2026-01-01' },
    ])
  })

  statement('CXI-211', async () => {
    const { custom_properties } = await only('feedback_date,Pricing Plan,ärger,"a, b"', '2026-01-01,x,y,z')

    expect(custom_properties.map(({ key }: { key: string }) => key)).toEqual(['Pricing Plan', 'ärger', 'a, b'])
  })

  statement('CXI-212', async () => {
    expect(await only('feedback_date,feedback', '2026-01-01,a terrible refund')).toMatchObject({
      tags: [],
      sentiment: null,
    })
  })

  statement('CXI-215', async () => {
    const one = (await upload(HEADER, LINE, LINE)).json
    const two = (await upload()).json
    const ids = [...one.responses, ...two.responses].map(({ id }: { id: number }) => id)

    expect(new Set(ids).size).toBe(3)
    for (const id of [one.id, two.id, ...ids]) expect(Number.isInteger(id)).toBe(true)
    expect(two.id).toBeGreaterThan(one.id)
  })

  statement('CXI-216', async () => {
    const { json } = await cxi.ask('POST', PATH, {
      file: { content: 'feedback_date\n2026-01-01\n' },
      form: { 'import[name]': 'My name', 'import[source]': 'Intercom', 'import[metric_type]': 'nps' },
    })

    expect(json).toMatchObject({ name: 'data.csv', source: null, metric_type: null })
  })

  it.each([
    ['an empty file', ''],
    ['only a header', 'feedback_date\n'],
    ['only blank lines below the header', 'feedback_date\n\n\n'],
    ['an unclosed quote', 'feedback_date,feedback\n2026-01-01,"open\n'],
    ['too few fields', 'feedback_date,feedback\n2026-01-01\n'],
    ['too many fields', 'feedback_date,feedback\n2026-01-01,a,b\n'],
    ['a column twice', 'feedback_date,a,a\n2026-01-01,1,2\n'],
    ['a column without a name', 'feedback_date,\n2026-01-01,1\n'],
    ['semicolons', 'feedback_date;feedback\n2026-01-01;a\n'],
    ['a NUL', '\0'],
  ])('%s is refused', async (_, content) => {
    const { status, json } = await cxi.ask('POST', PATH, { file: { content } })

    expect(status).toBe(422)
    expect(json).toEqual({ message: expect.any(String) })
    expect((await cxi.get(PATH)).json).toEqual([])
  })

  it('a refusal counts rows as a spreadsheet does, quoted line breaks and blank lines included', async () => {
    const { json } = await upload('feedback_date,feedback', '2026-01-01,"two\nlines"', '', 'never,bad')

    expect(json.message).toMatch(/^row 4: /)
  })

  it('line ends may be CRLF, and the last one may be missing', async () => {
    const { json } = await cxi.ask('POST', PATH, {
      file: { content: 'feedback_date,feedback\r\n2026-01-01,a\r\n2026-01-02,b' },
    })

    expect(json.responses.map(({ feedback }: { feedback: string }) => feedback)).toEqual(['a', 'b'])
  })
})
