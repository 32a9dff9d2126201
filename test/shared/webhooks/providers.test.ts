import { describe, expect, it } from 'vitest'
import { statusOf, WebhookWorld } from '../../support/webhook-world.ts'
import { requestOf, SAMPLES, type Sample } from './samples.ts'

function worldOf({ provider, columns, secret }: Sample) {
  const world = new WebhookWorld(provider, columns ? { columns } : {})
  if (secret) world.secrets.set('hook', { secret })
  return { world, door: world.process().webhooks.door }
}

/** Signed over the body, rather than by showing the secret. */
const isSigned = ({ sign }: Sample) =>
  sign !== undefined && Object.keys(sign('', 0)).some((name) => name !== 'authorization')

describe.each(SAMPLES)('$name', (sample) => {
  it('becomes the right response', async () => {
    const { world, door } = worldOf(sample)

    const answer = await door.receive('nps', world.request('', requestOf(sample, world.clock.now())))

    expect(statusOf(answer)).toBe('202 accepted')
    expect(await world.stored()).toMatchObject([sample.expected])
  })

  it('is a duplicate when it is delivered again', async () => {
    const { world, door } = worldOf(sample)
    const request = world.request('', requestOf(sample, world.clock.now()))
    await door.receive('nps', request)

    const answer = await door.receive('nps', request)

    expect(statusOf(answer)).toBe('200 duplicate')
  })

  it('is refused with the secret of somebody else, and nothing is stored', async () => {
    const { world, door } = worldOf(sample)
    const request = world.request('', requestOf(sample, world.clock.now()))
    world.secrets.set('hook', { secret: sample.secret ? `whsec_${Buffer.alloc(24, 8).toString('base64')}` : 'other' })

    const answer = await door.receive('nps', request)

    expect(answer.status).toBe(401)
    expect(await world.stored()).toEqual([])
    expect(await world.keys('')).toEqual([])
  })
})

describe.each(SAMPLES.filter(isSigned))('$name, signed', (sample) => {
  it('is refused when any byte of its body was changed', async () => {
    const { world, door } = worldOf(sample)
    const signed = requestOf(sample, world.clock.now())

    for (let at = 0; at < signed.body.length; at += 7) {
      const body = Buffer.from(signed.body)
      body[at] = (body[at] as number) ^ 1
      const answer = await door.receive('nps', world.request('', { ...signed, body }))

      expect(answer.status, `byte ${at}`).toBe(401)
    }
    expect(await world.stored()).toEqual([])
  })
})
