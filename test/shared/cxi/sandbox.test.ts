import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../../sandbox/server.ts'
import type { Account } from '../../../shared/config/types.ts'
import { createCxiClient } from '../../../shared/cxi/client.ts'
import { createDispatcher } from '../../../shared/cxi/dispatcher.ts'
import { createTokenProvider } from '../../../shared/cxi/tokens.ts'
import { MemoryLedger } from '../../../shared/stores/memory/ledger.ts'
import { MemorySecretStore } from '../../../shared/stores/memory/secrets.ts'
import { systemClock } from '../../../shared/stores/system-clock.ts'
import { MemoryLogger } from '../../support/fakes.ts'

describe('every endpoint against the sandbox', () => {
  let sandbox: Sandbox
  const dispatcher = createDispatcher()

  beforeAll(async () => {
    sandbox = await startSandbox({ port: 0 })
  })

  afterAll(async () => {
    await dispatcher.close()
    await sandbox?.close()
  })

  async function control(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    const text = await answer.text()
    return text === '' ? undefined : JSON.parse(text)
  }

  async function fresh(
    secret: Record<string, string> = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' },
  ) {
    await control('POST', 'reset')
    const account: Account = {
      name: 'main',
      secret: 'cxi-relay/main',
      apiUrl: sandbox.url,
      tokenUrl: `${sandbox.url}/oauth/token`,
      identity: 'sandbox',
    }
    const secrets = new MemorySecretStore({ [account.secret]: secret })
    const ledger = new MemoryLedger(systemClock)
    const process = () => {
      const tokens = createTokenProvider({
        account,
        secrets,
        ledger,
        clock: systemClock,
        logger: new MemoryLogger(),
        dispatcher,
      })
      return createCxiClient({ apiUrl: account.apiUrl, tokens, clock: systemClock, dispatcher })
    }
    return { api: process(), process }
  }

  const upload = {
    fileName: '0123456789ab.oct.csv',
    bytes: Buffer.from('feedback_date,feedback,score\n2026-01-01,good,9\n2026-01-02,"a, b",\n'),
    timeoutMs: 10_000,
  }

  it('one token for 20 concurrent uses', async () => {
    const { process } = await fresh()

    await Promise.all(Array.from({ length: 20 }, () => process().listImports()))

    expect(await control('GET', 'stats')).toMatchObject({ tokens_issued: 1 })
  })

  it('the password grant with an account token', async () => {
    const { api } = await fresh({
      grant_type: 'password',
      username: 'demo@example.com',
      password: 'demo',
      account_token: 'NPS-DEMO',
    })

    await expect(api.getOnboarding()).resolves.toEqual({ onboarded: true, mode: 'full' })
  })

  it('wrong credentials', async () => {
    const { api } = await fresh({ grant_type: 'client_credentials', client_id: 'demo', client_secret: 'wrong-one' })

    await expect(api.listImports()).rejects.toMatchObject({ code: 'token_refused', outcome: 'not_sent' })
  })

  it('imports: created, listed, described, read, deleted', async () => {
    const { api } = await fresh()
    const project = await api.createProject('Enterprise')
    await api.createTag({ name: 'q4', mode: 'manual' })

    const { id } = await api.createImport(upload)
    await expect(api.listImports({ page: 1, per_page: 50 })).resolves.toMatchObject([{ id, name: upload.fileName }])
    await api.updateImport(id, {
      name: 'October',
      source: 'Typeform',
      metric_type: 'nps',
      language: 'en',
      tag_names: ['Q4'],
      project_ids: [project.id],
    })
    await expect(api.getImportHead(id)).resolves.toMatchObject({
      id,
      name: 'October',
      source: 'Typeform',
      metric_type: 'nps',
      language: 'en',
    })
    const detail = await api.getImport(id)
    expect(detail.responses.map((response) => [response.feedback, response.score, response.project_ids])).toEqual([
      ['good', 9, [project.id]],
      ['a, b', null, [project.id]],
    ])
    await expect(api.listResponses({ per_page: 1, sort_order: 'asc' })).resolves.toMatchObject({
      total_count: 2,
      items: [{ feedback: 'good' }],
    })
    await api.deleteImport(id)
    await api.deleteImport(id)
    await expect(api.getImportHead(999_999)).rejects.toMatchObject({ code: 'cxi_not_found' })
  })

  it('a file that CXI refuses', async () => {
    const { api } = await fresh()

    const uploading = api.createImport({ ...upload, bytes: Buffer.from('feedback\nno date\n') })

    await expect(uploading).rejects.toMatchObject({ code: 'cxi_refused', outcome: 'refused', retryable: false })
  })

  it('tags and projects', async () => {
    const { api } = await fresh()

    const tag = await api.createTag({
      name: 'my-tag',
      description: 'the "description"',
      mode: 'text_match',
      text_match_terms: ['term1', 'Ünï, 2'],
    })
    expect(tag).toMatchObject({
      name: 'MY-TAG',
      description: 'the "description"',
      mode: 'text_match',
      text_match_terms: ['term1', 'Ünï, 2'],
    })
    await expect(api.updateTag(tag.id, { text_match_terms: ['other'] })).resolves.toMatchObject({
      mode: 'text_match',
      text_match_terms: ['other'],
    })
    expect((await api.listTags({ flat: true, no_stats: true })).map(({ name }) => name)).toContain('MY-TAG')
    await api.deleteTag(tag.id)
    expect((await api.listTags()).map(({ name }) => name)).not.toContain('MY-TAG')

    for (let count = 1; count <= 60; count += 1) await api.createProject(`Project ${count}`)
    const projects = await api.listProjects()
    expect(projects).toHaveLength(60)
    await expect(api.updateProject(projects[0]?.id ?? 0, 'Renamed')).resolves.toMatchObject({ name: 'Renamed' })
  })

  it('onboarding of an onboarded account is refused', async () => {
    const { api } = await fresh()

    await expect(api.updateOnboarding({ product_category_id: 9 })).rejects.toMatchObject({ outcome: 'refused' })
  })

  it('exports: one at a time', async () => {
    const { api } = await fresh()

    await expect(api.createExport('responses')).resolves.toBeUndefined()
    await expect(api.createExport('users')).rejects.toMatchObject({ code: 'cxi_refused', status: 409 })
  })

  it('an expired token is replaced once', async () => {
    const { api } = await fresh()
    await api.listImports()

    await control('POST', 'clock', { advance_seconds: 7300 })
    await Promise.all(Array.from({ length: 20 }, () => api.listImports()))

    expect(await control('GET', 'stats')).toMatchObject({ tokens_issued: 2 })
  })

  it.each([
    ['drop-before', 'unknown', 0],
    ['drop-after', 'unknown', 1],
  ])('an upload with %s', async (fault, outcome, imports) => {
    const { api } = await fresh()
    await control('PUT', 'faults', {
      seed: 1,
      rules: [{ match: 'POST /v1/imports', probability: 1, times: 1, do: fault }],
    })

    await expect(api.createImport(upload)).rejects.toMatchObject({ outcome })

    await expect(api.listImports()).resolves.toHaveLength(imports)
  })
})
