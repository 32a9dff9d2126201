import { afterAll, describe, expect, it } from 'vitest'
import { type SandboxOptions, startSandbox } from '../../sandbox/server.ts'
import { UNKNOWNS, unknownsOf } from '../../sandbox/unknowns.ts'
import type { Account } from '../../shared/config/types.ts'
import type { CxiApi } from '../../shared/cxi/api.ts'
import { createCxiClient } from '../../shared/cxi/client.ts'
import { createDispatcher } from '../../shared/cxi/dispatcher.ts'
import { CxiError } from '../../shared/cxi/errors.ts'
import { createTokenProvider } from '../../shared/cxi/tokens.ts'
import { MemoryLedger } from '../../shared/stores/memory/ledger.ts'
import { MemorySecretStore } from '../../shared/stores/memory/secrets.ts'
import { QuickClock } from '../shared/cxi/servers.ts'
import { MemoryLogger } from '../support/fakes.ts'
import { statement } from './statement.ts'

const CREDENTIALS = {
  client: { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' },
  password: { grant_type: 'password', username: 'demo@example.com', password: 'demo', account_token: 'NPS-DEMO' },
}
const REFUSED = ['cxi_refused', 'cxi_rate_limited', 'cxi_forbidden', 'cxi_not_found']

const csv = (...lines: string[]) => Buffer.from(`${lines.join('\n')}\n`)
const file = (bytes: Uint8Array, fileName = '0123456789ab.october.csv') => ({ fileName, bytes, timeoutMs: 10_000 })

/** A client that is given only host and credentials, on the sandbox's own clock. */
async function connect(options: SandboxOptions, credentials: Record<string, string> = CREDENTIALS.client) {
  const clock = new QuickClock()
  const sandbox = await startSandbox({ ...options, now: () => clock.now() })
  const dispatcher = createDispatcher()
  const account: Account = {
    name: 'main',
    secret: 'cxi-relay/main',
    apiUrl: sandbox.url,
    tokenUrl: sandbox.tokenUrl,
    identity: 'sandbox',
  }
  const tokens = createTokenProvider({
    account,
    secrets: new MemorySecretStore({ [account.secret]: credentials }),
    ledger: new MemoryLedger(clock),
    clock,
    logger: new MemoryLogger(),
    dispatcher,
  })
  const api = patient(createCxiClient({ apiUrl: account.apiUrl, tokens, clock, dispatcher }), clock)
  const pass = async (seconds: number) => {
    const body = JSON.stringify({ advance_seconds: seconds })
    await fetch(`${sandbox.url}/_sandbox/clock`, { method: 'POST', body })
  }
  const close = async () => {
    await dispatcher.close()
    await sandbox.close()
  }
  return { api, pass, close }
}

/** Waits as long as a rate limit asks for and comes back, as whoever uses the client does. */
function patient(api: CxiApi, clock: QuickClock): CxiApi {
  return new Proxy(api, {
    get: (target, name) => {
      const call = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        for (;;) {
          try {
            return await call(...args)
          } catch (error) {
            const isExport = name === 'createExport'
            if (isExport || !(error instanceof CxiError) || error.code !== 'cxi_rate_limited') throw error
            await clock.sleep(error.retryAfterMs ?? 60_000)
          }
        }
      }
    },
  })
}

/** What a call comes to: done, or the code of its error. */
const outcome = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: unknown) => (error instanceof CxiError ? error.code : String(error)),
  )
const eitherWay = ['done', ...REFUSED]

