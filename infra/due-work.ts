import { Duration } from 'aws-cdk-lib'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { EveryMinute } from './every-minute.ts'
import { RelayFunction } from './relay-function.ts'
import type { RelayStore } from './relay-store.ts'
import { countIn, dueRecords, sendTo } from './store-grants.ts'

export interface DueWorkProps {
  store: RelayStore
  /** Path of `relay.config.ts`. */
  configFile: string
  /** Every queue whose function works on records of the ledger, by the variable that tells the sweep of it. */
  queues: Record<string, Queue>
}

/** The `sweep`: what the ledger says is due goes to the queues of all doors, every minute. */
export class DueWork extends Construct {
  readonly sweep: RelayFunction

  constructor(scope: Construct, id: string, { store, configFile, queues }: DueWorkProps) {
    super(scope, id)
    const arns = Object.values(queues).map(({ queueArn }) => queueArn)
    const urls = Object.entries(queues).map(([variable, { queueUrl }]) => [variable, queueUrl] as const)
    this.sweep = new RelayFunction(this, 'Sweep', {
      name: 'sweep',
      description: 'Sends what is due to the queues, every minute',
      configFile,
      timeout: Duration.seconds(60),
      environment: { ...Object.fromEntries(urls), RELAY_TABLE: store.ledger.tableName },
      statements: [...dueRecords(store), sendTo(...arns), countIn(...arns)],
    })
    new EveryMinute(this, 'EveryMinute', this.sweep.lambda)
  }
}
