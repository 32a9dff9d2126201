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

export interface MailReceivingProps {
  ses: SesConfig
  bucket: Bucket
  /** Told of each mail with the verdicts on its sender. */
  queue: WorkQueue
}

const SES = new ServicePrincipal('ses.amazonaws.com')

/** Amazon SES puts mails to one address into `mail/` of the bucket, and tells a queue of each by way of SNS. */
export class MailReceiving extends Construct {
  constructor(scope: Construct, id: string, { ses, bucket, queue }: MailReceivingProps) {
    super(scope, id)
    const name = `${Stack.of(this).stackName}-exports`
    const ruleSetName = ses.ruleSet ?? name
    const conditions = {
      StringEquals: {
        'aws:SourceAccount': Aws.ACCOUNT_ID,
        'aws:SourceArn': `arn:${Aws.PARTITION}:ses:${Aws.REGION}:${Aws.ACCOUNT_ID}:receipt-rule-set/${ruleSetName}:receipt-rule/${name}`,
      },
    }
    const topic = this.#topic(conditions)
    topic.addSubscription(new SqsSubscription(queue.queue, { deadLetterQueue: deadLettersOf(this) }))
    const actions = ['s3:PutObject']
    const resources = [bucket.arnForObjects('mail/*')]
    bucket.addToResourcePolicy(new PolicyStatement({ principals: [SES], actions, resources, conditions }))
    const rule = new CfnReceiptRule(this, 'Rule', {
      ruleSetName,
      rule: {
        name,
        enabled: true,
        recipients: [ses.recipient],
        scanEnabled: true,
        // A mailed link is as good as a password.
        tlsPolicy: 'Require',
        actions: [{ s3Action: { bucketName: bucket.bucketName, objectKeyPrefix: 'mail/', topicArn: topic.topicArn } }],
      },
    })
    // SES tries both when it gets the rule.
    for (const policy of [bucket.policy, topic.node.findChild('Policy')]) if (policy) rule.node.addDependency(policy)
    if (ses.ruleSet === undefined) this.#ownRuleSet(ruleSetName, rule)
    this.#explain(ses)
  }

  /** SES may not publish to a topic under the account's own default key. */
  #topic(conditions: Record<string, Record<string, string>>): Topic {
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
  #ownRuleSet(ruleSetName: string, rule: CfnReceiptRule): void {
    rule.node.addDependency(new CfnReceiptRuleSet(this, 'RuleSet', { ruleSetName }))
    new CfnOutput(Stack.of(this), 'ActivateMail', {
      value: `aws ses set-active-receipt-rule-set --rule-set-name ${ruleSetName} --region ${Aws.REGION}`,
      description: 'Run this once, unless another rule set is active: then name that one as mail.ses.ruleSet',
    })
  }

  #explain({ recipient }: SesConfig): void {
    const domain = recipient.slice(recipient.indexOf('@') + 1)
    new CfnOutput(Stack.of(this), 'MailRecord', {
      value: `${domain} MX 10 inbound-smtp.${Aws.REGION}.${Aws.URL_SUFFIX}`,
      description: `DNS record by which mails to ${recipient} come here; the domain must be verified in Amazon SES`,
    })
  }
}
