import { randomUUID } from 'node:crypto'
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import type { ImportDeps } from '../shared/imports/deps.ts'
import type { Clock, Ledger, Logger } from '../shared/ports.ts'
import { CLIENT_OPTIONS } from '../shared/stores/aws/client-options.ts'
import { DynamoLedger } from '../shared/stores/aws/ledger.ts'
import { systemClock } from '../shared/stores/system-clock.ts'
import { FunctionLog } from './function-log.ts'
import { Metrics } from './metrics.ts'

/** What every function has; made once, when its process starts. */
export interface Home {
  ledger: Ledger
  clock: Clock
  logger: Logger
}

export const dynamoOf = (options: DynamoDBClientConfig = CLIENT_OPTIONS) => new DynamoDBClient(options)

export function homeOf(
  settings: { table: string; stack: string },
  dynamo = dynamoOf(),
): Home & { logger: FunctionLog } {
  const clock = systemClock
  return { clock, logger: logOf(settings), ledger: new DynamoLedger(dynamo, settings.table, clock) }
}

/** A log on standard output, with what its lines measure. */
function logOf({ stack }: { stack: string }): FunctionLog {
  const write = (text: string) => process.stdout.write(text)
  const log = new FunctionLog(write)
  log.observe(new Metrics(write, stack, systemClock))
  return log
}

/** Who this process is in leases: each has a name of its own, since any number of them run at once. */
export const workerDeps = (): Pick<ImportDeps, 'holder' | 'random'> => ({ holder: randomUUID(), random: Math.random })
