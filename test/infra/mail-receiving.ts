import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RelayConfig } from '../../shared/config/types.ts'
import { SYNTH_WITHIN_MS, type SynthesizedStack, synthesize } from './stack.ts'

const CONFIG: RelayConfig = {
  accounts: { main: { secret: 'cxi-relay/main', mailTo: 'exports@mail.example.com' } },
  sources: { nps: {} },
  exports: [{ type: 'responses', schedule: '0 6 * * *' }],
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

describe('mails', () => {
  test('that somebody puts into the bucket as .eml are told of, beside what is dropped', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      NotificationConfiguration: {
        QueueConfigurations: [
          Match.objectLike({ Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'inbox/' }] } } }),
          {
            Event: 's3:ObjectCreated:*',
            Filter: {
              S3Key: {
                Rules: [
                  { Name: 'prefix', Value: 'mail/' },
                  { Name: 'suffix', Value: '.eml' },
                ],
              },
            },
            Queue: { 'Fn::GetAtt': [Match.stringLikeRegexp('ExportsCollectsQueue'), 'Arn'] },
          },
        ],
      },
    })
  })

  test('to the address are put into mail/ by the rule, over TLS, scanned, with a notification', () => {
    template.hasResource('AWS::SES::ReceiptRule', {
      Properties: {
        RuleSetName: 'relay-exports',
        Rule: {
          Name: 'relay-exports',
          Enabled: true,
          Recipients: ['exports@mail.example.com'],
          ScanEnabled: true,
          TlsPolicy: 'Require',
          Actions: [
            {
              S3Action: {
                BucketName: { Ref: Match.stringLikeRegexp('Bucket') },
                ObjectKeyPrefix: 'mail/',
                TopicArn: { Ref: Match.stringLikeRegexp('ExportsMailTopic') },
              },
            },
          ],
        },
      },
      DependsOn: Match.arrayWith([
        Match.stringLikeRegexp('ExportsMailRuleSet'),
        Match.stringLikeRegexp('ExportsMailTopicPolicy'),
        Match.stringLikeRegexp('BucketPolicy'),
      ]),
    })
  })

  test('are written by that rule of this account only', () => {
    const bySes = { Principal: { Service: 'ses.amazonaws.com' }, Effect: 'Allow' }
    const rule = Match.objectLike({
      StringEquals: {
        'aws:SourceAccount': { Ref: 'AWS::AccountId' },
        'aws:SourceArn': {
          'Fn::Join': ['', Match.arrayWith([':receipt-rule-set/relay-exports:receipt-rule/relay-exports'])],
        },
      },
    })
    const statement = (Action: unknown) => ({
      Statement: Match.arrayWith([Match.objectLike({ ...bySes, Action, Condition: rule })]),
    })

    template.hasResourceProperties('AWS::S3::BucketPolicy', { PolicyDocument: statement('s3:PutObject') })
    template.hasResourceProperties('AWS::SNS::TopicPolicy', { PolicyDocument: statement('sns:Publish') })
    template.hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: statement(['kms:Decrypt', 'kms:GenerateDataKey']),
    })
  })

  test('are told of by an encrypted topic that takes TLS only, and none of them is lost on the way', () => {
    template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() })
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    })
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      Endpoint: { 'Fn::GetAtt': [Match.stringLikeRegexp('ExportsCollectsQueue'), 'Arn'] },
      RawMessageDelivery: true,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DeadLetters'), 'Arn'] },
      },
    })
  })

  test('reach a rule set of its own when somebody runs the command that an output gives', () => {
    template.hasResourceProperties('AWS::SES::ReceiptRuleSet', { RuleSetName: 'relay-exports' })
    template.hasOutput('ActivateMail', {
      Value: {
        'Fn::Join': [
          '',
          ['aws ses set-active-receipt-rule-set --rule-set-name relay-exports --region ', { Ref: 'AWS::Region' }],
        ],
      },
    })
    template.hasOutput('MailRecord', {
      Value: {
        'Fn::Join': [
          '',
          ['mail.example.com MX 10 inbound-smtp.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }],
        ],
      },
    })
  })

  test('join a rule set that is there, and nothing is to be activated', async () => {
    const { template: joined } = await stackOf({ ses: { ruleSet: 'inbound' } })

    joined.hasResourceProperties('AWS::SES::ReceiptRule', { RuleSetName: 'inbound', Rule: { Name: 'relay-exports' } })
    joined.resourceCountIs('AWS::SES::ReceiptRuleSet', 0)
    expect(joined.findOutputs('ActivateMail')).toEqual({})
  })

  test('of several accounts have a rule and a folder each', async () => {
    const { template: found } = await stackOf({
      accounts: {
        main: { secret: 'a', mailTo: 'main@mail.example.com' },
        'eu.shop': { secret: 'b', mailTo: 'eu@mail.example.eu' },
        quiet: { secret: 'c' },
      },
      sources: { nps: { account: 'main' } },
      exports: [{ type: 'users', schedule: '0 6 * * *', account: 'quiet' }],
    })

    const rules = Object.values(found.findResources('AWS::SES::ReceiptRule')).map(({ Properties: { Rule } }) => [
      Rule.Name,
      Rule.Recipients,
      Rule.Actions[0].S3Action.ObjectKeyPrefix,
    ])
    expect(rules).toEqual([
      ['relay-exports', ['main@mail.example.com'], 'mail/main/'],
      ['relay-exports-2-eu-shop', ['eu@mail.example.eu'], 'mail/eu.shop/'],
    ])
    const policies = JSON.stringify(found.findResources('AWS::SNS::TopicPolicy'))
    expect(policies).toContain('receipt-rule/relay-exports-2-eu-shop')
  })

  test('are left out with everything of Amazon SES where an emulator is deployed to', async () => {
    const { template: found } = await synthesize(CONFIG, { ses: 'false' }).then((one) => {
      made.push(one)
      return one
    })

    expect(JSON.stringify(found.toJSON())).not.toMatch(/AWS::SES::|ses\.amazonaws|ActivateMail/)
    found.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'cron(0 6 * * ? *)' })
  })

  test.each([
    ['without an address that receives them', {}, 'no address receives those of main'],
    ['from a mailbox', { mail: { imap: { host: 'imap.example.com', secret: 'x' } } }, 'mail.imap has no effect'],
    ['without an address, beside a rule set', { ses: { ruleSet: 'inbound' } }, 'ses has no effect'],
  ])('%s make a warning', async (_, change, warning) => {
    const { stack } = await stackOf({ accounts: { main: { secret: 'cxi-relay/main' } }, ...change })

    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp(warning))
  })

  test('are not missed where only the newest responses are read', async () => {
    const accounts = { main: { secret: 'cxi-relay/main' } }
    const { stack } = await stackOf({ accounts, exports: [{ type: 'recent', schedule: '*/15 * * * *' }] })

    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue())
  })
})
