import type { Template } from 'aws-cdk-lib/assertions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grantsOf, SYNTH_WITHIN_MS, type SynthesizedStack, usualStack } from './stack.ts'

let synthesized: SynthesizedStack
let template: Template

beforeAll(async () => {
  synthesized = await usualStack()
  template = synthesized.template
}, SYNTH_WITHIN_MS)

afterAll(() => synthesized.remove())

const propertiesOf = (type: string) => Object.values(template.findResources(type)).map(({ Properties }) => Properties)

describe('what functions may do', () => {
  test.each(['import-drop', 'send-part'])(
    'FC-18 lets S3 tell %s that a file is gone, by listing the bucket',
    (name) => {
      expect(grantsOf(template, `relay: ${name}`)).toEqual(
        expect.arrayContaining(['s3:ListBucket on Bucket', 's3:GetObjectVersion on Bucket/inbox/*']),
      )
    },
  )

  test('import-drop reads no credentials, and touches folders of the bucket only', () => {
    expect(grantsOf(template, 'relay: import-drop')).toEqual([
      'dynamodb:BatchGetItem on Ledger',
      'dynamodb:DeleteItem on Ledger',
      'dynamodb:GetItem on Ledger',
      'dynamodb:PutItem on Ledger',
      'dynamodb:Query on Ledger',
      'dynamodb:UpdateItem on Ledger',
      'logs:CreateLogStream on ImportDropLog',
      'logs:PutLogEvents on ImportDropLog',
      's3:AbortMultipartUpload on Bucket/parts/*',
      's3:AbortMultipartUpload on Bucket/receipts/*',
      's3:AbortMultipartUpload on Bucket/rejected/*',
      's3:AbortMultipartUpload on Bucket/responses/*',
      's3:AbortMultipartUpload on Bucket/rows/*',
      's3:DeleteObject on Bucket/parts/*',
      's3:DeleteObject on Bucket/rejected/*',
      's3:DeleteObject on Bucket/responses/*',
      's3:DeleteObject on Bucket/rows/*',
      's3:GetObject on Bucket/inbox/*',
      's3:GetObject on Bucket/responses/*',
      's3:GetObject on Bucket/rows/*',
      's3:GetObjectVersion on Bucket/inbox/*',
      's3:GetObjectVersionTagging on Bucket/inbox/*',
      's3:ListBucket on Bucket',
      's3:ListBucketVersions on Bucket',
      's3:PutObject on Bucket/parts/*',
      's3:PutObject on Bucket/receipts/*',
      's3:PutObject on Bucket/rejected/*',
      's3:PutObject on Bucket/responses/*',
      's3:PutObject on Bucket/rows/*',
      's3:PutObjectVersionTagging on Bucket/inbox/*',
      'secretsmanager:GetSecretValue on PrivacyKey',
      'sns:Publish on TopicsDropEnds',
      'sqs:ChangeMessageVisibility on ArrivalsQueue',
      'sqs:DeleteMessage on ArrivalsQueue',
      'sqs:GetQueueAttributes on ArrivalsQueue',
      'sqs:GetQueueUrl on ArrivalsQueue',
      'sqs:ReceiveMessage on ArrivalsQueue',
      'sqs:SendMessage on ArrivalsQueue',
      'sqs:SendMessage on PartsQueue',
    ])
  })

  test('send-part reads credentials, writes tokens only, and never the inbox', () => {
    const grants = grantsOf(template, 'relay: send-part')

    expect(grants.filter((grant) => grant.startsWith('secretsmanager:'))).toEqual([
      'secretsmanager:GetSecretValue on Credentialseu',
      'secretsmanager:GetSecretValue on Credentialsmain',
      'secretsmanager:GetSecretValue on PrivacyKey',
      'secretsmanager:GetSecretValue on Tokeneu',
      'secretsmanager:GetSecretValue on Tokenmain',
      'secretsmanager:PutSecretValue on Tokeneu',
      'secretsmanager:PutSecretValue on Tokenmain',
    ])
    expect(grants.filter((grant) => /(PutObject|DeleteObject) on/.test(grant))).toEqual([
      's3:DeleteObject on Bucket/parts/*',
      's3:DeleteObject on Bucket/responses/*',
      's3:PutObject on Bucket/receipts/*',
      's3:PutObject on Bucket/rejected/*',
      's3:PutObject on Bucket/responses/*',
    ])
  })

  test('sweep only looks what is due and sends messages', () => {
    expect(grantsOf(template, 'relay: sweep')).toEqual([
      'dynamodb:BatchGetItem on Ledger',
      'dynamodb:Query on Ledger/index/due',
      'logs:CreateLogStream on SweepLog',
      'logs:PutLogEvents on SweepLog',
      'sqs:GetQueueAttributes on ArrivalsQueue',
      'sqs:GetQueueAttributes on PartsQueue',
      'sqs:SendMessage on ArrivalsQueue',
      'sqs:SendMessage on PartsQueue',
    ])
  })

  test('has no permission on any action or on everything', () => {
    const allowed = ['AWS::IAM::Role', 'AWS::IAM::Policy'].map((type) => JSON.stringify(propertiesOf(type)))

    for (const policies of allowed) {
      expect(policies).not.toMatch(/"[a-z]+:\*"|"[a-zA-Z0-9]+:[A-Za-z]+\*"|"Resource":"\*"/)
      expect(policies).not.toContain('ManagedPolicyArns')
    }
  })
})
