import { Aws, CfnOutput, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import { CfnReceiptRule, CfnReceiptRuleSet } from 'aws-cdk-lib/aws-ses'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import type { SesConfig } from '../shared/config/types.ts'
import { deadLettersOf, type WorkQueue } from './work-queue.ts'

/** Whose mails go where. */
export interface MailReceiver {
  account: string
  mailTo: string
  /** Begin of the keys, with the slash at its end. */
  folder: string
}

export interface MailReceivingProps {
  receivers: MailReceiver[]
  /** @default a rule set of its own, to be activated */
  ses: SesConfig | undefined
  bucket: Bucket
  /** Told of each mail with the verdicts on its sender. */
  queue: WorkQueue
}

const SES = new ServicePrincipal('ses.amazonaws.com')
const MAX_RULE_NAME = 64

/** Amazon SES puts mails to the accounts' addresses into `mail/` of the bucket, and tells a queue of each by way of SNS. */
export class MailReceiving extends Construct {
  constructor(scope: Construct, id: string, { receivers, ses, bucket, queue }: MailReceivingProps) {
    super(scope, id)
    const name = `${Stack.of(this).stackName}-exports`
    const ruleSetName = ses?.ruleSet ?? name
    const rules = receivers.map((receiver, index) => ({ ...receiver, name: ruleNameOf(name, receiver.account, index) }))
    const ruleSet = `arn:${Aws.PARTITION}:ses:${Aws.REGION}:${Aws.ACCOUNT_ID}:receipt-rule-set/${ruleSetName}`
    const arns = rules.map((rule) => `${ruleSet}:receipt-rule/${rule.name}`)
    const conditions = {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID, 'aws:SourceArn': arns.length === 1 ? arns[0] : arns },
    }
    const topic = this.#topic(conditions)
    const deadLetterQueue = deadLettersOf(this)
    topic.addSubscription(new SqsSubscription(queue.queue, { deadLetterQueue, rawMessageDelivery: true }))
    const actions = ['s3:PutObject']
    const resources = [bucket.arnForObjects('mail/*')]
    bucket.addToResourcePolicy(new PolicyStatement({ principals: [SES], actions, resources, conditions }))
    const own = ses?.ruleSet === undefined ? new CfnReceiptRuleSet(this, 'RuleSet', { ruleSetName }) : undefined
    for (const { account, mailTo, folder, name } of rules) {
      const rule = new CfnReceiptRule(this, receivers.length === 1 ? 'Rule' : `Rule-${account}`, {
        ruleSetName,
        rule: {
          name,
          enabled: true,
          recipients: [mailTo],
          scanEnabled: true,
          // A mailed link is as good as a password.
          tlsPolicy: 'Require',
          actions: [{ s3Action: { bucketName: bucket.bucketName, objectKeyPrefix: folder, topicArn: topic.topicArn } }],
        },
      })
      // SES tries both when it gets the rule.
      for (const policy of [bucket.policy, topic.node.findChild('Policy'), own]) {
        if (policy) rule.node.addDependency(policy)
      }
    }
    if (own) this.#activation(ruleSetName)
    this.#explain(receivers.map(({ mailTo }) => mailTo))
  }

  /** SES may not publish to a topic under the account's own default key. */
  #topic(conditions: Record<string, Record<string, unknown>>): Topic {
    const masterKey = new Key(this, 'Key', {
      description: 'Notifications of mails to cxi-relay',
      enableKeyRotation: true,
    })
    const bySes = { principals: [SES], conditions }
    const actions = ['kms:Decrypt', 'kms:GenerateDataKey']
    masterKey.addToResourcePolicy(new PolicyStatement({ ...bySes, actions, resources: ['*'] }))
    const topic = new Topic(this, 'Topic', { masterKey, enforceSSL: true })
    topic.addToResourcePolicy(new PolicyStatement({ ...bySes, actions: ['sns:Publish'], resources: [topic.topicArn] }))
    return topic
  }

  /** Of an account's rule sets one is active, so that a new one is of no use until somebody decides that it is. */
  #activation(ruleSetName: string): void {
    new CfnOutput(Stack.of(this), 'ActivateMail', {
      value: `aws ses set-active-receipt-rule-set --rule-set-name ${ruleSetName} --region ${Aws.REGION}`,
      description: 'Run this once, unless another rule set is active: then name that one as ses.ruleSet',
    })
  }

  #explain(addresses: string[]): void {
    const domains = [...new Set(addresses.map((address) => address.slice(address.indexOf('@') + 1)))]
    const records = domains.map((domain) => `${domain} MX 10 inbound-smtp.${Aws.REGION}.${Aws.URL_SUFFIX}`)
    new CfnOutput(Stack.of(this), 'MailRecord', {
      value: records.join('; '),
      description: `DNS record by which mails to ${addresses.join(', ')} come here; the domain must be verified in Amazon SES`,
    })
  }
}

/** `index` keeps names apart that are alike in what SES takes of them. */
function ruleNameOf(base: string, account: string, index: number): string {
  if (index === 0) return base
  return `${base}-${index + 1}-${account.replace(/[^A-Za-z0-9_-]+/g, '-')}`.slice(0, MAX_RULE_NAME).replace(/-+$/, '')
}
