import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { DUE_INDEX } from '../shared/stores/aws/ledger-item.ts'
import { WAITING_INDEX } from '../shared/stores/aws/response-item.ts'
import type { RelayStore } from './relay-store.ts'

/** Reads and writes single records of the ledger. */
export const ledgerRecords = ({ ledger }: RelayStore) =>
  new PolicyStatement({
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
    resources: [ledger.tableArn],
  })

/** Finds what is due, and reads those records. */
export const dueRecords = ({ ledger }: RelayStore) => [
  new PolicyStatement({ actions: ['dynamodb:Query'], resources: [`${ledger.tableArn}/index/${DUE_INDEX}`] }),
  new PolicyStatement({ actions: ['dynamodb:BatchGetItem'], resources: [ledger.tableArn] }),
]

/** Writes single records, and reads one that is there already. */
export const storeRecords = ({ ledger }: RelayStore) =>
  new PolicyStatement({
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    resources: [ledger.tableArn],
  })

/** Reads many responses at once, for who owns them. */
export const manyResponses = ({ ledger }: RelayStore) =>
  new PolicyStatement({ actions: ['dynamodb:BatchGetItem'], resources: [ledger.tableArn] })

/** Finds the responses that wait. */
export const waitingResponses = (store: RelayStore) => [
  new PolicyStatement({
    actions: ['dynamodb:Query'],
    resources: [`${store.ledger.tableArn}/index/${WAITING_INDEX}`],
  }),
  manyResponses(store),
]

export const readSecrets = (arns: string[]) =>
  new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: arns })

export const writeSecrets = (arns: string[]) =>
  new PolicyStatement({ actions: ['secretsmanager:PutSecretValue'], resources: arns })

export const sendTo = (...queueArns: string[]) =>
  new PolicyStatement({ actions: ['sqs:SendMessage'], resources: queueArns })

export const publishTo = (topicArn: string) => new PolicyStatement({ actions: ['sns:Publish'], resources: [topicArn] })

export const countIn = (...queueArns: string[]) =>
  new PolicyStatement({ actions: ['sqs:GetQueueAttributes'], resources: queueArns })
