import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { CreateSecretCommand, DeleteSecretCommand } from '@aws-sdk/client-secrets-manager'
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { runCommand } from '../../local/command-line.ts'
import type { RelayConfig } from '../../shared/config/types.ts'
import type { StatusLine } from '../../shared/imports/status.ts'
import { type Ended, HomeFolder } from '../support/home.ts'
import { REGION } from './clients.ts'
import { STACK } from './deployment.ts'
import { csvOf, DEMO, Door } from './door.ts'
import { relayConfig } from './relay-config.ts'
import { Tools } from './webhook-tools.ts'

// The account `desk`. Others kill what sends meanwhile, so each wait here lets the sweep come round.
const outputs = inject('outputs')
const endpoint = inject('endpoint')
const door = new Door('desk')
const tools = new Tools(door)
const HIDDEN = 'only-the-secret-knows'

const ENVIRONMENT = {
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: REGION,
}
const onStack = (args: string[], config: string) => [
  ...args,
  '--stack',
  STACK,
  '--config',
  join(inject('folder'), config),
]

/** Runs the command line as a person does who has AWS credentials and the repository. */
async function relay(args: string[], config = 'relay.config.mjs'): Promise<Ended> {
  const ended = await new HomeFolder(inject('folder')).run(onStack(args, config), ENVIRONMENT)
  expect(ended.output).not.toContain(HIDDEN)
  return ended
}

/** The same in this process, one at a time: each process of its own loads AWS's clients for a second. */
async function relayHere(args: string[], config = 'relay.config.mjs'): Promise<Ended> {
  let output = ''
  const said = vi.spyOn(console, 'log').mockImplementation((line) => {
    output += `${line}\n`
  })
  const warned = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    output += text
    return true
  })
  const before = process.exitCode
  process.exitCode = 0
  try {
    await runCommand(onStack(args, config))
    expect(output).not.toContain(HIDDEN)
    return { code: Number(process.exitCode), output }
  } finally {
    process.exitCode = before
    said.mockRestore()
    warned.mockRestore()
  }
}

async function status(): Promise<{ unfinished: StatusLine[]; recent: StatusLine[] }> {
  const { code, output } = await relayHere(['status', '--json'])
  expect(code, output).toBe(0)
  return JSON.parse(output)
}

const inStatus = async (drop: string) => {
  const { unfinished, recent } = await status()
  return { open: unfinished.find((line) => line.drop === drop), seen: recent.find((line) => line.drop === drop) }
}

/** Lets minutes pass until the receipt says this. */
const sweptUntil = (key: string, wanted: string) =>
  door.sweptUntil(
    () => door.receipts(key),
    ([receipt]) => receipt?.state === wanted,
    { message: `${key}: ${wanted}` },
  )

/** A configuration that is not what was deployed. */
async function configured(name: string, change: Partial<RelayConfig>): Promise<string> {
  const config = { ...relayConfig(inject('cxi')), ...change }
  await writeFile(join(inject('folder'), name), `export default ${JSON.stringify(config)}\n`)
  return name
}

beforeAll(async () => {
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value)
  await door.pasteCredentials({ ...DEMO, client_secret: HIDDEN })
})

afterAll(() => vi.unstubAllEnvs())

