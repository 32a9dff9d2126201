import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../../shared/webhooks/providers/registry.ts'
import { extent } from '../../support/extent.ts'
import { SECRET, WebhookWorld } from '../../support/webhook-world.ts'
import { SAMPLES } from './samples.ts'

const RUNS = extent(2000, 50_000)

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'id',
  'score',
  'response',
  'event',
  'MSG',
  'rawRequest',
  'a[b][c]',
  'x[__proto__][y]',
]
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.string(),
    fc.double(),
    fc.constant(null),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string()), tie('value'), { maxKeys: 5 }),
  ),
})).value
const mutated = fc
  .tuple(fc.constantFrom(...SAMPLES.map(({ body }) => body)), fc.nat(), fc.string({ maxLength: 3 }), fc.nat(40))
  .map(([body, at, text, cut]) => `${body.slice(0, at % body.length)}${text}${body.slice((at % body.length) + cut)}`)
const body = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  json.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
  mutated.map((text) => Buffer.from(text)),
  fc.nat(3000).map((depth) => Buffer.from('['.repeat(depth) + ']'.repeat(depth))),
  fc
    .array(fc.tuple(fc.constantFrom(...NAMES), fc.string()))
    .map((fields) => Buffer.from(new URLSearchParams(fields).toString())),
)
const contentType = fc.oneof(
  fc.constantFrom(
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'multipart/form-data; boundary=----relayBoundary42',
    'text/plain; charset=utf-16',
    'text/plain; charset=nonsense',
    '',
  ),
  fc.string(),
)

describe('any request at all', () => {
  it('is answered below 500 by a source of any tool, and stores nothing for strangers', {
    timeout: 600_000,
  }, async () => {
    const worlds = [...PROVIDERS.keys()].map((provider) => {
      const world = new WebhookWorld(provider)
      // Some samples carry their proof in the body, and may be changed elsewhere: it is not this source's.
      world.secrets.set('hook', { secret: `not ${SECRET}`, client_id: 'c' })
      return { world, door: world.process().webhooks.door }
    })
    const header = fc.constantFrom(
      'hmac',
      'authorization',
      'typeform-signature',
      'webhook-signature',
      'x-hub-signature',
    )
    const request = fc.record({
      which: fc.nat(worlds.length - 1),
      method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'HEAD', 'PUT', 'OPTIONS'),
      headers: fc.dictionary(header, fc.string(), { maxKeys: 2 }),
      contentType,
      query: fc.oneof(
        fc.constant(''),
        fc.string().map((text) => `?token=${encodeURIComponent(text)}`),
      ),
      body,
    })

    await fc.assert(
      fc.asyncProperty(request, async ({ which, method, headers, contentType: type, query, body: bytes }) => {
        const { world, door } = worlds[which] as (typeof worlds)[number]
        const path = `/webhooks/nps${query}`
        const answer = await door.receive(
          'nps',
          world.request(bytes, { method, headers: { ...headers, 'content-type': type }, path }),
        )

        expect(answer.status).toBeLessThan(500)
        if (method === 'POST') expect(answer.status).toBe(401)
      }),
      { numRuns: RUNS },
    )

    for (const { world } of worlds) {
      expect(await world.stored()).toEqual([])
      expect(await world.keys('')).toEqual([])
    }
    expect(({} as Record<string, unknown>).y).toBeUndefined()
  })

  it('of a known sender is stored, ignored or kept aside', { timeout: 600_000 }, async () => {
    const worlds = [...PROVIDERS.keys()]
      .filter((name) => PROVIDERS.get(name)?.proofs.some(({ kind }) => kind === 'static'))
      .map((provider) => {
        const world = new WebhookWorld(provider)
        return { world, door: world.process().webhooks.door }
      })
    const request = fc.record({ which: fc.nat(worlds.length - 1), contentType, body })

    await fc.assert(
      fc.asyncProperty(request, async ({ which, contentType: type, body: bytes }) => {
        const { world, door } = worlds[which] as (typeof worlds)[number]
        const path = `/webhooks/nps?token=${encodeURIComponent(SECRET)}`
        const answer = await door.receive('nps', world.request(bytes, { headers: { 'content-type': type }, path }))

        expect([200, 202, 401]).toContain(answer.status)
      }),
      { numRuns: RUNS },
    )
    expect(({} as Record<string, unknown>).y).toBeUndefined()
  })
})
