import { Aws } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import type { Relay } from '../shared/config/types.ts'
import { acknowledge } from './acknowledge.ts'

/**
 * Where people subscribe: to alarms, and to files that were rejected or imported in part. TLS only. Without a key of its
 * own, since CloudWatch can't publish with the one that AWS manages, and nothing of what people wrote is in a message.
 */
export class RelayTopics extends Construct {
  readonly alarms: Topic
  readonly dropEnds: Topic

  constructor(scope: Construct, id: string, { alarms: { email = [], drops = [] } = {} }: Relay) {
    super(scope, id)
    this.alarms = new Topic(this, 'Alarms', { enforceSSL: true })
    this.dropEnds = new Topic(this, 'DropEnds', { enforceSSL: true })
    // A topic with a policy of its own, for TLS here, has lost the one that lets CloudWatch publish.
    this.alarms.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.alarms.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    )
    for (const address of email) this.alarms.addSubscription(new EmailSubscription(address))
    for (const address of drops) this.dropEnds.addSubscription(new EmailSubscription(address))
    acknowledge(
      this,
      'SNS sets aside no mail that it could not deliver; the alarm and the receipt are there all the same.',
      'Serverless-SNSRedrivePolicy',
    )
  }
}
