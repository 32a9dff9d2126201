import { afterAll, describe, expect, it } from 'vitest'
import { startSandbox } from '../../sandbox/server.ts'
import { DEFAULT_UNKNOWNS, UNKNOWNS, type UnknownId, type Unknowns, unknownsOf } from '../../sandbox/unknowns.ts'
import { CLIENT, type Got, TestSandbox } from './test-sandbox.ts'

type Form = Record<string, string>
type Observe = (cxi: TestSandbox) => Promise<unknown>

const upload = (cxi: TestSandbox, content: string | Uint8Array<ArrayBuffer>) =>
  cxi.ask('POST', '/v1/imports', { file: { content } })
const statusOf = (answer: Promise<Got>) => answer.then(({ status }) => status)
const tag = (cxi: TestSandbox, form: Form) => cxi.post('/v1/tags', { 'tag[name]': 'tag', ...form })
const sized = (bytes: number) => {
  const content = Buffer.alloc(bytes, 'x')
  content.write('feedback_date,feedback\n1504948149,')
  return content
}
const terms = (count: number): [string, string][] => [
  ['tag[name]', 'terms'],
  ['tag[mode]', 'text_match'],
  ...Array.from({ length: count }, (_, index): [string, string] => ['tag[text_match_terms][]', `term ${index}`]),
]
const dateOf = async (cxi: TestSandbox, date: string) =>
  (await upload(cxi, `feedback_date\n${date}\n`)).json.responses[0].feedback_date
const twice = async (cxi: TestSandbox, path: string, form: Form) => {
  await cxi.post(path, form)
  return statusOf(cxi.post(path, form))
}

/** What shows how a question was decided. */
const OBSERVE: Record<UnknownId, Observe> = {
  'U-01': (cxi) => twice(cxi, '/v1/exports', {}),
  'U-02': (cxi) => statusOf(cxi.put('/v1/onboarding', { product_category_id: '2' })),
  'U-03': async (cxi) => (await cxi.ask('GET', '/v1/tags', { token: 'wrong' })).text,
  'U-04': async (cxi) => (await cxi.get('/v1/imports/999')).text,
  'U-05': async (cxi) => {
    const { status, json } = await upload(cxi, 'feedback_date\n2026-01-01\nnever\n')
    return status === 201 ? json.responses.length : status
  },
  'U-06': (cxi) => statusOf(cxi.get('/v1/imports', { page: '31', per_page: '51' })),
  'U-07': (cxi) => statusOf(cxi.post('/v1/projects', { 'project[name]': 'p' })),
  'U-08': async (cxi) => {
    const { json } = await upload(cxi, 'feedback_date\n2026-01-01\n')
    return [
      await statusOf(cxi.put(`/v1/imports/${json.id}`, { 'import[tag_names][]': 'NOWHERE' })),
      await statusOf(cxi.put(`/v1/imports/${json.id}`, { 'import[project_ids][]': '999' })),
    ]
  },
  'U-09': async (cxi) => {
    const { status, json } = await cxi.ask('POST', '/v1/tags', { form: terms(101) })
    return json.text_match_terms?.length ?? status
  },
  'U-10': async (cxi) => {
    const { status, json } = await tag(cxi, { 'tag[mode]': 'smart' })
    return json.mode ?? status
  },
  'U-11': async (cxi) => [await dateOf(cxi, '2026-01-01 12:00'), await dateOf(cxi, '2026-07-01 12:00')],
  'U-12': async (cxi) => [
    await statusOf(upload(cxi, sized(10_000_000))),
    await statusOf(upload(cxi, sized(10_485_760))),
    await statusOf(upload(cxi, sized(10_485_761))),
  ],
  'U-13': async (cxi) => [
    await statusOf(upload(cxi, '\ufefffeedback_date\n2026-01-01\n')),
    await statusOf(upload(cxi, 'feedback_date;feedback\n2026-01-01;a\n')),
    await statusOf(upload(cxi, Buffer.from('\ufefffeedback_date\n2026-01-01\n', 'utf16le'))),
  ],
  'U-14': async (cxi) => [
    await twice(cxi, '/v1/projects', { 'project[name]': 'p' }),
    await twice(cxi, '/v1/tags', { 'tag[name]': 't' }),
  ],
  'U-15': (cxi) => statusOf(cxi.put('/v1/onboarding', { onboarded: 'true' })),
  'U-16': async (cxi) => {
    const answers = [await cxi.get('/v1/tags'), await cxi.get('/v1/tags'), await cxi.get('/v1/tags')]
    return answers.map(({ status, headers }) => [status, headers.get('x-rate-limit-remaining')])
  },
  'U-17': (cxi) => statusOf(cxi.ask('POST', '/oauth/token', { token: null, form: CLIENT })),
  'U-18': async (cxi) => {
    const { status, json } = await upload(cxi, ' Feedback_Date ,SCORE\n2026-01-01,9\n')
    return json.responses?.[0].score ?? status
  },
  'U-19': (cxi) => statusOf(tag(cxi, { 'tag[text_match_terms][3]': 'a', 'tag[text_match_terms][1]': 'b' })),
  'U-20': (cxi) => statusOf(cxi.ask('POST', '/v1/projects', { json: { project: { name: 'p' } } })),
  'U-21': (cxi) => statusOf(cxi.post('/v1/exports', { export_type: 'tags' })),
  'U-22': async (cxi) => {
    await upload(cxi, 'feedback_date,feedback\n2026-01-01,first\n2026-01-01,second\n')
    const { items } = (await cxi.get('/v1/responses')).json
    return items.map(({ feedback }: { feedback: string }) => feedback)
  },
  'U-23': async (cxi) => (await cxi.get('/v1/tags', { search: 'ship' })).json.length,
  'U-24': async (cxi) => {
    const { json } = await upload(cxi, 'feedback_date\n2026-01-01\n')
    await cxi.pass(60)
    return [json.response_count, (await cxi.get('/v1/imports')).json[0].response_count]
  },
  'U-25': async (cxi) => {
    const { json } = await cxi.post('/v1/projects', { 'project[name]': 'p' })
    return statusOf(cxi.ask('PATCH', `/v1/projects/${json.id}`, { form: { 'project[name]': 'q' } }))
  },
}

