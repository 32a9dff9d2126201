import { relative } from 'node:path'
import { JsonLines } from '../../shared/json-lines.ts'
import { systemClock } from '../../shared/stores/system-clock.ts'
import { VERSION } from '../home.ts'
import { type Host, type HostOptions, startHost } from '../host.ts'
import { Progress } from '../progress.ts'
import { untilStopped } from '../stop-signals.ts'
import { Terminal } from '../terminal.ts'

export interface StartOptions extends Pick<HostOptions, 'data' | 'config' | 'port' | 'host' | 'sandbox'> {
  /** Steps as JSON lines. */
  json: boolean
}

/** Runs the embedded home until it is told to stop. Throws what `startHost` throws. */
export async function start({ json, ...options }: StartOptions): Promise<void> {
  const terminal = new Terminal({ out: process.stdout })
  const home = json
    ? { logger: new JsonLines((text) => process.stdout.write(text)) }
    : { logger: terminal, progress: new Progress(systemClock, terminal) }
  const host = await startHost({ ...options, ...home })
  if (!json) for (const line of welcome(host)) terminal.print(line)
  if (host.sandboxUrl !== undefined) terminal.print(`sandbox ${host.sandboxUrl}`)
  terminal.print(`ready ${host.url}`)
  await untilStopped()
  if (!json) terminal.print('Stopping; what is unfinished goes on at the next start.')
  await host.close()
}

function welcome({ data, relay, sandboxUrl, webhooks }: Host): string[] {
  const sources = Object.keys(relay.sources)
  const shown = relative(process.cwd(), data.root) || '.'
  const folder = shown.startsWith('..') ? data.root : shown
  const [first = ''] = sources
  return [
    `cxi-relay ${VERSION}`,
    '',
    `  drop files into  ${sources.map((source) => `${folder}/inbox/${source}/`).join('  ')}`,
    `  receipts         ${folder}/receipts/`,
    `  set-aside rows   ${folder}/rejected/`,
    `  finished files   ${folder}/done/`,
    ...webhooks.flatMap(({ url, setup, problems }) => [
      `  webhook          ${url}`,
      `                   ${setup}`,
      ...(problems.length === 0 ? ['its secret is there'] : problems).map((line) => `                   ${line}`),
    ]),
    '',
    ...(sandboxUrl === undefined
      ? []
      : [
          'There are no credentials, or --sandbox was given: everything goes to a local sandbox of CXI, nothing leaves',
          `this machine. For the real one, put them into ${folder}/secrets.json (see README) and start again.`,
          '',
        ]),
    `Try:  cp examples/nps-october.csv ${folder}/inbox/${sources.includes('nps') ? 'nps' : first}/`,
    '',
  ]
}
