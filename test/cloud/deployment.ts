import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RelayConfig } from '../../shared/config/types.ts'
import { REGION } from './clients.ts'

const run = promisify(execFile)

const ROOT = join(import.meta.dirname, '../..')
export const ACCOUNT = '000000000000'
export const STACK = 'cxi-relay'

/** The stack on the emulator, put there by the CDK's own command. */
export class Deployment {
  readonly #endpoint: string
  readonly #folder: string

  constructor(endpoint: string, folder: string) {
    this.#endpoint = endpoint
    this.#folder = folder
  }

  /** Prepares the account, as a person does once, and deploys. Answers the stack's outputs. */
  async create(config: RelayConfig): Promise<Record<string, string>> {
    await this.#configure(config)
    await this.#cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`)
    return this.deploy(config)
  }

  async deploy(config: RelayConfig): Promise<Record<string, string>> {
    await this.#configure(config)
    const outputs = join(this.#folder, 'outputs.json')
    await this.#cdk('deploy', '--require-approval', 'never', '--outputs-file', outputs)
    return JSON.parse(await readFile(outputs, 'utf8'))[STACK]
  }

  /** What a deployment of this configuration would change; empty where nothing. */
  async difference(): Promise<string> {
    const { stdout, stderr } = await this.#cdk('diff', '--fail')
    return `${stdout}${stderr}`
  }

  #configure(config: RelayConfig): Promise<void> {
    return writeFile(this.#configFile, `export default ${JSON.stringify(config)}\n`)
  }

  get #configFile(): string {
    return join(this.#folder, 'relay.config.mjs')
  }

  #cdk(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const fixed = ['--no-notices', '--no-version-reporting', '--ci', '--output', join(this.#folder, 'cdk.out')]
    const context = ['--context', `config=${this.#configFile}`, '--context', `stack=${STACK}`]
    return run(process.execPath, [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), ...args, ...fixed, ...context], {
      cwd: ROOT,
      maxBuffer: 50_000_000,
      env: {
        ...process.env,
        PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`,
        AWS_ENDPOINT_URL: this.#endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_EC2_METADATA_DISABLED: 'true',
        CDK_DISABLE_CLI_TELEMETRY: '1',
      },
    })
  }
}
