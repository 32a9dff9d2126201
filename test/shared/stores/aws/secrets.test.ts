import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterEach, expect, test } from 'vitest'
import { SecretsManagerStore } from '../../../../shared/stores/aws/secrets.ts'
import { type AwsAnswer, type AwsCall, type FakeAws, startFakeAws } from '../../../support/fake-aws.ts'
import { ManualClock } from '../../../support/fakes.ts'

const closing: (() => Promise<void>)[] = []
const MINUTE_MS = 60_000

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function manager(answer: (call: AwsCall, turn: number) => AwsAnswer) {
  const aws: FakeAws = await startFakeAws(answer)
  const client = new SecretsManagerClient(aws.options)
  const clock = new ManualClock()
  closing.push(async () => {
    client.destroy()
    await aws.close()
  })
  return { secrets: new SecretsManagerStore(client, clock), aws, clock }
}

const found = (version: string): AwsAnswer => ({
  body: { Name: 'cxi-relay/main', VersionId: version, SecretString: '{"client_id":"a"}' },
})

const missing: AwsAnswer = {
  status: 400,
  body: { __type: 'ResourceNotFoundException', Message: "Secrets Manager can't find the specified secret." },
}

test('asks once in five minutes, however many want to know', async () => {
  const { secrets, aws, clock } = await manager((_, turn) => found(`v${turn}`))

  await Promise.all(Array.from({ length: 50 }, () => secrets.read('cxi-relay/main')))
  await clock.advance(5 * MINUTE_MS - 1)
  expect((await secrets.read('cxi-relay/main'))?.version).toBe('v1')
  expect(aws.calls).toHaveLength(1)
  await clock.advance(1)

  expect((await secrets.read('cxi-relay/main'))?.version).toBe('v2')
})

test('asks anew when it must be fresh, and remembers that', async () => {
  const { secrets, aws } = await manager((_, turn) => found(`v${turn}`))
  await secrets.read('cxi-relay/main')

  const fresh = await secrets.read('cxi-relay/main', { fresh: true })

  expect(fresh?.version).toBe('v2')
  expect((await secrets.read('cxi-relay/main'))?.version).toBe('v2')
  expect(aws.calls).toHaveLength(2)
})

test('looks for a secret that is not there once a minute', async () => {
  const { secrets, aws, clock } = await manager(() => missing)

  await secrets.read('cxi-relay/main')
  await secrets.read('cxi-relay/main')
  expect(aws.calls).toHaveLength(1)
  await clock.advance(MINUTE_MS)

  expect(await secrets.read('cxi-relay/main')).toBeUndefined()
  expect(aws.calls).toHaveLength(2)
})

test('takes a secret without a value for a missing one', async () => {
  const { secrets } = await manager(() => ({ body: { Name: 'cxi-relay/main', VersionId: 'v1', SecretString: '' } }))

  expect(await secrets.read('cxi-relay/main')).toBeUndefined()
})

test('remembers no failure', async () => {
  const { secrets } = await manager((_, turn) =>
    turn === 1 ? { status: 400, body: { __type: 'AccessDeniedException', Message: 'no' } } : found('v2'),
  )

  await expect(secrets.read('cxi-relay/main')).rejects.toMatchObject({ code: 'store_unavailable', retryable: true })

  expect((await secrets.read('cxi-relay/main'))?.version).toBe('v2')
})

test('asks for exactly the version of a token that is wanted', async () => {
  const version = '11111111-2222-3333-4444-555555555555'
  const { secrets, aws } = await manager(() => found(version))

  await secrets.readToken('cxi-relay/main/token', version)

  expect(aws.calls[0]?.json).toEqual({ SecretId: 'cxi-relay/main/token', VersionId: version })
})

test('makes the secret of a token only where there is none', async () => {
  const { secrets, aws } = await manager(({ operation }) =>
    operation === 'PutSecretValue' ? missing : { body: { VersionId: 'made' } },
  )

  expect(await secrets.writeToken('cxi-relay/main/token', { access_token: 'one' })).toBe('made')
  expect(aws.calls.map(({ operation }) => operation)).toEqual(['PutSecretValue', 'CreateSecret'])
})
