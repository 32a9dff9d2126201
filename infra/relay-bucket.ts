import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { SENT_PREFIX } from '../shared/stores/aws/response-contents.ts'
import { acknowledge } from './acknowledge.ts'

/** Days after which S3 removes a dropped file that is wholly in CXI, or a mail that was dealt with; others stay. */
const KEPT_DAYS = 90
/** Days for which the content of a sent response is kept, for an undo and another mapping. */
const SENT_DAYS = 30
/** Days for which a delivery is kept that could not be read. */
const QUARANTINE_DAYS = 14
/** As long as the file of a day's late changes is written anew. */
const LATE_DAYS = 90

/**
 * The bucket: `inbox/`, `receipts/`, `rejected/`, `exports/` and `mail/` for people, `parts/`, `responses/` and `rows/`
 * for the relay. Private, encrypted, versioned, TLS only; it stays when the stack goes.
 */
export class RelayBucket extends Construct {
  readonly bucket: Bucket

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const { stackName } = Stack.of(this)
    const accessLog = new Bucket(this, 'AccessLog', {
      ...PRIVATE,
      lifecycleRules: [{ id: 'forget', expiration: Duration.days(KEPT_DAYS) }],
    })
    acknowledge(accessLog, 'It is the access log itself; logging into it would feed on itself.', 'AwsSolutions-S1')
    this.bucket = new Bucket(this, 'Bucket', {
      ...PRIVATE,
      // Named, so that people find it, and a stack that is put up anew does not begin with an empty one unnoticed.
      bucketName: `${stackName}-${Aws.ACCOUNT_ID}-${Aws.REGION}`,
      versioned: true,
      serverAccessLogsBucket: accessLog,
      lifecycleRules: [...Object.values(FORGOTTEN), ...TIDIED],
    })
  }
}

const PRIVATE: BucketProps = {
  encryption: BucketEncryption.S3_MANAGED,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  removalPolicy: RemovalPolicy.RETAIN,
}

const forgotten = (state: string): LifecycleRule => ({
  id: `forget-${state}`,
  prefix: 'inbox/',
  tagFilters: { 'cxi-relay': state },
  expiration: Duration.days(KEPT_DAYS),
  noncurrentVersionExpiration: Duration.days(KEPT_DAYS),
})

const FORGOTTEN = { imported: forgotten('imported'), duplicate: forgotten('duplicate') }

const TIDIED: LifecycleRule[] = [
  {
    id: 'forget-sent-responses',
    prefix: SENT_PREFIX,
    expiration: Duration.days(SENT_DAYS),
    noncurrentVersionExpiration: Duration.days(1),
  },
  { id: 'forget-old-responses', prefix: 'responses/', noncurrentVersionExpiration: Duration.days(1) },
  {
    id: 'forget-quarantined',
    prefix: 'quarantine/',
    expiration: Duration.days(QUARANTINE_DAYS),
    noncurrentVersionExpiration: Duration.days(1),
  },
  {
    id: 'forget-late-changes',
    prefix: 'late/',
    expiration: Duration.days(LATE_DAYS),
    noncurrentVersionExpiration: Duration.days(1),
  },
  { id: 'forget-sent-parts', prefix: 'parts/', noncurrentVersionExpiration: Duration.days(1) },
  { id: 'forget-old-rows', prefix: 'rows/', noncurrentVersionExpiration: Duration.days(1) },
  { id: 'forget-old-receipts', prefix: 'receipts/', noncurrentVersionExpiration: Duration.days(30) },
  { id: 'forget-old-rejected', prefix: 'rejected/', noncurrentVersionExpiration: Duration.days(30) },
  { id: 'forget-collected-mails', prefix: 'mail/done/', expiration: Duration.days(KEPT_DAYS) },
  { id: 'forget-moved-mails', prefix: 'mail/', noncurrentVersionExpiration: Duration.days(1) },
  { id: 'forget-old-exports', prefix: 'exports/', noncurrentVersionExpiration: Duration.days(30) },
  {
    id: 'tidy-up',
    abortIncompleteMultipartUploadAfter: Duration.days(7),
    expiredObjectDeleteMarker: true,
  },
]