const NOON = Date.UTC(2026, 0, 1, 12) / 1000
const SUMMER = Date.UTC(2026, 6, 1, 12) / 1000

/** What is to be seen in each setting. */
const EXPECTED: { [Id in UnknownId]: Record<Unknowns[Id], unknown> } = {
  'U-01': { '400': 400, '409': 409, '422': 422, '423': 423, '429': 429 },
  'U-02': { '403': 403, '404': 404, '422': 422, ignore: 200 },
  'U-03': {
    message: '{"message":"The access token is invalid."}',
    oauth: '{"error":"invalid_token","error_description":"The access token is invalid"}',
    empty: '',
  },
  'U-04': {
    message: '{"message":"There is no import 999."}',
    rails: '{"status":404,"error":"Not Found"}',
    'error-list':
      '{"type":"error_list","errors":[{"status":"record_not_found","message":"The record could not be found","field":null}]}',
  },
  'U-05': { 'reject-file': 422, 'reject-file-400': 400, 'skip-rows': 1 },
  'U-06': { refuse: 400, clamp: 200 },
  'U-07': { '200': 200, '201': 201 },
  'U-08': { ignore: [200, 200], refuse: [422, 422] },
  'U-09': { refuse: 422, cut: 100 },
  'U-10': { refuse: 422, 'refuse-400': 400, manual: 'manual' },
  'U-11': { utc: [NOON, SUMMER], pacific: [NOON + 8 * 3600, SUMMER + 7 * 3600] },
  'U-12': { 'below-10-mb': [413, 413, 413], 'up-to-10-mb': [201, 413, 413], 'up-to-10-mib': [201, 201, 413] },
  'U-13': { bom: [201, 422, 422], strict: [422, 422, 422], detect: [201, 201, 201] },
  'U-14': { refuse: [422, 422], allow: [201, 201] },
  'U-15': { refuse: 422, accept: 200 },
  'U-16': {
    off: [
      [200, null],
      [200, null],
      [200, null],
    ],
    on: [
      [200, '1'],
      [200, '0'],
      [429, '0'],
    ],
    'without-headers': [
      [200, null],
      [200, null],
      [429, null],
    ],
  },
  'U-17': { 'one-host': 200, 'two-hosts': 404 },
  'U-18': { exact: 422, lenient: 9 },
  'U-19': { 'from-zero': 400, anywhere: 201 },
  'U-20': { accept: 201, ignore: 400 },
  'U-21': { refuse: 400, responses: 201 },
  'U-22': { 'higher-id-first': ['second', 'first'], 'lower-id-first': ['first', 'second'] },
  'U-23': { words: 0, substrings: 1 },
  'U-24': { 'at-once': [1, 1], 'after-30-seconds': [0, 1], 'after-10-minutes': [0, 0] },
  'U-25': { refuse: 405, 'like-put': 200 },
}

