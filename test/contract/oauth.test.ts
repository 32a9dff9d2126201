import { describe, expect, it } from 'vitest'
import { startSandbox } from '../../sandbox/server.ts'
import { statement } from './statement.ts'
import { CLIENT, PASSWORD, type Sent, useSandbox } from './test-sandbox.ts'

describe('POST /oauth/token', () => {
  const cxi = useSandbox()
  const ask = (sent: Sent) => cxi.ask('POST', '/oauth/token', { token: null, ...sent })
  const works = async (token: string) => (await cxi.ask('GET', '/v1/imports', { token })).status === 200

  statement('CXI-005', async () => {
    const split = await startSandbox({ unknowns: { 'U-17': 'two-hosts' } })
    try {
      expect(new URL(split.tokenUrl).origin).not.toBe(split.url)
      const answer = await fetch(split.tokenUrl, { method: 'POST', body: new URLSearchParams(CLIENT) })
      const { access_token } = (await answer.json()) as { access_token: string }

      const imports = await fetch(`${split.url}/v1/imports`, { headers: { authorization: `Bearer ${access_token}` } })
      const wrongHost = await fetch(`${split.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(CLIENT) })

      expect(imports.status).toBe(200)
      expect(wrongHost.status).toBe(404)
    } finally {
      await split.close()
    }
  })

  statement('CXI-006', async () => {
    const other = await startSandbox({ host: 'localhost' })
    try {
      expect(other.url).not.toBe(cxi.url)
      expect((await fetch(`${other.url}/v1/imports`)).status).toBe(401)
    } finally {
      await other.close()
    }
  })

  statement('CXI-018', async () => {
    expect(await works('none')).toBe(false)
    expect(await works((await ask({ form: CLIENT })).json.access_token)).toBe(true)
  })

  statement('CXI-019', async () => {
    expect((await ask({ form: CLIENT })).status).toBe(200)
    expect((await ask({ form: PASSWORD })).status).toBe(200)
    for (const grant of ['authorization_code', 'implicit', 'none']) {
      expect(await ask({ form: { ...PASSWORD, grant_type: grant } })).toMatchObject({
        status: 400,
        json: { error: 'unsupported_grant_type', error_description: expect.any(String) },
      })
    }
    expect(await ask({ form: {} })).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
  })

  statement('CXI-020', async () => {
    const { status, json } = await ask({ form: PASSWORD })

    expect(status).toBe(200)
    expect(await works(json.access_token)).toBe(true)
    expect(await ask({ form: { ...PASSWORD, password: 'wrong' } })).toMatchObject({
      status: 400,
      json: { error: 'invalid_grant' },
    })
  })

  statement('CXI-021', async () => {
    const ours = await ask({ form: PASSWORD, query: { account_token: 'NPS-DEMO' } })
    const nobodys = await ask({ form: PASSWORD, query: { account_token: 'NPS-NOBODY' } })

    expect(await works(ours.json.access_token)).toBe(true)
    expect(nobodys).toMatchObject({ status: 404, json: { error: 'Not found', status: 404 } })
  })

  statement('CXI-022', async () => {
    expect((await ask({ form: PASSWORD })).status).toBe(200)
    expect((await ask({ form: { ...PASSWORD, username: 'demo' } })).json.error).toBe('invalid_grant')
  })

  statement('CXI-023', async () => {
    const { json } = await ask({ form: PASSWORD })

    expect(Object.keys(json)).toEqual(['access_token', 'token_type', 'expires_in', 'refresh_token', 'scope'])
    expect(json.access_token).toMatch(/^\S{20,}$/)
    expect(json.refresh_token).toMatch(/^\S{20,}$/)
  })

  statement('CXI-024', async () => {
    const { json } = await ask({ form: CLIENT })

    expect(await works(json.access_token)).toBe(true)
    expect(await ask({ form: { ...CLIENT, client_secret: 'wrong' } })).toMatchObject({
      status: 401,
      json: { error: 'invalid_client' },
    })
  })

  statement('CXI-025', async () => {
    const { json } = await ask({ form: CLIENT })

    expect(Object.keys(json)).toEqual(['access_token', 'token_type', 'expires_in', 'scope'])
  })

  statement('CXI-026', async () => {
    for (const form of [CLIENT, PASSWORD]) expect((await ask({ form })).json.token_type).toBe('bearer')
  })

  statement('CXI-027', async () => {
    for (const form of [CLIENT, PASSWORD]) expect((await ask({ form })).json.expires_in).toBe(7200)
  })

  statement('CXI-028', async () => {
    for (const form of [CLIENT, PASSWORD]) expect((await ask({ form })).json.scope).toBe('public')
  })

  statement('CXI-029', async () => {
    const { access_token } = (await ask({ form: CLIENT })).json

    await cxi.pass(7190)
    expect(await works(access_token)).toBe(true)
    await cxi.pass(20)
    expect(await works(access_token)).toBe(false)
  })

  statement('CXI-030', async () => {
    const { refresh_token } = (await ask({ form: PASSWORD })).json
    await cxi.pass(7300)

    const { status, json } = await ask({ form: { grant_type: 'refresh_token', refresh_token } })

    expect(status).toBe(200)
    expect(await works(json.access_token)).toBe(true)
  })

  statement('CXI-031', async () => {
    const { access_token, refresh_token } = (await ask({ form: CLIENT })).json

    expect(refresh_token).toBeUndefined()
    expect(await ask({ form: { grant_type: 'refresh_token', refresh_token: access_token } })).toMatchObject({
      status: 400,
      json: { error: 'invalid_grant' },
    })
  })

  statement('CXI-032', async () => {
    expect((await ask({ form: CLIENT })).status).toBe(200)
    expect((await ask({ urlencoded: CLIENT })).status).toBe(200)
    expect((await ask({ json: CLIENT })).status).toBe(200)
  })

  statement('CXD-02', async () => {
    for (const query of [PASSWORD, CLIENT]) {
      expect(await ask({ query })).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
    }
    const { grant_type, username, password } = PASSWORD
    expect((await ask({ query: { password }, form: { grant_type, username } })).status).toBe(400)
  })

  statement('CXD-03', async () => {
    const { refresh_token } = (await ask({ form: PASSWORD })).json

    expect((await ask({ form: { grant_type: 'refresh_token', refresh_token } })).status).toBe(200)
  })

  statement('CXD-04', async () => {
    const first = (await ask({ form: PASSWORD })).json
    const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token }

    const second = (await ask({ form: refresh })).json
    const again = await ask({ form: refresh })

    expect(second).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 7200,
      refresh_token: expect.any(String),
      scope: 'public',
    })
    expect(second.access_token).not.toBe(first.access_token)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(again).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
  })

  statement('CXD-05', async () => {
    expect((await ask({ form: PASSWORD })).status).toBe(200)
    expect((await ask({ form: PASSWORD, query: { account_token: 'NPS-DEMO' } })).status).toBe(200)
  })

  it('is only for POST', async () => {
    expect((await cxi.get('/oauth/token')).status).toBe(404)
  })
})
