import { describe, expect, it, vi } from 'vitest'
import type { Account } from '../../../shared/config/types.ts'
import { createCxiClient } from '../../../shared/cxi/client.ts'
import { refreshToken } from '../../../shared/cxi/token-request.ts'
import { createTokenProvider, type TokenProvider } from '../../../shared/cxi/tokens.ts'
import type { Clock } from '../../../shared/ports.ts'
import { MemoryLedger } from '../../../shared/stores/memory/ledger.ts'
import { MemorySecretStore } from '../../../shared/stores/memory/secrets.ts'
import { systemClock } from '../../../shared/stores/system-clock.ts'
import { MemoryLogger } from '../../support/fakes.ts'
import { closedPort, json, QuickClock, type Seen, serve, testDispatcher } from './servers.ts'

const CLIENT = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'very-secret-1' }
const SECRET = 'cxi-relay/main'
const HOUR_MS = 3_600_000

function home(tokenUrl: string, secret: unknown = CLIENT) {
  const clock = new QuickClock()
  const secrets = new MemorySecretStore(secret === null ? {} : { [SECRET]: secret })
  const ledger = new MemoryLedger(clock)
  const logger = new MemoryLogger()
  const account: Account = { name: 'main', secret: SECRET, apiUrl: 'http://127.0.0.1', tokenUrl, identity: 'acc-1' }
  const process = (more: { ledger?: MemoryLedger; secrets?: MemorySecretStore; holder?: string; clock?: Clock } = {}) =>
    createTokenProvider({
      account,
      secrets,
      ledger,
      clock,
      logger,
      random: () => 0.5,
      dispatcher: testDispatcher(),
      ...more,
    })
  return { clock, secrets, ledger, logger, account, process }
}

/** A token endpoint that issues `access-1`, `access-2`…, each for two hours. */
function issuing(more: { expires_in?: unknown } = {}) {
  return serve((_, response, count) =>
    json(response, 200, {
      access_token: `access-${count}`,
      token_type: 'Bearer',
      expires_in: 7200,
      scope: 'public',
      ...more,
    }),
  )
}

function text(seen: Seen | undefined): string {
  return seen?.body.toString() ?? ''
}

describe('grants', () => {
  it('client_credentials stand in the body', async () => {
    const server = await issuing()

    await expect(home(`${server.url}/oauth/token`).process().get()).resolves.toBe('access-1')

    expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/oauth/token' })
    expect(server.seen[0]?.headers['content-type']).toMatch(/^multipart\/form-data/)
    for (const [name, value] of Object.entries(CLIENT))
      expect(text(server.seen[0])).toContain(`name="${name}"\r\n\r\n${value}\r\n`)
  })

  it('password stands in the body, the account token in the query', async () => {
    const server = await issuing()
    const secret = { grant_type: 'password', username: 'demo@example.com', password: 'p&w', account_token: 'NPS-DEMO' }

    await home(`${server.url}/oauth/token`, secret).process().get()

    expect(server.seen[0]?.path).toBe('/oauth/token?account_token=NPS-DEMO')
    expect(text(server.seen[0])).toContain('name="password"\r\n\r\np&w\r\n')
    expect(text(server.seen[0])).not.toContain('account_token')
  })

  it('refresh_token asks with the refresh token alone', async () => {
    const server = await serve((_, response) =>
      json(response, 200, { access_token: 'a2', expires_in: 60, refresh_token: 'r2' }),
    )

    const issued = await refreshToken('r1', {
      tokenUrl: `${server.url}/oauth/token`,
      dispatcher: testDispatcher(),
      nowMs: 0,
    })

    expect(issued).toEqual({ accessToken: 'a2', expiresInMs: 60_000, refreshToken: 'r2' })
    expect(text(server.seen[0])).toContain('name="refresh_token"\r\n\r\nr1\r\n')
  })
})