const CASES = Object.entries(EXPECTED).flatMap(([id, settings]) =>
  Object.entries(settings).map(([setting, expected]) => ({ id: id as UnknownId, setting, expected })),
)

describe('open questions', () => {
  const closing: (() => Promise<void>)[] = []
  afterAll(() => Promise.all(closing.map((close) => close())))

  it.each(CASES)('$id=$setting', async ({ id, setting, expected }) => {
    const started = await startSandbox({
      unknowns: unknownsOf([`${id}=${setting}`]),
      fresh: id === 'U-15',
      rateLimit: 2,
    })
    closing.push(started.close)
    const cxi = new TestSandbox()
    cxi.url = started.url
    const answer = await fetch(started.tokenUrl, { method: 'POST', body: new URLSearchParams(CLIENT) })
    cxi.token = ((await answer.json()) as { access_token: string }).access_token

    expect(await OBSERVE[id](cxi)).toEqual(expected)
  })

  it('each has at least two settings, a default among them and a reason', () => {
    expect(Object.keys(UNKNOWNS)).toHaveLength(25)
    for (const [id, { settings, default: chosen, reason }] of Object.entries(UNKNOWNS)) {
      expect(Object.keys(settings).length).toBeGreaterThan(1)
      expect(settings).toHaveProperty([chosen])
      expect(reason).not.toBe('')
      expect(DEFAULT_UNKNOWNS[id as UnknownId]).toBe(chosen)
      expect(Object.keys(EXPECTED[id as UnknownId]).toSorted()).toEqual(Object.keys(settings).toSorted())
    }
  })

  it('docs/open-questions.md lists them', async () => {
    const sections = Object.entries(UNKNOWNS).map(([id, { question, settings, default: chosen, reason }]) => {
      const named = Object.entries(settings).map(
        ([name, means]) => `- \`${id}=${name}\`: ${means}${name === chosen ? ` (the default: ${reason})` : ''}`,
      )
      return `## ${id}: ${question}\n\n${named.join('\n')}\n`
    })
    const head = [
      '# What the documentation of the CXI API leaves open',
      '',
      'The sandbox decides each of these questions by a setting: `npm run sandbox -- --unknown U-05=skip-rows`. The client copes with all of them.',
      '',
      'Written by `npx vitest run test/contract/unknowns.test.ts -u`, and compared by the same test.',
      '',
    ]

    await expect([...head, ...sections].join('\n')).toMatchFileSnapshot('../../docs/open-questions.md')
  })

  it.each([
    ['U-05', 'U-05: What becomes of a CSV with a bad row'],
    ['U-05=nothing', 'U-05=skip-rows'],
    ['U-26=x', 'U-01 to U-25'],
    ['', 'U-01 to U-25'],
  ])('a setting %j that there is not is told with those that there are', (text, words) => {
    expect(() => unknownsOf([text])).toThrow(words)
  })
})
