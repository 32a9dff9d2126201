import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RelayConfig } from '../../shared/config/types.ts'
import { REGION } from './clients.ts'
import { withEmulatedActions } from './emulated-actions.ts'

const run = promisify(execFile)

const ROOT = join(import.meta.dirname, '../..')
export const ACCOUNT = '000000000000'
export const STACK = 'cxi-relay'
const FIXED = ['--no-notices', '--no-version-reporting', '--ci']

/** The stack on the emulator, put there by the CDK's own command. */
export class Deployment {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Makes the stack's template and bundles, once for every command. */
  async synth(config: RelayConfig): Promise<void> {
    await writeFile(this.#configFile, `export default ${JSON.stringify(config)}\n`)
    const { context } = JSON.parse(await readFile(join(ROOT, 'cdk.json'), 'utf8'))
    const given = JSON.stringify({ ...context, config: this.#configFile, stack: STACK })
    const env = { ...process.env, CDK_OUTDIR: this.#assembly, CDK_CONTEXT_JSON: given }
    await run(process.execPath, ['infra/app.ts'], { cwd: ROOT, maxBuffer: 50_000_000, env })
    const template = join(this.#assembly, `${STACK}.template.json`)
    await writeFile(template, withEmulatedActions(await readFile(template, 'utf8')))
  }

  /** Prepares the account, as a person does once. */
  async bootstrap(endpoint: string): Promise<void> {
    await this.#cdk(endpoint, 'bootstrap', `aws://${ACCOUNT}/${REGION}`)
  }

  /** Deploys what was made; answers the stack's outputs, and what the command says. */
  async deploy(endpoint: string): Promise<{ outputs: Record<string, string>; said: string }> {
    const how = ['--require-approval', 'never', '--outputs-file', this.#outputs]
    const { stdout, stderr } = await this.#cdk(endpoint, 'deploy', '--app', this.#assembly, ...how)
    return { outputs: JSON.parse(await readFile(this.#outputs, 'utf8'))[STACK], said: `${stdout}${stderr}` }
  }

  get #outputs(): string {
    return join(this.#folder, 'outputs.json')
  }

  get #assembly(): string {
    return join(this.#folder, 'assembly')
  }

  get #configFile(): string {
    return join(this.#folder, 'relay.config.mjs')
  }

  /** Outside of the repository, so that only what is named here counts. */
  #cdk(endpoint: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
    return run(process.execPath, [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), ...args, ...FIXED], {
      cwd: this.#folder,
      maxBuffer: 50_000_000,
      timeout: 240_000,
      env: {
        ...process.env,
        HOME: this.#folder,
        AWS_ENDPOINT_URL: endpoint,
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
