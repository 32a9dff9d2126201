import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startSandbox } from '../../sandbox/server.ts'
import type { Account } from '../../shared/config/types.ts'
import { createDispatcher } from '../../shared/cxi/dispatcher.ts'
import { createTokenProvider } from '../../shared/cxi/tokens.ts'
import { DynamoLedger } from '../../shared/stores/aws/ledger.ts'
import { SecretsManagerStore } from '../../shared/stores/aws/secrets.ts'
import { systemClock } from '../../shared/stores/system-clock.ts'
import { MemoryLogger } from '../support/fakes.ts'
import { clientsOf } from './clients.ts'

const PROCESSES = 200

/** A CXI of its own, since others ask theirs for tokens meanwhile. */
let sandbox: Awaited<ReturnType<typeof startSandbox>>
let account: Account

beforeAll(async () => {
  sandbox = await startSandbox()
  const { url } = sandbox
  account = {
    name: 'crowd',
    secret: 'suite/crowd',
    apiUrl: url,
    tokenUrl: `${url}/oauth/token`,
    identity: `crowd@${url}`,
  }
})

afterAll(() => sandbox?.close())

async function tokensIssued(): Promise<number> {
  const stats = (await (await fetch(`${sandbox.url}/_sandbox/stats`)).json()) as { tokens_issued: number }
  return stats.tokens_issued
}

test('200 cold processes at once share one token, with two reads of Secrets Manager each', async ({ annotate }) => {
  const { secrets, dynamo } = clientsOf(inject('endpoint'))
  const SecretString = JSON.stringify({ grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo' })
  await secrets.send(new CreateSecretCommand({ Name: account.secret, SecretString }))
  const calls = new Map<string, number>()
  secrets.middlewareStack.add(
    (next, { commandName = '' }) => {
      return async (args) => {
        const count = () => calls.set(commandName, (calls.get(commandName) ?? 0) + 1)
        return next(args).then(
          (answer) => {
            count()
            return answer
          },
          (error) => {
            // A busy emulator lets connections time out: those calls never arrived, and credentials are asked for again.
            if (error.$metadata?.httpStatusCode) count()
            throw error
          },
        )
      }
    },
    { step: 'initialize' },
  )
  const before = await tokensIssued()
  const dispatcher = createDispatcher()
  const processes = Array.from({ length: PROCESSES }, () =>
    createTokenProvider({
      account,
      secrets: new SecretsManagerStore(secrets, systemClock),
      ledger: new DynamoLedger(dynamo, inject('outputs').LedgerTable ?? '', systemClock),
      clock: systemClock,
      logger: new MemoryLogger(),
      dispatcher,
    }),
  )

  const tokens = await Promise.all(processes.map((tokens) => tokens.get()))
  const again = await Promise.all(processes.map((tokens) => tokens.get()))

  const issued = (await tokensIssued()) - before
  await annotate(`${PROCESSES} processes: ${issued} token(s), ${JSON.stringify(Object.fromEntries(calls))}`)
  expect(new Set([...tokens, ...again]).size).toBe(1)
  expect(issued).toBeLessThanOrEqual(3)
  expect(calls.get('GetSecretValueCommand')).toBeLessThanOrEqual(2 * PROCESSES)
  // The first write finds no secret, since this account is none of the stack's.
  expect(calls.get('PutSecretValueCommand')).toBeLessThanOrEqual(3)
  expect(calls.get('CreateSecretCommand')).toBe(1)
  await dispatcher.destroy()
})