/** Every operation of the API, with what is not documented about them left to either outcome. */
async function useEverything(api: CxiApi, pass: (seconds: number) => Promise<void>): Promise<void> {
  expect(await api.getOnboarding()).toEqual({ onboarded: true, mode: 'full' })
  expect(eitherWay).toContain(await outcome(api.updateOnboarding({ product_category_id: 2 })))

  const project = await api.createProject('Enterprise')
  expect(eitherWay).toContain(await outcome(api.createProject('Enterprise')))
  expect(await api.updateProject(project.id, 'Renamed')).toMatchObject({ id: project.id, name: 'Renamed' })
  expect((await api.listProjects()).map(({ id }) => id)).toContain(project.id)

  const fields = { description: 'text', mode: 'text_match', text_match_terms: ['delivery', 'late'] } as const
  const tag = await api.createTag({ name: 'in-time', ...fields, text_match_terms: [...fields.text_match_terms] })
  expect(tag).toMatchObject({ name: 'IN-TIME', text_match_terms: ['delivery', 'late'] })
  const many = Array.from({ length: 101 }, (_, index) => `term ${index}`)
  expect(eitherWay).toContain(
    await outcome(api.createTag({ name: 'many', mode: 'text_match', text_match_terms: many })),
  )
  expect(await api.updateTag(tag.id, { description: 'other' })).toMatchObject({ description: 'other' })
  expect((await api.listTags({ flat: true, sort: 'name_asc', search: 'time' })).map(({ id }) => id)).toEqual([tag.id])

  const { id } = await api.createImport(
    file(csv('feedback_date,feedback,score', '1790000000,The delivery was late.,3')),
  )
  expect(await api.listImports({ page: 1, per_page: 50 })).toMatchObject([{ id }])
  const metadata = { name: 'October', source: 'Typeform', metric_type: 'nps', language: 'en' } as const
  await api.updateImport(id, { ...metadata, tag_names: ['IN-TIME'], project_ids: [project.id] })
  const unknown = api.updateImport(id, { tag_names: ['IN-TIME', 'NOWHERE'], project_ids: [project.id, 999_999] })
  expect(eitherWay).toContain(await outcome(unknown))
  expect(eitherWay).toContain(await outcome(api.createImport(file(csv('feedback_date', '1790000000', 'never')))))
  await pass(601)
  expect(await api.getImportHead(id)).toMatchObject({ id, ...metadata, response_count: 1 })
  expect((await api.getImport(id)).responses).toMatchObject([
    { feedback: 'The delivery was late.', score: 3, project_ids: [project.id] },
  ])
  const { total_count, items } = await api.listResponses({ per_page: 1, sort_order: 'asc' })
  expect(total_count).toBeGreaterThanOrEqual(1)
  expect(items).toHaveLength(1)
  expect(eitherWay).toContain(await outcome(api.listImports({ page: 31 })))

  await api.createExport('responses')
  expect(REFUSED).toContain(await outcome(api.createExport('users')))
  await pass(61)
  expect(await outcome(api.createExport('users'))).toBe('done')

  await pass(7300)
  expect(await outcome(api.listImports())).toBe('done')
  expect(await outcome(api.getImport(999_999))).toBe('cxi_not_found')
  await api.deleteTag(tag.id)
  await api.deleteImport(id)
  expect(await outcome(api.deleteImport(id))).toBe('done')
  expect((await api.listImports()).map((item) => item.id)).not.toContain(id)
}

const SETTINGS = Object.entries(UNKNOWNS).flatMap(([id, { settings }]) =>
  Object.keys(settings).map((setting) => `${id}=${setting}`),
)

describe('the client, given only host and credentials', () => {
  const closing: (() => Promise<void>)[] = []
  afterAll(() => Promise.all(closing.map((close) => close())))
  const connected = async (options: SandboxOptions, credentials?: Record<string, string>) => {
    const connection = await connect(options, credentials)
    closing.push(connection.close)
    return connection
  }

  it.each(SETTINGS)('does every operation with %s', async (setting) => {
    const { api, pass } = await connected({ unknowns: unknownsOf([setting]), rateLimit: 7 })

    await useEverything(api, pass)
  })

  it('does every operation by the password grant', async () => {
    const { api, pass } = await connected({}, CREDENTIALS.password)

    await useEverything(api, pass)
  })

  it.each(['U-15=refuse', 'U-15=accept'])('onboards an account with %s', async (setting) => {
    const { api } = await connected({ fresh: true, unknowns: unknownsOf([setting]) })

    expect(await outcome(api.listTags())).toBe('cxi_not_onboarded')
    expect((await api.getOnboarding()).product_categories).toHaveLength(15)
    expect(await outcome(api.updateOnboarding({ onboarded: true }))).toBe(
      setting === 'U-15=accept' ? 'done' : 'cxi_refused',
    )
    if (setting === 'U-15=accept') return
    expect(await api.updateOnboarding({ product_category_id: 9 })).toMatchObject({ product_category_id: 9 })
    const details = {
      project: { name: 'Enterprise' },
      import: { name: 'a.csv', source: 'Typeform', metric_type: 'NPS' },
    }
    expect(await api.updateOnboarding(details)).toMatchObject({ import: { metric_type: 'nps' } })
    expect(await api.updateOnboarding({ onboarded: true })).toEqual({ onboarded: true, mode: 'full' })
    expect((await api.listTags()).length).toBeGreaterThan(0)
  })

  statement('CXI-243', async () => {
    const { api } = await connected({})
    const { id } = await api.createImport(file(csv('feedback_date', '1790000000')))

    await api.deleteImport(id)

    // Whether it is there for a while or gone at once: deleting it again is no error.
    expect(await outcome(api.deleteImport(id))).toBe('done')
    expect(await outcome(api.getImportHead(id))).toBe('cxi_not_found')
  })
})
