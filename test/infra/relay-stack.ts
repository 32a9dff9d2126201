import { Match, type Template } from 'aws-cdk-lib/assertions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CONFIG, SYNTH_WITHIN_MS, type SynthesizedStack, usualStack } from './stack.ts'

let synthesized: SynthesizedStack
let template: Template

beforeAll(async () => {
  synthesized = await usualStack()
  template = synthesized.template
}, SYNTH_WITHIN_MS)

afterAll(() => synthesized.remove())

const propertiesOf = (type: string) =>
  Object.entries(template.findResources(type)).map(([id, { Properties }]) => ({ id, ...Properties }))

describe('what is stored', () => {
  test('is private, encrypted and reached by TLS only', () => {
    const buckets = propertiesOf('AWS::S3::Bucket')

    expect(buckets).toHaveLength(2)
    for (const bucket of buckets) {
      expect(bucket.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      })
      expect(JSON.stringify(bucket.BucketEncryption)).toContain('AES256')
      template.hasResourceProperties('AWS::S3::BucketPolicy', {
        Bucket: { Ref: bucket.id },
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        },
      })
    }
  })

  test('keeps versions of dropped files, and forgets only what is in CXI, or could not be read for two weeks', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: { Rules: Match.anyValue() },
    })
    const rules = propertiesOf('AWS::S3::Bucket').flatMap(
      ({ VersioningConfiguration, LifecycleConfiguration }) =>
        (VersioningConfiguration ? LifecycleConfiguration.Rules : []) as {
          Prefix?: string
          TagFilters?: { Key: string; Value: string }[]
          ExpirationInDays?: number
          NoncurrentVersionExpiration?: { NoncurrentDays: number }
        }[],
    )
    const forgettingDrops = rules.filter(
      ({ Prefix = '', ExpirationInDays, NoncurrentVersionExpiration }) =>
        (ExpirationInDays || NoncurrentVersionExpiration) && 'inbox/'.startsWith(Prefix),
    )

    expect(forgettingDrops.map(({ TagFilters }) => TagFilters)).toEqual([
      [{ Key: 'cxi-relay', Value: 'imported' }],
      [{ Key: 'cxi-relay', Value: 'duplicate' }],
    ])
    const expiring = rules.filter(({ Prefix, ExpirationInDays }) => Prefix !== 'inbox/' && ExpirationInDays)
    expect(expiring.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays])).toEqual([
      ['responses/sent/', 30],
      ['quarantine/', 14],
      ['late/', 90],
      ['mail/done/', 90],
    ])
  })

  test('stays when the stack goes: files, ledger and the key of hashed columns', () => {
    for (const [type, properties] of [
      ['AWS::S3::Bucket', { VersioningConfiguration: { Status: 'Enabled' } }],
      ['AWS::DynamoDB::Table', { DeletionProtectionEnabled: true }],
      ['AWS::SecretsManager::Secret', { Name: 'relay/privacy-key' }],
    ] as const) {
      template.hasResource(type, { Properties: properties, DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    }
  })

  test('has the ledger with indexes of what waits and what is due, an expiry and a way back in time', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'group', KeyType: 'HASH' },
        { AttributeName: 'id', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'waiting',
          KeySchema: [
            { AttributeName: 'waitScope', KeyType: 'HASH' },
            { AttributeName: 'waitAtMs', KeyType: 'RANGE' },
          ],
          Projection: {
            ProjectionType: 'INCLUDE',
            NonKeyAttributes: ['version', 'bytes', 'firstMs', 'responseId'],
          },
        },
        {
          IndexName: 'due',
          KeySchema: [
            { AttributeName: 'dueShard', KeyType: 'HASH' },
            { AttributeName: 'dueAtMs', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    })
  })

  test('has a secret for each account that says what to paste, with no value that a deployment could write over', () => {
    const secrets = propertiesOf('AWS::SecretsManager::Secret')

    expect(secrets.map(({ Name }) => Name).sort()).toEqual(
      ['cxi-relay/eu', 'cxi-relay/eu/token', 'cxi-relay/main', 'cxi-relay/main/token', 'relay/privacy-key'].sort(),
    )
    for (const account of Object.keys(CONFIG.accounts)) {
      const secret = secrets.find(({ Name }) => Name === `cxi-relay/${account}`)
      expect(secret?.Description).toContain(`"${account}": {"grant_type":`)
      expect(secret).not.toHaveProperty('SecretString')
      expect(secret).not.toHaveProperty('GenerateSecretString')
    }
  })
})

describe('the queues', () => {
  test('are encrypted, take TLS only, and set aside what cannot be worked on', () => {
    const queues = propertiesOf('AWS::SQS::Queue')
    const working = queues.filter(({ RedrivePolicy }) => RedrivePolicy)
    const deadLetters = queues.filter(({ RedrivePolicy }) => !RedrivePolicy)

    expect(deadLetters).toHaveLength(1)
    expect(working.length).toBeGreaterThanOrEqual(2)
    for (const { RedrivePolicy } of working) {
      expect(RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0]).toBe(deadLetters[0]?.id)
    }
    expect(queues.every(({ SqsManagedSseEnabled }) => SqsManagedSseEnabled === true)).toBe(true)
    expect(queues.every(({ MessageRetentionPeriod }) => MessageRetentionPeriod === 14 * 86_400)).toBe(true)
    for (const { id } of queues) {
      template.hasResourceProperties('AWS::SQS::QueuePolicy', {
        Queues: [{ Ref: id }],
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        },
      })
    }
  })

  test('hide a message six times as long as its function may run', () => {
    const functions = new Map(propertiesOf('AWS::Lambda::Function').map(({ id, Timeout }) => [id, Timeout]))
    const queues = new Map(propertiesOf('AWS::SQS::Queue').map(({ id, VisibilityTimeout }) => [id, VisibilityTimeout]))
    const sources = propertiesOf('AWS::Lambda::EventSourceMapping')

    expect(sources).toHaveLength(2)
    for (const { EventSourceArn, FunctionName } of sources) {
      const hidden = queues.get(EventSourceArn['Fn::GetAtt'][0])
      expect(hidden).toBeGreaterThanOrEqual(6 * functions.get(FunctionName.Ref))
    }
  })

  test('give single messages, with an answer for each, and no more at once than CXI is to bear', () => {
    for (const maximum of [10, 4]) {
      template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        BatchSize: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: maximum },
      })
    }
  })

  test('get what is dropped into the inbox, from buckets of this account only', () => {
    template.hasResource('AWS::S3::Bucket', {
      Properties: {
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              Event: 's3:ObjectCreated:*',
              Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'inbox/' }] } },
              Queue: { 'Fn::GetAtt': [Match.stringLikeRegexp('ArrivalsQueue'), 'Arn'] },
            },
          ],
        },
      },
      DependsOn: [Match.stringLikeRegexp('ArrivalsQueuePolicy')],
    })
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 's3.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    })
    expect(propertiesOf('Custom::S3BucketNotifications')).toEqual([])
  })
})

describe('the functions', () => {
  test('run on Node 24, arm64, each with a log that ends', () => {
    const functions = propertiesOf('AWS::Lambda::Function')

    expect(functions).toHaveLength(3)
    for (const { Runtime, Architectures, LoggingConfig, Handler } of functions) {
      expect({ Runtime, Architectures, Handler }).toEqual({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      })
      template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 })
      expect(LoggingConfig.LogGroup.Ref).toMatch(/Log/)
    }
  })

  test('are called every minute, the sweep, and nobody repeats that', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('SweepFunction'), 'Arn'] },
        RetryPolicy: { MaximumRetryAttempts: 0 },
      },
    })
  })
})
