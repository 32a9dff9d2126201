import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import type { Relay } from '../shared/config/types.ts'
import { ATTRIBUTES, DUE_INDEX } from '../shared/stores/aws/ledger-item.ts'
import { WAITING, WAITING_INDEX } from '../shared/stores/aws/response-item.ts'
import { RelayBucket } from './relay-bucket.ts'
import { RelaySecrets } from './relay-secrets.ts'

/** What the relay remembers: the bucket, the ledger and the secrets. The first two stay when the stack goes. */
export class RelayStore extends Construct {
  readonly files: RelayBucket
  readonly ledger: Table
  readonly secrets: RelaySecrets

  constructor(scope: Construct, id: string, relay: Relay) {
    super(scope, id)
    this.files = new RelayBucket(this, 'Files')
    this.secrets = new RelaySecrets(this, 'Secrets', relay)
    this.ledger = new Table(this, 'Ledger', {
      // Named for the same reason as the bucket: beginning with an empty ledger would import files twice.
      tableName: `${Stack.of(this).stackName}-ledger`,
      partitionKey: { name: ATTRIBUTES.group, type: AttributeType.STRING },
      sortKey: { name: ATTRIBUTES.id, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: ATTRIBUTES.ttl,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.ledger.addGlobalSecondaryIndex({
      indexName: WAITING_INDEX,
      partitionKey: { name: WAITING.scope, type: AttributeType.STRING },
      sortKey: { name: WAITING.at, type: AttributeType.NUMBER },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...WAITING.held],
    })
    this.ledger.addGlobalSecondaryIndex({
      indexName: DUE_INDEX,
      partitionKey: { name: ATTRIBUTES.shard, type: AttributeType.NUMBER },
      sortKey: { name: ATTRIBUTES.due, type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    })
  }
}
