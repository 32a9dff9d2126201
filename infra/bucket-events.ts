import { Aws } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3'
import type { Queue } from 'aws-cdk-lib/aws-sqs'

/** Which objects are told of, by their keys. */
export interface KeyFilter {
  prefix: string
  /** @default any */
  suffix?: string
}

/**
 * Lets S3 tell a queue of new objects. By hand: the construct library's own way brings a function of its own into the
 * stack that may change any bucket.
 */
export function tellOfObjects(bucket: Bucket, queue: Queue, filter: KeyFilter): void {
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      // Naming the bucket would be circular: S3 tries the queue when the bucket gets its notification.
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
  )
  const resource = bucket.node.defaultChild as CfnBucket
  const rules = Object.entries(filter).map(([name, value]) => ({ name, value }))
  const told = { event: 's3:ObjectCreated:*', queue: queue.queueArn, filter: { s3Key: { rules } } }
  const before = resource.notificationConfiguration as CfnBucket.NotificationConfigurationProperty | undefined
  const queueConfigurations = [...((before?.queueConfigurations ?? []) as object[]), told]
  resource.notificationConfiguration = { queueConfigurations: queueConfigurations as (typeof told)[] }
  resource.node.addDependency(queue.node.findChild('Policy'))
}
