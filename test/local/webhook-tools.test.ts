import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Host, startHost } from '../../local/host.ts'
import { requestOf, SAMPLES, type Sample } from '../shared/webhooks/samples.ts'
import { MemoryLogger } from '../support/fakes.ts'
import { type Dumped, dumpOf, HomeFolder, until } from '../support/home.ts'
import { SECRET } from '../support/webhook-world.ts'

const TOOLS = new Set(['typeform', 'tally', 'delighted', 'jotform', 'wootric', 'generic'])
/** One sample for each way in which these tools deliver; each has a source of its own. */
const DELIVERIES = SAMPLES.filter(({ provider }) => TOOLS.has(provider)).map((sample, at) => ({
  ...sample,
  source: `tool-${at}`,
}))

type Row = Dumped['responses'][number]

let root: string
let host: Host

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'relay-tools-'))
  const folder = new HomeFolder(root)
  const sources = DELIVERIES.map(({ source, provider, columns }) => [
    source,
    {
      import: { source },
      ...(columns ? { columns } : {}),
      webhook: { provider, secret: source, settleSeconds: 0 },
    },
  ])
  const config = { accounts: { main: { secret: 'cxi-relay/main' } }, sources: Object.fromEntries(sources) }
  await writeFile(folder.config, `export default ${withPatterns(config)}\n`)
  await folder.keepSecrets(
    Object.fromEntries(DELIVERIES.map(({ source, secret }) => [source, { secret: secret ?? SECRET }])),
  )
  const at = { data: folder.path(), config: folder.config, port: 0, host: '127.0.0.1' }
  host = await startHost({ ...at, sandbox: true, logger: new MemoryLogger(), flushEveryMs: 20 })
})

afterAll(async () => {
  await host?.close()
  await rm(root, { recursive: true, force: true })
})

function changed(body: Buffer): Buffer {
  const at = body.length >> 1
  body.writeUInt8(body.readUInt8(at) ^ 1, at)
  return body
}

/** As a person writes it: patterns are no JSON. */
const withPatterns = (config: unknown) =>
  JSON.stringify(config, (_, value) => (value instanceof RegExp ? `pattern:${value}` : value)).replace(
    /"pattern:(\/[^"]*)"/g,
    '$1',
  )

function deliver({ source, ...sample }: Sample & { source: string }, change = (body: Buffer) => body) {
  const { path, headers, body } = requestOf(sample, Date.now())
  const url = `${host.url}${path.replace('/nps', `/${source}`)}`
  return fetch(url, { method: 'POST', headers, body: change(Buffer.from(body)) })
}

async function rowOf(source: string): Promise<Row | undefined> {
  const imports = (await dumpOf(host.sandboxUrl ?? '')).filter((one) => one.source === source)
  return imports.flatMap(({ responses }) => responses)[0]
}

/** What a row says, as a sample expects it. */
function said({ feedback_date, score, feedback, user_id, custom_properties }: Row) {
  const properties = custom_properties.map(({ key, value }) => [key, value])
  return {
    feedback_date: String(feedback_date),
    score: score === null ? '' : String(score),
    feedback: feedback ?? '',
    user_id: user_id ?? '',
    properties,
  }
}

describe.each(DELIVERIES)('$name', (delivery) => {
  it('is a row in CXI with score, feedback, date, user and properties', async () => {
    const { id, properties = [], ...expected } = delivery.expected

    const answer = await deliver(delivery)
    await until(async () => (await rowOf(delivery.source)) !== undefined)

    expect([answer.status, await answer.json()]).toEqual([202, { status: 'accepted' }])
    const row = said((await rowOf(delivery.source)) as Row)
    expect(row).toMatchObject(expected)
    expect(row.properties).toEqual(expect.arrayContaining([['response_id', id ?? expect.anything()]]))
    expect(row.properties).toEqual(expect.arrayContaining(properties as string[][]))
  })

  it('is refused with one byte changed, or with the secret of another', async () => {
    const isStatic = delivery.sign === undefined || 'authorization' in delivery.sign(delivery.body, Date.now())
    const answer = isStatic
      ? await fetch(`${host.url}/webhooks/${delivery.source}?token=other`, { method: 'POST', body: delivery.body })
      : await deliver(delivery, changed)

    expect(answer.status).toBe(401)
  })
})