describe('one request for a lifetime', () => {
  it('20 concurrent uses', async () => {
    const server = await issuing()
    const tokens = home(server.url).process()

    const got = await Promise.all(Array.from({ length: 20 }, () => tokens.get()))

    expect(new Set(got)).toEqual(new Set(['access-1']))
    expect(server.seen).toHaveLength(1)
  })

  it('20 concurrent uses look into the stores once', async () => {
    const server = await issuing()
    let looks = 0
    class CountingLedger extends MemoryLedger {
      override get<T>(group: string, id: string) {
        looks += 1
        return super.get<T>(group, id)
      }
    }
    const { process, clock } = home(server.url)
    const tokens = process({ ledger: new CountingLedger(clock) })

    await Promise.all(Array.from({ length: 20 }, () => tokens.get()))
    await tokens.get()

    expect(looks).toBe(1)
  })

  it('20 processes that start at the same time', async () => {
    const server = await issuing()
    const { process } = home(server.url)

    const got = await Promise.all(Array.from({ length: 20 }, () => process().get()))

    expect(new Set(got)).toEqual(new Set(['access-1']))
    expect(server.seen).toHaveLength(1)
  })

  it('a process that starts later', async () => {
    const server = await issuing()
    const { process, clock } = home(server.url)
    await process().get()
    clock.nowMs += HOUR_MS

    await expect(process().get()).resolves.toBe('access-1')
    expect(server.seen).toHaveLength(1)
  })

  it('a new one before the old one ends, for all processes', async () => {
    const server = await issuing()
    const { process, clock } = home(server.url)
    const [one, two] = [process(), process()]
    await Promise.all([one.get(), two.get()])
    clock.nowMs += 2 * HOUR_MS - 100_000

    const got = await Promise.all([one.get(), two.get(), one.get(), two.get()])

    expect(got).toContain('access-2')
    await expect(Promise.all([one.get(), two.get()])).resolves.toEqual(expect.arrayContaining(['access-2']))
    clock.nowMs += 20_000
    await expect(Promise.all([one.get(), two.get()])).resolves.toEqual(['access-2', 'access-2'])
    expect(server.seen).toHaveLength(2)
  })

  it.each([503, 401, 429])('goes on with a good token while a new one cannot be had (%i)', async (status) => {
    let down = false
    const server = await serve((_, response) =>
      down ? json(response, status, {}) : json(response, 200, { access_token: 'a1', expires_in: 7200 }),
    )
    const { process, clock } = home(server.url)
    const tokens = process()
    await tokens.get()
    clock.nowMs += 2 * HOUR_MS - 100_000
    down = true

    for (let use = 0; use < 5; use += 1) await expect(tokens.get()).resolves.toBe('a1')

    expect(server.seen).toHaveLength(2)
  })

  it.each([
    ['none', undefined, 7200],
    ['a text', '600', 600],
    ['nonsense', -1, 7200],
  ])('a lifetime that is %s', async (_, expires_in, seconds) => {
    const server = await issuing({ expires_in })
    const { process, clock } = home(server.url)
    const tokens = process()
    await tokens.get()

    clock.nowMs += seconds * 1000 * 0.7
    await expect(tokens.get()).resolves.toBe('access-1')
    clock.nowMs += seconds * 1000 * 0.31
    await expect(tokens.get()).resolves.toBe('access-2')
  })
})

describe('with the client', () => {
  it('20 concurrent calls with an expired token ask for one more, and all succeed', async () => {
    let valid = 'access-1'
    let issued = 0
    const server = await serve(async (seen, response) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (seen.path === '/oauth/token') {
        issued += 1
        valid = `access-${issued}`
        json(response, 200, { access_token: valid, expires_in: 7200 })
      } else if (seen.headers.authorization === `Bearer ${valid}`) json(response, 200, [])
      else json(response, 401, { error: 'invalid_token' })
    })
    const { process } = home(`${server.url}/oauth/token`)
    const clock = systemClock
    const clients = [process({ clock }), process({ clock })].map((tokens) =>
      createCxiClient({ apiUrl: server.url, tokens, clock, dispatcher: testDispatcher() }),
    )
    const calls = () => Promise.all(clients.flatMap((api) => Array.from({ length: 10 }, () => api.listImports())))
    await calls()
    expect(issued).toBe(1)

    valid = 'none'
    await calls()

    expect(issued).toBe(2)
  })
})

