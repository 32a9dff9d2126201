import { once } from 'node:events'
import { DEMO } from './demo.ts'
import { SandboxError } from './sandbox-error.ts'
import { type SandboxOptions, startSandbox } from './server.ts'
import { unknownsOf } from './unknowns.ts'

export interface SandboxCommand {
  port: number
  host: string
  data?: string
  fresh: boolean
  /** Settings of open questions, `U-05=skip-rows`. */
  unknown?: string[]
  /** Requests a minute and account. */
  rateLimit?: number
  /** Folder for mails. */
  mail?: string
  /** Mail server, `smtp://host:25`. */
  smtp?: string
}

/** Runs the sandbox alone until it is told to stop. What its user can mend is said, and ends the process with 1. */
export async function runSandboxCommand(options: SandboxCommand): Promise<void> {
  try {
    await run(options)
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    console.error(`cxi-relay: ${error.message}`)
    process.exitCode = 1
  }
}

async function run(options: SandboxCommand): Promise<void> {
  const sandbox = await startSandbox(sandboxOptions(options))
  // Whoever reads `ready` may send a signal at once.
  const told = Promise.race(['SIGTERM', 'SIGINT', 'SIGHUP'].map((signal) => once(process, signal)))
  for (const line of welcome(sandbox, options)) console.log(line)
  console.log(`ready ${sandbox.url}`)
  await told
  await sandbox.close()
}

function sandboxOptions({ unknown = [], data, ...options }: SandboxCommand): SandboxOptions {
  return {
    ...options,
    ...(data === undefined ? {} : { file: data }),
    unknowns: { ...(options.rateLimit === undefined ? {} : { 'U-16': 'on' }), ...unknownsOf(unknown) },
  }
}

function welcome({ url, tokenUrl }: { url: string; tokenUrl: string }, { data, fresh }: SandboxCommand): string[] {
  return [
    'A local sandbox of the CXI API.',
    '',
    `  client         ${DEMO.clientId} / ${DEMO.clientSecret}`,
    `  user           ${DEMO.username} / ${DEMO.password}`,
    `  account token  ${DEMO.accountToken}${fresh ? ', not onboarded' : ''}`,
    `  state          ${data ?? 'in memory'}`,
    '',
    'Try, in another terminal:',
    '',
    `  TOKEN=$(curl -s ${tokenUrl} -F grant_type=client_credentials -F client_id=${DEMO.clientId} -F client_secret=${DEMO.clientSecret} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `  printf 'feedback_date,score,feedback\\n2026-10-01,9,It just works\\n' | curl -s -H "Authorization: Bearer $TOKEN" ${url}/v1/imports -F 'file=@-;filename=try.csv'`,
    `  curl -s -H "Authorization: Bearer $TOKEN" ${url}/v1/imports`,
    '',
  ]
}
