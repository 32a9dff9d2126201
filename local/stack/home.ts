import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { loadRelay } from '../../shared/config/load.ts'
import type { Relay } from '../../shared/config/types.ts'
import { createDispatcher } from '../../shared/cxi/dispatcher.ts'
import { accountDeps } from '../../shared/imports/account-deps.ts'
import type { Logger, SecretStore } from '../../shared/ports.ts'
import { DynamoLedger } from '../../shared/stores/aws/ledger.ts'
import { S3ObjectStore } from '../../shared/stores/aws/objects.ts'
import { privacyKeyOf } from '../../shared/stores/aws/privacy-key.ts'
import { DynamoResponseBuffer } from '../../shared/stores/aws/responses.ts'
import { SecretsManagerStore } from '../../shared/stores/aws/secrets.ts'
import { systemClock } from '../../shared/stores/system-clock.ts'
import type { WebhookDeps } from '../../shared/webhooks/deps.ts'
import type { OpenedHome } from '../commands/opened-home.ts'
import { Terminal } from '../terminal.ts'
import { advised, type ClientOptions, openAws, type StackOptions } from './aws.ts'
import { type FoundStack, findStack } from './find-stack.ts'

export interface StackHome extends OpenedHome {
  relay: Relay
  stack: FoundStack
  s3: S3Client
  /** For clients of further services. */
  options: ClientOptions
}

/**
 * Opens a deployed stack for a command, with the caller's own AWS credentials. Throws RelayErrors `stack_missing`,
 * `stack_foreign` and `aws_…`, and what loading the configuration throws.
 */
export async function withStack<T>(
  { config, ...options }: StackOptions & { config: string },
  work: (home: StackHome) => Promise<T>,
): Promise<T> {
  const relay = await loadRelay(config)
  const aws = await openAws(options)
  await using closing = new AsyncDisposableStack()
  closing.defer(() => aws.cloudFormation.destroy())
  try {
    const stack = await findStack(aws, options.stack)
    return await work(opened(relay, stack, aws.options, closing))
  } catch (error) {
    throw advised(error, aws.region)
  }
}

function opened(relay: Relay, stack: FoundStack, options: ClientOptions, closing: AsyncDisposableStack): StackHome {
  const clock = systemClock
  const random = Math.random
  const logger: Logger = new Terminal({ out: process.stderr })
  const dynamo = new DynamoDBClient(options)
  const s3 = new S3Client({ ...options, responseChecksumValidation: 'WHEN_REQUIRED' })
  const secretsManager = new SecretsManagerClient(options)
  const dispatcher = createDispatcher()
  closing.defer(async () => {
    for (const client of [dynamo, s3, secretsManager]) client.destroy()
    await dispatcher.close()
  })
  const ledger = new DynamoLedger(dynamo, stack.table, clock)
  const objects = new S3ObjectStore(s3, stack.bucket)
  const secrets: SecretStore = new SecretsManagerStore(secretsManager, clock)
  const accounts = accountDeps({ secrets, ledger, clock, logger, random, dispatcher })
  const deps = { ledger, objects, clock, logger, relay, random, holder: randomUUID(), ...accounts }
  return {
    relay,
    stack,
    s3,
    options,
    deps,
    secrets,
    isRunning: true,
    about: `The stack ${stack.name} in ${stack.region}: ${stack.status}.`,
    // Its sweep finds what is due in the ledger.
    whenDone: ' The stack does it within a minute or two.',
    finish: async () => false,
    isTimedByService: true,
    webhookDeps: async (): Promise<WebhookDeps> => ({
      ...deps,
      secrets,
      buffer: new DynamoResponseBuffer(dynamo, stack.table, clock, async () => objects),
      privacyKey: await privacyKeyOf(relay, `${stack.name}/privacy-key`, secrets),
    }),
  }
}