describe('a refused token', () => {
  it('is replaced once, for all who used it', async () => {
    const server = await issuing()
    const tokens = home(server.url).process()
    const old = await Promise.all(Array.from({ length: 20 }, () => tokens.get()))

    await Promise.all(
      old.map(async (token) => {
        await tokens.invalidate(token)
        expect(await tokens.get()).toBe('access-2')
      }),
    )

    expect(server.seen).toHaveLength(2)
  })

  it('is replaced once, for all processes', async () => {
    const server = await issuing()
    const { process } = home(server.url)
    const all = Array.from({ length: 10 }, () => process())
    await Promise.all(all.map((tokens) => tokens.get()))

    const fresh = await Promise.all(
      all.map(async (tokens) => {
        await tokens.invalidate('access-1')
        return tokens.get()
      }),
    )

    expect(new Set(fresh)).toEqual(new Set(['access-2']))
    expect(server.seen).toHaveLength(2)
  })

  it('does not take a newer one away', async () => {
    const server = await issuing()
    const tokens = home(server.url).process()
    await tokens.get()
    await tokens.invalidate('access-1')
    await tokens.get()

    await tokens.invalidate('access-1')

    await expect(tokens.get()).resolves.toBe('access-2')
    expect(server.seen).toHaveLength(2)
  })

  it('is not given out by a look that had begun before', async () => {
    const server = await issuing()
    let hold: Promise<void> | undefined
    class SlowLedger extends MemoryLedger {
      override async get<T>(group: string, id: string) {
        const record = await super.get<T>(group, id)
        await hold
        return record
      }
    }
    const { process, clock } = home(server.url)
    const tokens = process({ ledger: new SlowLedger(clock) })
    const token = await tokens.get()
    let release = () => {}
    clock.nowMs += 301_000
    hold = new Promise((resolve) => {
      release = resolve
    })
    const looking = tokens.get()
    await new Promise((resolve) => setImmediate(resolve))
    const refusing = tokens.invalidate(token)
    release()

    await refusing

    await expect(looking).resolves.toBe('access-2')
    await expect(tokens.get()).resolves.toBe('access-2')
    expect(server.seen).toHaveLength(2)
  })

  it('is replaced at once; where its successors are refused too, the next ones wait 60, 120 … s', async () => {
    const server = await issuing()
    const { process, clock } = home(server.url)
    const tokens = process()
    await tokens.invalidate(await tokens.get())
    await tokens.invalidate(await tokens.get())

    await expect(tokens.get()).rejects.toMatchObject({
      code: 'cxi_unauthorized',
      outcome: 'not_sent',
      retryable: true,
      retryAfterMs: 60_000,
    })
    clock.nowMs += 60_000
    await tokens.invalidate(await tokens.get())
    await expect(tokens.get()).rejects.toMatchObject({ retryAfterMs: 120_000 })
    expect(server.seen).toHaveLength(3)
    clock.nowMs += 120_000
    await tokens.get()
    clock.nowMs += HOUR_MS
    await tokens.invalidate('access-4')
    await expect(tokens.get()).resolves.toBe('access-5')
  })
})