describe('retry', () => {
  test('has a file looked at anew that waited for credentials', async () => {
    const { key } = await door.drop('asked/held up.csv', csvOf('heldup2', 2))
    await expect.poll(() => door.pausedFor(), { interval: 100 }).toBe('token_refused')
    let held: StatusLine | undefined
    const waits = async () => {
      held = (await inStatus(key)).open
      return held?.waiting?.code
    }
    await expect.poll(waits).toBe('token_refused')
    const sick = await relayHere(['doctor'])

    // While it can't be sent, so that it doesn't come to its end meanwhile; it may be worked on at the moment.
    for (const named of [key, held?.id ?? '']) {
      const retried = () => relayHere(['retry', named])
      const output = 'It is tried again. The stack does it within a minute or two.\n'
      await expect.poll(retried).toEqual({ code: 0, output })
    }
    await door.pasteCredentials(DEMO)

    expect(Date.parse(held?.waiting?.until ?? '')).toBeGreaterThan(0)
    expect([sick.code, sick.output]).toEqual([1, expect.stringMatching(/Account "desk"\n {2}! /)])
    await sweptUntil(key, 'imported')
    expect(await door.usersOf('heldup2')).toHaveLength(2)
  })

  test('says where there is nothing to try again', async () => {
    const { key } = await door.drop('asked/no date.csv', 'score,feedback\n9,text\n')
    await door.sweptUntilReceipt(key)

    const done = { code: 0, output: expect.stringContaining('There is nothing to try again') }
    await expect.poll(() => relayHere(['retry', key])).toEqual(done)
    const unknown = await relayHere(['retry', 'inbox/asked/never.csv'])

    expect([unknown.code, unknown.output]).toEqual([1, expect.stringContaining('(not_found)')])
  })

  test("reads a webhook's quarantined deliveries again, and keeps what they bring in the stack's table", async () => {
    const event = { id: 'q1', feedback_date: '2026-11-20T10:15:00Z', feedback: 'kept', user_id: 'quarantined-1' }
    const kept = {
      source: 'unpasted',
      received_at: new Date().toISOString(),
      content_type: 'application/json',
      code: 'unexpected',
      message: 'A defect that is mended.',
      body_base64: Buffer.from(JSON.stringify(event)).toString('base64'),
    }
    const Key = `quarantine/webhooks/unpasted/20261120T101500.000Z.0123456789ab.json`
    await door.clients.s3.send(new PutObjectCommand({ Bucket: door.bucket, Key, Body: JSON.stringify(kept) }))

    const { code, output } = await relayHere(['retry', '--source', 'unpasted'])
    const again = await relayHere(['retry', '--source', 'unpasted'])
    const other = await relayHere(['retry', '--source', 'asked'])

    expect([code, output]).toEqual([0, expect.stringContaining('1 deliveries were taken out of quarantine, 0 still')])
    expect(again.output).toContain('0 deliveries were taken out of quarantine')
    expect([other.code, other.output]).toEqual([1, expect.stringContaining('(unknown_source)')])
    expect(await door.keys('quarantine/webhooks/unpasted/')).toEqual([])
    expect(await tools.untilInCxi('quarantined', 1)).toEqual(['quarantined-1'])
  })
})

describe('status', () => {
  test('shows a file from its drop to its end', async () => {
    const key = 'inbox/asked/shown.csv'
    const before = await inStatus(key)
    await door.drop('asked/shown.csv', csvOf('shown', 4))
    const receipt = await door.sweptUntilReceipt(key)

    // The receipt is written a moment before the record says so.
    const seen = async () => (await inStatus(key)).seen
    const imported = { id: receipt.id, state: 'imported', rows: 4, parts: { described: 1, of: 1 } }
    await expect.poll(seen).toMatchObject(imported)
    const { output } = await relay(['status'])

    expect(before).toEqual({ open: undefined, seen: undefined })
    expect(output).toContain(`The stack ${STACK} in ${REGION}: CREATE_COMPLETE.`)
    expect(output).toContain(`${key}: imported, 4 rows`)
  })
})

describe('undo', () => {
  test('asked for twice at once deletes a file of several parts from CXI, and it is new when dropped again', async () => {
    const rows = 160
    const content = gzipSync(csvOf('undone', rows, 'so long an answer '.repeat(4200)))
    const { key } = await door.drop('asked/undone.csv.gz', content)
    const receipt = await door.sweptUntilReceipt(key)
    const imports = (await door.imports()).filter(({ name }) => name.startsWith('undone.csv'))
    const names = imports.map(({ name }) => name)
    const users = imports.flatMap(({ responses }) => responses.map(({ user_id }) => user_id))
    const [path = ''] = await door.keys('receipts/asked/undone.csv')

    const [byId, byPath] = await Promise.all([relay(['undo', receipt.id ?? '']), relay(['undo', path])])
    await sweptUntil(key, 'undone')
    const left = await door.usersOf('undone')
    const afterwards = { code: 0, output: expect.stringContaining('Its imports are deleted from CXI') }
    await expect.poll(() => relayHere(['undo', key])).toEqual(afterwards)
    await door.drop('asked/undone again.csv.gz', content)

    expect(receipt).toMatchObject({ state: 'imported', rows: { read: rows, imported: rows } })
    expect([users.length, new Set(users).size]).toEqual([rows, rows])
    expect(names.sort()).toEqual(['(1 of 2)', '(2 of 2)'].map((part) => expect.stringContaining(part)))
    for (const { code, output } of [byId, byPath]) {
      // One of the two may come when it is done.
      expect([code, output]).toEqual([0, expect.stringMatching(/^Its imports are (being )?deleted from CXI/m)])
    }
    expect(left).toEqual([])
    const again = await door.sweptUntilReceipt('inbox/asked/undone again.csv.gz')
    expect(again.state).toBe('imported')
    expect(await door.usersOf('undone')).toHaveLength(rows)
  })

  test('of a file that was rejected changes nothing', async () => {
    const { key } = await door.drop('asked/bad.csv', 'score,feedback\n9,text\n')
    await door.sweptUntilReceipt(key)

    const { code, output } = await relayHere(['undo', key])

    expect([code, output]).toEqual([1, expect.stringContaining('(not_read_yet)')])
  })
})

