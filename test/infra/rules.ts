import { type Stack, Validations } from 'aws-cdk-lib'
import { Annotations, Match } from 'aws-cdk-lib/assertions'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { afterEach, expect, test } from 'vitest'
import type { RelayConfig } from '../../shared/config/types.ts'
import { CONFIG, type SynthesizedStack, synthesize, WITH_WEBHOOKS } from './stack.ts'

const made: SynthesizedStack[] = []

async function stackOf(...config: Parameters<typeof synthesize>): Promise<SynthesizedStack> {
  const synthesized = await synthesize(...config)
  made.push(synthesized)
  return synthesized
}

afterEach(async () => {
  for (const { remove } of made.splice(0)) await remove()
  // A refused synthesis says so to the shell as well.
  process.exitCode = undefined
})

const account = { account: 'main' }
const WITH_ALL: RelayConfig = {
  ...WITH_WEBHOOKS,
  exports: [
    { type: 'responses', schedule: '0 6 * * *', ...account },
    { type: 'recent', schedule: '*/15 * * * *', ...account },
  ],
  accounts: {
    main: { secret: 'cxi-relay/main', mailTo: 'exports@mail.example.com' },
    eu: { secret: 'cxi-relay/eu', mailTo: 'eu@mail.example.com' },
  },
  alarms: { email: ['ops@example.com'], drops: ['cx@example.com'] },
}

test.each([
  ['drops alone', CONFIG],
  ['every door', WITH_ALL],
])('keeps to the rules of cdk-nag with %s', async (_, config) => {
  const { app } = await stackOf(config)
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app))

  expect(() => app.synth({ force: true })).not.toThrow()
})

test.each([
  ['a bucket', 'AwsSolutions::AwsSolutions-S1', (stack: Stack) => new Bucket(stack, 'Open')],
  ['a queue', 'Serverless::Serverless-SQSRedrivePolicy', (stack: Stack) => new Queue(stack, 'Loose')],
])('is refused by cdk-nag with %s that breaks them', async (_, rule, add) => {
  const { app, stack } = await stackOf()
  add(stack)
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app))

  expect(() => app.synth({ force: true })).toThrow(rule)
})

test('comes out the same each time', async () => {
  const [one, two] = [await stackOf(), await stackOf()]

  expect(one.template.toJSON()).toEqual(two.template.toJSON())
})

test('bounds what goes to CXI at once by the configuration', async () => {
  const { template } = await stackOf({ ...CONFIG, limits: { concurrency: 7 } })

  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 7 } })
})

test('warns where SQS allows no concurrency so low', async () => {
  const { stack } = await stackOf({ ...CONFIG, limits: { concurrency: 1 } })

  Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('limits.concurrency is 1'))
})

test('refuses an upload that may take longer than a function', async () => {
  await expect(synthesize({ ...CONFIG, limits: { postSeconds: 721 } })).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('limits.postSeconds must be 720 or less'),
  })
})

test('needs one secret where two accounts share it', async () => {
  const shared = { accounts: { one: { secret: 'cxi-relay/main' }, two: { secret: 'cxi-relay/main' } } }
  const { template } = await stackOf({ ...shared, sources: { nps: { account: 'one' } } })

  template.resourceCountIs('AWS::SecretsManager::Secret', 3)
})