describe('credentials', () => {
  it('that are missing: says how to set them', async () => {
    const tokens = home('http://127.0.0.1:1', null).process()

    await expect(tokens.get()).rejects.toMatchObject({
      code: 'credentials_missing',
      outcome: 'not_sent',
      retryable: true,
    })
    await expect(tokens.get()).rejects.toThrow(
      /"cxi-relay\/main".*secrets\.json.*CXI_RELAY_SECRET_CXI_RELAY_MAIN.*Secrets Manager/,
    )
  })

  it.each([
    [{}, /"grant_type" must be/],
    [{ grant_type: 'implicit' }, /"grant_type" must be/],
    [{ grant_type: 'client_credentials', client_id: 'x' }, /"client_secret"/],
    [{ grant_type: 'password', username: '', password: 7 }, /"username"/],
    [{ grant_type: 'client_credentials', client_id: {}, client_secret: 'TOPSECRET' }, /"client_id"/],
  ])('that are not complete (%j): says what is lacking, never a value', async (secret, lacking) => {
    const tokens = home('http://127.0.0.1:1', secret).process()

    await expect(tokens.get()).rejects.toMatchObject({
      code: 'credentials_invalid',
      outcome: 'not_sent',
      retryable: true,
    })
    await expect(tokens.get()).rejects.toThrow(lacking)
    await expect(tokens.get()).rejects.not.toThrow(/TOPSECRET/)
  })

  it('put in place later are found without a restart', async () => {
    const server = await issuing()
    const { process, secrets } = home(server.url, null)
    const tokens = process()
    await expect(tokens.get()).rejects.toMatchObject({ code: 'credentials_missing' })

    secrets.set(SECRET, CLIENT)

    await expect(tokens.get()).resolves.toBe('access-1')
  })

  it('that were changed bring a new token', async () => {
    const server = await issuing()
    const { process, secrets, clock } = home(server.url)
    const tokens = process()
    await tokens.get()

    secrets.set(SECRET, { ...CLIENT, client_secret: 'other' })
    clock.nowMs += 301_000

    await expect(tokens.get()).resolves.toBe('access-2')
    await expect(process().get()).resolves.toBe('access-2')
    expect(text(server.seen[1])).toContain('other')
  })

  it('that a process still has in its cache do not replace the token of newer ones', async () => {
    const server = await issuing()
    const { process, secrets, clock } = home(server.url)
    const old = await secrets.read(SECRET)
    class CachingSecrets extends MemorySecretStore {
      #freshSeen = false
      override async read(name: string, options?: { fresh?: boolean }) {
        this.#freshSeen ||= options?.fresh === true
        return this.#freshSeen ? secrets.read(name) : old
      }
      override writeToken(name: string, value: Record<string, unknown>) {
        return secrets.writeToken(name, value)
      }
      override readToken(name: string, version?: string) {
        return secrets.readToken(name, version)
      }
    }
    const [behind, ahead] = [process({ secrets: new CachingSecrets() }), process()]
    await behind.get()
    secrets.set(SECRET, { ...CLIENT, client_secret: 'other' })
    clock.nowMs += 7_200_000
    await expect(ahead.get()).resolves.toBe('access-2')

    await expect(behind.get()).resolves.toBe('access-2')

    expect(server.seen).toHaveLength(2)
    expect(text(server.seen[1])).toContain('other')
  })

  it('changed behind a cache are read anew before a refusal is believed', async () => {
    const server = await serve((seen, response) =>
      text(seen).includes('very-secret-1')
        ? json(response, 401, { error: 'invalid_client' })
        : json(response, 200, { access_token: 'good' }),
    )
    const { process, clock } = home(server.url)
    class CachingSecrets extends MemorySecretStore {
      override async read(name: string, options?: { fresh?: boolean }) {
        if (options?.fresh) this.set(name, { ...CLIENT, client_secret: 'rotated' })
        return super.read(name)
      }
    }

    const tokens = process({ secrets: new CachingSecrets({ [SECRET]: CLIENT }) })

    await expect(tokens.get()).resolves.toBe('good')
    expect(clock.slept).toEqual([])
  })
})

describe('a refusal', () => {
  it.each([
    [
      400,
      { error: 'invalid_grant', error_description: 'The provided grant is invalid.' },
      'The provided grant is invalid.',
    ],
    [
      401,
      { error: 'invalid_client', error_description: 'Client authentication failed.' },
      'Client authentication failed.',
    ],
    [404, { error: 'Not found', status: 404 }, 'Not found'],
  ])('status %i is trouble with the account', async (status, body, words) => {
    const server = await serve((_, response) => json(response, status, body))
    const tokens = home(`${server.url}/oauth/token`).process()

    const getting = tokens.get()

    await expect(getting).rejects.toMatchObject({ code: 'token_refused', status, outcome: 'not_sent', retryable: true })
    await expect(getting).rejects.toThrow(words)
  })

  it('is not asked for again within a minute, by any process, and then ever more slowly', async () => {
    const server = await serve((_, response) => json(response, 401, { error: 'invalid_client' }))
    const { process, clock } = home(server.url)
    const [one, two] = [process(), process()]
    const askedAt: number[] = []
    for (let second = 0; second < 600; second += 5) {
      const before = server.seen.length
      await expect(one.get()).rejects.toMatchObject({ code: 'token_refused' })
      await expect(two.get()).rejects.toMatchObject({ code: 'token_refused' })
      if (server.seen.length > before) askedAt.push(second)
      clock.nowMs += 5000
    }

    expect(server.seen).toHaveLength(askedAt.length)
    const gaps = askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0))
    expect(gaps).toEqual([70, 135, 270])
  })

  it('is over at once when the credentials were changed', async () => {
    const server = await serve((seen, response) =>
      text(seen).includes('very-secret-1') ? json(response, 401, {}) : json(response, 200, { access_token: 'good' }),
    )
    const { process, secrets } = home(server.url)
    const [one, two] = [process(), process()]
    await expect(one.get()).rejects.toMatchObject({ code: 'token_refused' })
    await expect(two.get()).rejects.toMatchObject({ code: 'token_refused' })

    secrets.set(SECRET, { ...CLIENT, client_secret: 'mended' })

    await expect(one.get()).resolves.toBe('good')
    await expect(two.get()).resolves.toBe('good')
    expect(server.seen).toHaveLength(2)
  })

  it('says nothing secret, in errors or in the log', async () => {
    const server = await serve((seen, response) => json(response, 401, { error: `bad: ${text(seen)}` }))
    const { process, logger, ledger } = home(server.url)

    const getting = process().get()

    await expect(getting).rejects.toMatchObject({ code: 'token_refused' })
    await expect(getting).rejects.not.toThrow(/very-secret-1/)
    expect(logger.events()).toEqual(['token.failed'])
    expect(JSON.stringify(logger.lines)).not.toContain('very-secret-1')
    expect(JSON.stringify(await ledger.list('account#acc-1'))).not.toContain('very-secret-1')
  })
})