describe('doctor', () => {
  test('finds nothing in a stack that is in order, and asks CXI for no token of its own', async () => {
    const { accounts, sources } = relayConfig(inject('cxi'))
    const { asked = {}, private: hashed = {} } = sources
    const only = {
      accounts: { desk: accounts.desk },
      sources: { asked, hashed: { ...hashed, account: 'desk' } },
      exports: [],
    }
    const config = await configured('no-webhooks.mjs', only as Partial<RelayConfig>)
    const tokens = (await door.stats()).tokens_issued

    const { code, output } = await relayHere(['doctor'], config)
    const asJson = await relayHere(['doctor', '--json'], config)

    expect([code, output]).toEqual([0, expect.stringContaining('accepts its credentials, and it is onboarded')])
    const { stack, checks, ...found } = JSON.parse(asJson.output)
    expect(stack).toEqual({ name: STACK, region: REGION, status: 'CREATE_COMPLETE' })
    expect(checks.map(({ check, state }: { check: string; state: string }) => `${check} ${state}`)).toEqual(
      ['stack', 'configuration', 'inbox', 'privacy_key', 'dead_letters', 'alarms'].map((check) => `${check} ok`),
    )
    expect(found.accounts).toMatchObject([{ account: 'desk', state: 'works' }])
    expect((await door.stats()).tokens_issued).toBe(tokens)
  })

  test('tells where to paste what is missing: addresses of webhooks, their secrets, credentials', async () => {
    const { accounts } = relayConfig(inject('cxi'))
    const other = { ...accounts.desk, secret: 'cxi-relay/other' }
    const file = await configured('another-account.mjs', { accounts: { ...accounts, other } })

    const missing = await relayHere(['doctor'], file)
    await door.clients.secrets.send(
      new CreateSecretCommand({ Name: other.secret, SecretString: JSON.stringify({ client_id: HIDDEN }) }),
    )
    const incomplete = await relayHere(['doctor', '--json'], file)
    await door.clients.secrets.send(
      new DeleteSecretCommand({ SecretId: other.secret, ForceDeleteWithoutRecovery: true }),
    )

    expect(missing.code).toBe(1)
    expect(missing.output).toContain('the stack lacks the secret "cxi-relay/other"')
    expect(missing.output).toMatch(/Account "other"\n {2}! There are no credentials yet\. Paste/)
    expect(missing.output).toContain(`\nhooks (generic)\n  ${outputs.WebhookHooks}\n`)
    expect(missing.output).toMatch(/ {2}! It has no secret yet\. Paste.*"cxi-relay\/unpasted"/)
    const found = JSON.parse(incomplete.output)
    expect(found.accounts).toContainEqual(
      expect.objectContaining({ account: 'other', problems: [expect.stringContaining('"client_secret"')] }),
    )
  })

  test('tells of messages that were set aside, and where to send them back', async () => {
    const { sqs } = door.clients
    const asked = { QueueUrl: outputs.PartsQueue, AttributeNames: ['RedrivePolicy' as const] }
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand(asked))
    const name: string = JSON.parse(Attributes?.RedrivePolicy ?? '{}')
      .deadLetterTargetArn.split(':')
      .at(-1)
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }))
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'what nobody can work on' }))

    const { code, output } = await relayHere(['doctor'])
    await sqs.send(new PurgeQueueCommand({ QueueUrl }))

    expect(code).toBe(1)
    expect(output).toMatch(/^! 1 message could not be worked on and lies in the queue .*https:\/\/.*sqs/m)
  })
})

describe('onboard', () => {
  test("shows where an account stands, with the stack's credentials", async () => {
    const { code, output } = await relayHere(['onboard', '--account', 'desk'])
    const asJson = await relayHere(['onboard', '--account', 'desk', '--json'])
    const other = await relayHere(['onboard', '--account', 'nobody'])

    expect([code, output]).toEqual([0, 'The account is onboarded; nothing is left to do.\n'])
    expect(JSON.parse(asJson.output)).toMatchObject({ onboarded: true })
    expect([other.code, other.output]).toEqual([1, expect.stringContaining('(unknown_account)')])
  })
})
