import { beforeEach, describe, expect, it } from 'vitest'
import { curlRequest, sendCurl } from './curl.ts'
import { DOCUMENTED } from './documented-commands.ts'
import { shapeOf, useSandbox } from './test-sandbox.ts'

const CSV = [
  'feedback,user_id,feedback_date,score,platform,country,pricing_plan,persona',
  'I love the delivery.,mitsu@example.org,1504948149,7,Solaris,Ecuador,Lite,Business User',
  '',
].join('\n')

/** A tag in a response, where a command's answer says only that there is one. */
const TAG_IN_RESPONSE = {
  id: 93,
  name: '',
  display_name: '',
  description: null,
  mode: '',
  sentiment: '',
  text_match_terms: [],
  filter_rules: {},
}

const withTags = (answer: unknown): unknown =>
  JSON.parse(JSON.stringify(answer).replaceAll('"tags":[{}]', `"tags":[${JSON.stringify(TAG_IN_RESPONSE)}]`))

describe.each([true, false])('commands of the documentation, onboarded: %s', (onboarded) => {
  const cxi = useSandbox({ fresh: !onboarded })
  beforeEach(async () => {
    if (onboarded) await fill()
    else await cxi.put('/v1/onboarding', {})
  })

  /** Makes what the documentation's commands name: project 5 and 8, tag 78 and TEST, imports 6, 10 and 11. */
  async function fill(): Promise<void> {
    for (let id = 1; id <= 8; id += 1) await cxi.post('/v1/projects', { 'project[name]': `Project ${id}` })
    await cxi.post('/v1/tags', { 'tag[name]': 'test' })
    const text = { 'tag[mode]': 'text_match', 'tag[text_match_terms][]': 'term1' }
    for (let id = 0; id < 78; ) {
      id = (await cxi.post('/v1/tags', { 'tag[name]': `tag-${id}`, ...text })).json.id
    }
    for (let id = 1; id <= 11; id += 1) {
      await cxi.ask('POST', '/v1/imports', { file: { content: CSV } })
      if (id === 10) await cxi.pass(60)
    }
    await describeImport(6)
    await describeImport(10)
  }

  async function describeImport(id: number): Promise<void> {
    const { json } = await cxi.put(`/v1/imports/${id}`, { 'import[source]': 'Intercom', 'import[metric_type]': 'nps' })
    expect(json.id).toBe(id)
  }

  /** Only host, credentials and token are replaced. */
  const made = (command: string) =>
    command
      .replace(/https:\/\/(cxi-)?api\.wootric\.com|\$AI_SERVER/, cxi.url)
      .replace(/myaccesstoken|<youraccesstoken>/, cxi.token)
      .replace('NPS-XXXX', 'NPS-DEMO')
      .replace('<youremailaddress>', 'demo@example.com')
      .replace(/<yourpassword>|<yourclientid>|<yourclientsecret>/g, 'demo')

  it.each(DOCUMENTED.filter((one) => one.onboarded === onboarded))('$does', async (documented) => {
    await before(documented.does)

    const answer = await sendCurl(curlRequest(made(documented.command)), { 'data.csv': CSV })
    const text = await answer.text()

    expect(answer.status).toBe(documented.status)
    if (documented.answer === undefined) {
      expect(text).toBe('')
      return
    }
    const json = JSON.parse(text)
    expect(shapeOf(json)).toEqual(shapeOf(withTags(documented.answer)))
    if (documented.says !== undefined) expect(json).toMatchObject(documented.says)
  })

  /** Brings the account where the documentation has it at this command. */
  async function before(does: string): Promise<void> {
    if (does === 'the onboarding of another one') await cxi.reset()
    if (/onboarding's project|the end of/.test(does)) await cxi.put('/v1/onboarding', { product_category_id: '9' })
    if (/the (imports|responses)|a token in the header/.test(does)) {
      await cxi.delete('/v1/imports/11')
      await cxi.put('/v1/imports/10', { 'import[project_ids][]': '5' })
    }
    if (/^the tags/.test(does)) expect((await cxi.get('/v1/tags')).json[0].response_count).toBeGreaterThan(0)
  }
})

describe('reading a curl command', () => {
  it.each([
    ['curl https://x.test/a', { method: 'GET', url: 'https://x.test/a' }],
    ['curl -XPUT "https://x.test/a" | jq', { method: 'PUT', url: 'https://x.test/a' }],
    ['$ curl -s -i https://x.test -F a=b', { method: 'POST', form: [['a', 'b']] }],
    [
      'curl https://x.test -F "a[b][]=c d" \\\n  -F e="f \\"g\\""',
      {
        form: [
          ['a[b][]', 'c d'],
          ['e', 'f "g"'],
        ],
      },
    ],
    ["curl https://x.test -H 'Accept: text/csv'", { headers: { accept: 'text/csv' } }],
  ])('%s', (command, request) => {
    expect(curlRequest(command)).toMatchObject(request)
  })

  it.each(['wget https://x.test', 'curl --insecure https://x.test'])('refuses %s', (command) => {
    expect(() => curlRequest(command)).toThrow()
  })
})