describe('a token endpoint out of order', () => {
  it('out of reach: nothing was sent, tried again soon', async () => {
    const { process, clock } = home(`${await closedPort()}/oauth/token`)
    const tokens = process()

    await expect(tokens.get()).rejects.toMatchObject({ code: 'cxi_unreachable', outcome: 'not_sent', retryable: true })
    await expect(tokens.get()).rejects.toMatchObject({ code: 'cxi_unreachable', retryAfterMs: expect.any(Number) })
    expect(clock.slept).toEqual([])
  })

  it.each([
    ['503', 503, 'cxi_server_error'],
    ['429', 429, 'cxi_rate_limited'],
    ['a redirect', 302, 'cxi_bad_answer'],
    ['no token', 200, 'cxi_bad_answer'],
  ])('%s: nothing was sent', async (_, status, code) => {
    const server = await serve((_seen, response) => json(response, status, {}, { 'retry-after': '200' }))
    const tokens = home(server.url).process()

    await expect(tokens.get()).rejects.toMatchObject({ code, outcome: 'not_sent', retryable: true })
    await expect(tokens.get()).rejects.toMatchObject({ code, outcome: 'not_sent', retryable: true })
    expect(server.seen).toHaveLength(1)
  })
})

describe('the lease', () => {
  it('of a process that died is taken over when it ends', async () => {
    const server = await issuing()
    const { process, ledger, clock } = home(server.url)
    const lease = { holder: 'dead', untilMs: clock.now() + 30_000 }
    const value = { kind: 'token', lease, token: null, failure: null, issued: null, refusals: 0 }
    await ledger.create({ group: 'account#acc-1', id: 'token', value })
    const startedMs = clock.now()

    await expect(process().get()).resolves.toBe('access-1')

    expect(clock.now() - startedMs).toBeGreaterThanOrEqual(30_000)
    expect(clock.now() - startedMs).toBeLessThan(32_000)
  })

  it('that ended while its process was frozen: the token of the next one stays', async () => {
    const others: Promise<string>[] = []
    const server = await serve(async (_, response, count) => {
      if (count === 1) {
        clock.nowMs += 60_000
        others.push(other.get())
        await others[0]
      }
      json(response, 200, { access_token: `access-${count}`, expires_in: 7200 })
    })
    const { process, clock } = home(server.url)
    const other = process()

    await expect(process().get()).resolves.toBe('access-2')

    await expect(Promise.all(others)).resolves.toEqual(['access-2'])
    await expect(process().get()).resolves.toBe('access-2')
    expect(server.seen).toHaveLength(2)
  })

  it('of its own name from before a restart is free', async () => {
    const server = await issuing()
    const { process, ledger, clock } = home(server.url)
    const lease = { holder: 'embedded', untilMs: clock.now() + 30_000 }
    const value = { kind: 'token', lease, token: null, failure: null, issued: null, refusals: 0 }
    await ledger.create({ group: 'account#acc-1', id: 'token', value })

    await expect(process({ holder: 'embedded' }).get()).resolves.toBe('access-1')

    expect(clock.slept).toEqual([])
  })
})

