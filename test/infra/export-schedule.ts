import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RelayConfig } from '../../shared/config/types.ts'
import { grantsOf, SYNTH_WITHIN_MS, type SynthesizedStack, synthesize } from './stack.ts'

const CONFIG: RelayConfig = {
  accounts: { main: { secret: 'cxi-relay/main', mailTo: 'exports@mail.example.com' } },
  sources: { nps: {} },
  exports: [
    { type: 'responses', schedule: '0 6 * * *', timezone: 'Europe/Berlin' },
    { type: 'users', schedule: '30 6 * * FRI' },
  ],
}

const made: SynthesizedStack[] = []

afterEach(async () => {
  for (const { remove } of made.splice(0)) await remove()
})

async function stackOf(change: Partial<RelayConfig>): Promise<SynthesizedStack> {
  const synthesized = await synthesize({ ...CONFIG, ...change })
  made.push(synthesized)
  return synthesized
}

let synthesized: SynthesizedStack
let template: Template

beforeAll(async () => {
  synthesized = await synthesize(CONFIG)
  template = synthesized.template
}, SYNTH_WITHIN_MS)

afterAll(() => synthesized.remove())

describe('a stack without exports', () => {
  test('has nothing of them', async () => {
    const { exports: _, ...rest } = CONFIG
    const without = { ...rest, accounts: { main: { secret: 'cxi-relay/main' } } }
    const { template: found } = await stackOf({ exports: [], accounts: without.accounts })
    const { template: alike } = await synthesize(without).then((one) => {
      made.push(one)
      return one
    })

    const ids = Object.keys(found.toJSON().Resources)
    expect(ids.filter((id) => id.startsWith('Exports'))).toEqual([])
    expect(alike.toJSON()).toEqual(found.toJSON())
    expect(found.findOutputs('*', { Value: Match.stringLikeRegexp('rule-set') })).toEqual({})
  })
})

describe('schedules', () => {
  test('put the key and the time of each line into the queue, in its zone', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Description: 'responses of account main: 0 6 * * * (Europe/Berlin)',
      GroupName: { Ref: Match.stringLikeRegexp('SchedulesGroup') },
      ScheduleExpression: 'cron(0 6 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('ExportsRequestsQueue'), 'Arn'] },
        Input: Match.stringLikeRegexp('^{"schedule":"[0-9a-f]{16}","time":"<aws.scheduler.scheduled-time>"}$'),
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DeadLetters'), 'Arn'] } },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    })
  })

  test('have days of the week by name, and UTC where no zone is given', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Description: 'users of account main: 30 6 * * FRI (UTC)',
      ScheduleExpression: 'cron(30 6 ? * FRI *)',
      ScheduleExpressionTimezone: 'UTC',
    })
  })

  test('FC-26 at a time that a night lacks or has twice make a warning', async () => {
    const { stack } = await stackOf({ exports: [{ type: 'users', schedule: '30 2 * * *', timezone: 'Europe/Berlin' }] })

    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('exports\\[0\\].schedule: "30 2 \\* \\* \\*"'))
  })

  test('may do nothing but send to their queue and its dead letters', () => {
    const [role] = Object.entries(template.findResources('AWS::IAM::Role')).filter(([id]) => /SchedulesRole/.test(id))

    expect(
      role?.[1].Properties.Policies.map(({ PolicyDocument }: { PolicyDocument: object }) => PolicyDocument),
    ).toEqual([
      {
        Version: '2012-10-17',
        Statement: [
          {
            Action: 'sqs:SendMessage',
            Effect: 'Allow',
            Resource: [
              { 'Fn::GetAtt': [expect.stringMatching('ExportsRequestsQueue'), 'Arn'] },
              { 'Fn::GetAtt': [expect.stringMatching('^DeadLetters'), 'Arn'] },
            ],
          },
        ],
      },
    ])
    expect(JSON.stringify(role?.[1].Properties.AssumeRolePolicyDocument)).toContain('aws:SourceAccount')
  })

  test.each([
    ['a line with both kinds of days', { schedule: '0 6 13 * FRI' }, 'exports[0].schedule: restricts both'],
    ['a zone without a name', { schedule: '0 6 * * *', timezone: '+02:00' }, 'exports[0].timezone is "+02:00"'],
  ])('refuse %s', async (_, line, problem) => {
    await expect(synthesize({ ...CONFIG, exports: [{ type: 'users', ...line }] })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(problem),
    })
  })
})

describe('the functions', () => {
  test('ask without any right on the bucket', () => {
    expect(grantsOf(template, 'relay: request-export')).toEqual([
      'dynamodb:DeleteItem on Ledger',
      'dynamodb:GetItem on Ledger',
      'dynamodb:PutItem on Ledger',
      'dynamodb:Query on Ledger',
      'dynamodb:UpdateItem on Ledger',
      'logs:CreateLogStream on RequestExportLog',
      'logs:PutLogEvents on RequestExportLog',
      'secretsmanager:GetSecretValue on Credentialsmain',
      'secretsmanager:GetSecretValue on Tokenmain',
      'secretsmanager:PutSecretValue on Tokenmain',
      'sqs:ChangeMessageVisibility on RequestsQueue',
      'sqs:DeleteMessage on RequestsQueue',
      'sqs:GetQueueAttributes on RequestsQueue',
      'sqs:GetQueueUrl on RequestsQueue',
      'sqs:ReceiveMessage on RequestsQueue',
      'sqs:SendMessage on CollectsQueue',
      'sqs:SendMessage on RequestsQueue',
    ])
  })

  test('bring files home without the credentials, and touch mails and exports only', () => {
    expect(grantsOf(template, 'relay: collect-export').filter((grant) => !/^(dynamodb|logs|sqs)/.test(grant))).toEqual([
      's3:AbortMultipartUpload on Bucket/exports/*',
      's3:AbortMultipartUpload on Bucket/mail/*',
      's3:DeleteObject on Bucket/mail/*',
      's3:GetObject on Bucket/exports/*',
      's3:GetObject on Bucket/mail/*',
      's3:ListBucket on Bucket',
      's3:ListBucketVersions on Bucket',
      's3:PutObject on Bucket/exports/*',
      's3:PutObject on Bucket/mail/*',
    ])
  })

  test('read credentials to bring the newest responses home, which CXI lists', async () => {
    const { template: recent } = await stackOf({ exports: [{ type: 'recent', schedule: '*/15 * * * *' }] })

    expect(grantsOf(recent, 'relay: collect-export').filter((grant) => grant.startsWith('secrets'))).toEqual([
      'secretsmanager:GetSecretValue on Credentialsmain',
      'secretsmanager:GetSecretValue on Tokenmain',
      'secretsmanager:PutSecretValue on Tokenmain',
    ])
  })

  test('are told by the sweep of what is due', () => {
    const grants = grantsOf(template, 'relay: sweep')

    expect(grants.filter((grant) => /(Requests|Collects)Queue/.test(grant))).toEqual([
      'sqs:GetQueueAttributes on CollectsQueue',
      'sqs:GetQueueAttributes on RequestsQueue',
      'sqs:SendMessage on CollectsQueue',
      'sqs:SendMessage on RequestsQueue',
    ])
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('every minute'),
      Environment: {
        Variables: Match.objectLike({
          RELAY_EXPORTS_QUEUE_URL: { Ref: Match.stringLikeRegexp('RequestsQueue') },
          RELAY_COLLECTS_QUEUE_URL: { Ref: Match.stringLikeRegexp('CollectsQueue') },
        }),
      },
    })
  })
})
