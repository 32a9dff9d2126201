import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../shared/config/problems.ts'
import { completeRelay } from '../../../shared/config/resolve.ts'

const GOOD = { accounts: { main: { secret: 'cxi-relay/main' } }, sources: { nps: {} } }

function problemsOf(config: unknown): Record<string, string> {
  try {
    completeRelay(config)
  } catch (error) {
    if (error instanceof ConfigError) return Object.fromEntries(error.problems.map((one) => [one.path, one.message]))
    throw error
  }
  return {}
}

describe('completeRelay', () => {
  it('puts every default in its place', () => {
    const relay = completeRelay(GOOD)

    expect(relay.accounts.main).toEqual({
      name: 'main',
      secret: 'cxi-relay/main',
      apiUrl: 'https://cxi-api.wootric.com',
      tokenUrl: 'https://api.wootric.com/oauth/token',
      identity: 'main@https://cxi-api.wootric.com',
    })
    expect(relay.sources.nps).toMatchObject({ account: 'main', rows: 'set-aside', dedupe: 'drop', reserved: 'rename' })
    expect(relay).toMatchObject({ exports: [], limits: { graceSeconds: 120, postSeconds: 300, concurrency: 4 } })
  })

  it('knows the responses of a source with a webhook by their ids', () => {
    const webhook = { provider: 'typeform', secret: 'cxi-relay/typeform' }

    const relay = completeRelay({ ...GOOD, sources: { nps: { webhook } } })

    expect(relay.sources.nps?.dedupe).toBe('rows')
  })

  it('lists every problem with its path, in the message too', () => {
    const config = {
      accounts: { main: { secret: '', apiUrl: 'http://cxi.example.com' } },
      sources: { 'a b': {}, nps: { rows: 'some', dates: { zone: 'Berlin' }, privacy: { email: 'hide' } } },
      exports: [{ type: 'all', schedule: '0 6 * *' }],
      sorces: {},
    }

    const problems = problemsOf(config)

    expect(Object.keys(problems).sort()).toEqual([
      'accounts.main.apiUrl',
      'accounts.main.secret',
      'config.sorces',
      'exports[0].schedule',
      'exports[0].type',
      'sources.a b',
      'sources.nps.dates.zone',
      'sources.nps.privacy.email',
      'sources.nps.rows',
    ])
    expect(problems['config.sorces']).toContain('did you mean "sources"?')
    expect(() => completeRelay(config, 'relay.config.ts')).toThrow(
      /relay\.config\.ts has 9 problems:\n {2}config\.sorces/,
    )
  })

  it.each([
    ['http://127.0.0.1:4010', undefined],
    ['http://[::1]:4010', undefined],
    ['https://cxi.example.eu', undefined],
    ['http://cxi.example.eu', 'must be https (http only on loopback)'],
    ['https://cxi.example.eu/v1', 'must be an origin only, without a path such as /v1'],
    ['https://me:secret@cxi.example.eu', 'must not hold credentials'],
  ])('takes the API at %s: %s', (apiUrl, problem) => {
    expect(problemsOf({ ...GOOD, accounts: { main: { secret: 'a', apiUrl } } })['accounts.main.apiUrl']).toBe(problem)
  })

  it('asks which account is meant where there are several', () => {
    const accounts = { main: { secret: 'a' }, other: { secret: 'b' } }

    expect(problemsOf({ accounts, sources: { nps: {} } })).toEqual({
      'sources.nps.account': "is missing; one of 'main', 'other'",
    })
    expect(problemsOf({ accounts, sources: { nps: { account: 'third' } } })).toEqual({
      'sources.nps.account': "is no account; there are 'main', 'other'",
    })
  })
})