describe('FC-22 odd token answers', () => {
  /** A use every ten seconds for three minutes. */
  async function uses(tokens: TokenProvider, clock: QuickClock): Promise<string[]> {
    const used: string[] = []
    for (let use = 0; use <= 18; use += 1) {
      used.push(await tokens.get())
      clock.nowMs += 10_000
    }
    return used
  }

  it.each(['7200', undefined, null, 0, -1, 1e20, 'soon', true, Number.NaN])(
    'expires_in %j: one request in three minutes',
    async (expires_in) => {
      const server = await issuing({ expires_in })
      const { process, clock } = home(server.url)

      const used = await uses(process(), clock)

      expect(server.seen).toHaveLength(1)
      expect(new Set(used)).toEqual(new Set(['access-1']))
    },
  )

  it('the same token with less and less time left: one request a minute, and it is stored once', async () => {
    const { process, clock, secrets, server } = await reusing()
    const writes = vi.spyOn(secrets, 'writeToken')

    const used = await uses(process(), clock)

    expect(server.seen.length).toBeLessThanOrEqual(3)
    expect(new Set(used)).toEqual(new Set(['same']))
    expect(writes).toHaveBeenCalledTimes(1)
  })

  /** An endpoint that gives out one token, with 90 s falling to 0. */
  async function reusing() {
    const startMs = new QuickClock().now()
    let now = () => startMs
    const server = await serve((_, response) =>
      json(response, 200, { access_token: 'same', expires_in: Math.max(0, 90 - (now() - startMs) / 1000) }),
    )
    const made = home(server.url)
    now = () => made.clock.now()
    return { ...made, server }
  }

  class FullStore extends MemorySecretStore {
    isFull = true
    override writeToken(name: string, value: Record<string, unknown>): Promise<string> {
      return this.isFull ? Promise.reject(new Error('LimitExceededException')) : super.writeToken(name, value)
    }
  }

  it('a failed put does not spoil the token in hand, nor do the other processes ask at once', async () => {
    const server = await issuing()
    const { process, clock, logger } = home(server.url)
    const secrets = new FullStore({ [SECRET]: CLIENT })

    const used = await uses(process({ secrets }), clock)
    clock.nowMs -= 180_000
    await expect(process({ secrets }).get()).rejects.toMatchObject({ outcome: 'not_sent', retryable: true })

    expect(new Set(used)).toEqual(new Set(['access-1']))
    expect(server.seen).toHaveLength(1)
    expect(logger.events()).toContain('token.unshared')
  })

  it('a token that could not be stored is stored later, for all', async () => {
    const server = await issuing()
    const { process, clock } = home(server.url)
    const secrets = new FullStore({ [SECRET]: CLIENT })
    const one = process({ secrets })
    await one.get()
    secrets.isFull = false
    clock.nowMs += 400_000

    await one.get()

    await expect(process({ secrets }).get()).resolves.toBe('access-1')
    expect(server.seen).toHaveLength(1)
  })

  it('a token that could not be stored and is refused is replaced at once, then ever more slowly', async () => {
    const server = await issuing()
    const { process } = home(server.url)
    const tokens = process({ secrets: new FullStore({ [SECRET]: CLIENT }) })
    await tokens.invalidate(await tokens.get())
    await tokens.invalidate(await tokens.get())

    await expect(tokens.get()).rejects.toMatchObject({ code: 'cxi_unauthorized', retryAfterMs: 60_000 })
    expect(server.seen).toHaveLength(2)
  })
})

describe('stores out of order', () => {
  it('do not matter while the token in memory is good', async () => {
    const server = await issuing()
    let down = false
    class ShakyLedger extends MemoryLedger {
      override get<T>(group: string, id: string) {
        return down ? Promise.reject(new Error('ledger down')) : super.get<T>(group, id)
      }
    }
    const { process, clock } = home(server.url)
    const tokens = process({ ledger: new ShakyLedger(clock) })
    await tokens.get()
    clock.nowMs += HOUR_MS
    down = true

    await expect(tokens.get()).resolves.toBe('access-1')
  })
})
