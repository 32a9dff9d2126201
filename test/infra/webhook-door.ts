import { Match, type Template } from 'aws-cdk-lib/assertions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CONFIG, grantsOf, SYNTH_WITHIN_MS, type SynthesizedStack, synthesize, WITH_WEBHOOKS } from './stack.ts'

let synthesized: SynthesizedStack
let template: Template

beforeAll(async () => {
  synthesized = await synthesize(WITH_WEBHOOKS)
  template = synthesized.template
}, SYNTH_WITHIN_MS)

afterAll(() => synthesized.remove())

const propertiesOf = (type: string) => Object.values(template.findResources(type)).map(({ Properties }) => Properties)

describe('the API', () => {
  test('has a route for each source with a webhook, and none besides', () => {
    const routes = propertiesOf('AWS::ApiGatewayV2::Route')

    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual([
      'ANY /webhooks/surveymonkey',
      'ANY /webhooks/typeform-nps',
      'ANY /webhooks/zapier',
    ])
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', { PayloadFormatVersion: '2.0' })
  })

  test('is throttled', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 2000 },
    })
  })

  test('logs requests without path and query, where a secret may be', () => {
    const [{ AccessLogSettings } = { AccessLogSettings: { Format: '' } }] = propertiesOf('AWS::ApiGatewayV2::Stage')

    const used = [...String(AccessLogSettings.Format).matchAll(/\$context\.([\w.]+)/g)].map(([, name]) => name)

    expect(used).toEqual([
      'requestId',
      'requestTimeEpoch',
      'routeKey',
      'status',
      'responseLatency',
      'integrationErrorMessage',
    ])
  })

  test('is not there where no source has a webhook', async () => {
    const without = await synthesize(CONFIG)

    without.template.resourceCountIs('AWS::ApiGatewayV2::Api', 0)
    without.template.resourceCountIs('AWS::Lambda::Function', 3)
    await without.remove()
  })
})

describe('what a person is told', () => {
  const outputOf = (name: string) => Object.values(template.findOutputs(name)).at(0)

  test('is one address for each source, with a place for the secret where its tool needs it there', () => {
    const urls = ['WebhookTypeformNps', 'WebhookSurveymonkey', 'WebhookZapier'].map((name) =>
      JSON.stringify(outputOf(name)?.Value),
    )

    expect(urls[0]).toContain('/webhooks/typeform-nps"')
    expect(urls[1]).toContain('/webhooks/surveymonkey"')
    expect(urls[2]).toContain('/webhooks/zapier?token=<secret>"')
    expect(outputOf('WebhookTypeformNps')?.Description).toContain('Connect → Webhooks')
  })

  test('stands in each secret: what to paste, and nothing that a deployment would write over', () => {
    const secrets = propertiesOf('AWS::SecretsManager::Secret').filter(({ Name }) => /typeform|monkey/.test(Name))

    expect(secrets.map(({ Name }) => Name).sort()).toEqual(['cxi-relay/monkey', 'cxi-relay/typeform'])
    for (const secret of secrets) {
      expect(secret.Description).toContain('"secret":"..."')
      expect(secret.SecretString ?? secret.GenerateSecretString).toBeUndefined()
      expect(secret.Description.length).toBeLessThan(2048)
    }
    expect(secrets.find(({ Name }) => Name === 'cxi-relay/monkey')?.Description).toContain('"access_token":"..."')
  })
})

describe('the queue of responses', () => {
  test('hides a message six times as long as its function may run, and sets aside what fails', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 5400,
      RedrivePolicy: {
        maxReceiveCount: 5,
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DeadLetters'), 'Arn'] },
      },
    })
  })

  test('is worked on a message at a time, each failing alone', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('WebhookDoorResponsesQueue'), 'Arn'] },
      FunctionName: { Ref: Match.stringLikeRegexp('FlushResponsesFunction') },
    })
  })

  test('is filled by the sweep with what is due', () => {
    expect(grantsOf(template, 'relay: sweep')).toContain('sqs:SendMessage on ResponsesQueue')
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('every minute'),
      Environment: { Variables: Match.objectLike({ RELAY_RESPONSES_QUEUE_URL: Match.anyValue() }) },
    })
  })
})

describe('the functions', () => {
  test('receive-webhook stores, and can neither list, delete nor read what CXI is told', () => {
    expect(grantsOf(template, 'relay: receive-webhook')).toEqual([
      'dynamodb:GetItem on Ledger',
      'dynamodb:PutItem on Ledger',
      'dynamodb:UpdateItem on Ledger',
      'logs:CreateLogStream on ReceiveWebhookLog',
      'logs:PutLogEvents on ReceiveWebhookLog',
      's3:AbortMultipartUpload on Bucket/late/*',
      's3:AbortMultipartUpload on Bucket/quarantine/*',
      's3:AbortMultipartUpload on Bucket/responses/*',
      's3:DeleteObject on Bucket/responses/*',
      's3:GetObject on Bucket/responses/*',
      's3:ListBucket on Bucket',
      's3:ListBucketVersions on Bucket',
      's3:PutObject on Bucket/late/*',
      's3:PutObject on Bucket/quarantine/*',
      's3:PutObject on Bucket/responses/*',
      'secretsmanager:GetSecretValue on PrivacyKey',
      'secretsmanager:GetSecretValue on Webhooksurveymonkey',
      'secretsmanager:GetSecretValue on Webhooktypeformnps',
      'secretsmanager:GetSecretValue on Webhookzapier',
    ])
  })

  test('flush-responses reads secrets only of tools whose answers it fetches, and no credentials of CXI', () => {
    const grants = grantsOf(template, 'relay: flush-responses')

    expect(grants.filter((grant) => grant.startsWith('secretsmanager:'))).toEqual([
      'secretsmanager:GetSecretValue on PrivacyKey',
      'secretsmanager:GetSecretValue on Webhooksurveymonkey',
    ])
    expect(grants.filter((grant) => grant.startsWith('sqs:Send'))).toEqual([
      'sqs:SendMessage on PartsQueue',
      'sqs:SendMessage on ResponsesQueue',
    ])
    expect(grants.filter((grant) => grant.includes('/index/'))).toEqual(['dynamodb:Query on Ledger/index/waiting'])
    expect(grants.some((grant) => grant.includes('inbox'))).toBe(false)
  })

  test('answer before the gateway gives up, and are called every minute', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('survey tools deliver'),
      Timeout: 25,
    })
    template.resourceCountIs('AWS::Scheduler::Schedule', 2)
  })
})
