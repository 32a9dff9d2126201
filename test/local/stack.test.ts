import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { advised } from '../../local/stack/aws.ts'
import { findStack } from '../../local/stack/find-stack.ts'
import { RelayError } from '../../shared/errors.ts'
import { DynamoLedger } from '../../shared/stores/aws/ledger.ts'
import { type AwsAnswer, type FakeAws, startFakeAws } from '../support/fake-aws.ts'
import { ManualClock } from '../support/fakes.ts'
import { HomeFolder } from '../support/home.ts'

let home: HomeFolder
let aws: FakeAws | undefined

beforeEach(async () => {
  home = new HomeFolder(await mkdtemp(join(tmpdir(), 'cxi-stack-')))
  await home.configure({ accounts: { main: { secret: 'cxi-relay/main' } }, sources: { nps: {} } })
})

afterEach(async () => {
  await aws?.close()
  aws = undefined
  await rm(home.root, { recursive: true, force: true })
})

/** Nothing of the machine's own AWS settings. */
const bare = () => ({
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_REGION: '',
  AWS_DEFAULT_REGION: '',
  AWS_CONFIG_FILE: join(home.root, 'no-config'),
  AWS_SHARED_CREDENTIALS_FILE: join(home.root, 'no-credentials'),
  AWS_EC2_METADATA_DISABLED: 'true',
})

const run = (args: string[], env: Record<string, string> = {}) =>
  home.run([...args, '--config', home.config], { ...bare(), ...env })

/** Runs a command against an AWS that gives one answer to everything. */
async function against(answer: AwsAnswer, args: string[]) {
  aws = await startFakeAws(() => answer)
  return run(args, {
    AWS_ENDPOINT_URL: aws.options.endpoint,
    AWS_ACCESS_KEY_ID: 'key-of-test',
    AWS_SECRET_ACCESS_KEY: 'hidden-of-test',
    AWS_REGION: 'eu-central-1',
  })
}

const refusal = (status: number, code: string, message: string): AwsAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
})

const described = (outputs: Record<string, string>): AwsAnswer => {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  )
  return {
    headers: { 'content-type': 'text/xml' },
    body: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>shop</StackName><CreationTime>2026-11-24T06:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  }
}

describe('a command on a stack', () => {
  it.each([
    [['status', '--stack', 'relay', '--data', 'somewhere'], "cannot be used with option '--data"],
    [['doctor', '--stack', 'relay', '--port', '80'], "cannot be used with option '--port"],
    [['status', '--region', 'eu-central-1'], '--region and --profile go with --stack'],
    [['undo', 'abc', '--profile', 'prod'], '--region and --profile go with --stack'],
  ])('refuses %j', async (args, words) => {
    const { code, output } = await run(args)

    expect([code, output]).toEqual([1, expect.stringContaining(words)])
  })

  it('is explained in the help of each that knows it', async () => {
    const commands = ['status', 'retry', 'undo', 'doctor', 'onboard']

    const helps = await Promise.all(commands.map((command) => home.run([command, '--help'])))

    for (const { output } of helps) expect(output).toMatch(/--stack <name>.*--region <name>.*--profile <name>/s)
  })

  it('says that no region is set', async () => {
    const { code, output } = await run(['status', '--stack', 'relay'])

    expect([code, output]).toEqual([1, expect.stringMatching(/--region.*\(aws_region_missing\)/)])
  })

  it.each([[['doctor', '--region', 'eu-central-1']], [['status', '--profile', 'nobody', '--region', 'eu-central-1']]])(
    'says that there are no credentials: %j',
    async (args) => {
      const { code, output } = await run([...args, '--stack', 'relay'])

      expect([code, output]).toEqual([1, expect.stringMatching(/--profile.*\(aws_credentials\)/)])
    },
  )

  it('says that there is no such stack, and where it looked', async () => {
    const answer = refusal(400, 'ValidationError', 'Stack with id relay does not exist')

    const { code, output } = await against(answer, ['retry', 'abc', '--stack', 'relay'])

    expect(code).toBe(1)
    expect(output).toMatch(/There is no stack "relay" in eu-central-1.*--region.*--profile.*\(stack_missing\)/)
  })

  it("leaves a stack alone that is none of cxi-relay's", async () => {
    const { code, output } = await against(described({ Site: 'https://shop.example' }), [
      'undo',
      'a',
      '--stack',
      'shop',
    ])

    expect([code, output]).toEqual([1, expect.stringContaining('(stack_foreign)')])
    expect(aws?.calls).toHaveLength(1)
  })

  it('says that AWS is out of reach', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }

    const { code, output } = await run(['status', '--stack', 'relay', '--region', 'eu-nowhere-1'], env)

    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/AWS in eu-nowhere-1 is out of reach.*\(aws_unreachable\)/),
    ])
  })
})

describe('what AWS refuses', () => {
  it.each([
    ['AccessDenied', 'aws_denied', /User: arn.*is not authorized.*stack-commands\.md/],
    ['InvalidClientTokenId', 'aws_credentials', /\(InvalidClientTokenId\).*--profile/],
    ['SignatureDoesNotMatch', 'aws_credentials', /\(SignatureDoesNotMatch\)/],
    ['ExpiredToken', 'aws_credentials', /\(ExpiredToken\).*aws sso login/],
  ])('is explained: %s', async (name, code, words) => {
    const answer = refusal(403, name, 'User: arn:aws:iam::1:user/x is not authorized to perform: it')
    aws = await startFakeAws(() => answer)
    const { options } = aws
    const cloudFormation = new CloudFormationClient(options)

    const failure = await findStack({ cloudFormation, options, region: options.region }, 'relay').catch(
      (error: unknown) => advised(error, options.region),
    )

    expect(failure).toMatchObject({ code, message: expect.stringMatching(words) })
  })

  it('is explained where a store had met it, whose advice is for functions', async () => {
    aws = await startFakeAws(() => ({
      status: 400,
      body: { __type: 'AccessDeniedException', message: 'GetItem on it' },
    }))
    const ledger = new DynamoLedger(new DynamoDBClient(aws.options), 'table', new ManualClock())

    const failure = await ledger.get('drop#1', 'self').catch((error: unknown) => advised(error, 'eu-central-1'))

    expect(failure).toMatchObject({ code: 'aws_denied', message: expect.stringContaining('GetItem on it') })
  })

  it.each([new RelayError('not_found', 'Nothing is known.'), new TypeError('a defect')])(
    'does not swallow %s',
    (error) => {
      expect(advised(error, 'eu-central-1')).toBe(error)
    },
  )
})
