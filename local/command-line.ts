import { Command, InvalidArgumentError, Option } from 'commander'
import { messageOf, RelayError } from '../shared/errors.ts'
import { VERSION } from './home.ts'

const program = new Command('cxi-relay')
  .description('Brings customer feedback into InMoment CXI exactly once, and exports out of it.')
  .version(VERSION)
  .showHelpAfterError('(--help tells more)')

const data = () => new Option('--data <dir>', 'the data folder').default('./relay-data')
const config = () => new Option('--config <file>', 'the configuration').default('relay.config.ts')
const json = (what: string) => new Option('--json', what).default(false)
const host = () => new Option('--host <address>', 'the address to listen on').default('127.0.0.1')
/** Options of commands that work on a deployed stack too. */
const onStack = (command: Command) =>
  command
    .addOption(new Option('--stack <name>', 'a stack on AWS, instead of a data folder').conflicts(['data', 'port']))
    .option('--region <name>', 'with --stack: the AWS region (default: AWS_REGION, or the profile’s)')
    .option('--profile <name>', 'with --stack: the AWS profile (default: AWS_PROFILE, or what AWS’s own tools use)')
    .hook('preAction', (named) => {
      const { stack, region, profile } = named.opts()
      if (stack === undefined && (region ?? profile) !== undefined) {
        named.error('error: --region and --profile go with --stack')
      }
    })
const port = (number: number) =>
  new Option('--port <number>', 'the port to listen on; 0 picks a free one').argParser(portOf).default(number)

program
  .command('start')
  .description('run the embedded home: drop CSVs into <data>/inbox/<source>/')
  .addOption(data())
  .addOption(port(8787))
  .addOption(host())
  .addOption(config())
  .option('--sandbox', 'send everything to a local sandbox of CXI (the default while there are no credentials)', false)
  .addOption(json('print the steps as JSON lines'))
  .action(async (options) => (await import('./commands/start.ts')).start(options))

program
  .command('sandbox')
  .description('run the sandbox of the CXI API alone')
  .addOption(port(4010))
  .addOption(host())
  .option('--data <file>', 'where it keeps its state (default: in memory)')
  .option('--fresh', 'begin with an account that is not onboarded', false)
  .option('--unknown <id=setting...>', 'decide what the API leaves open (docs/open-questions.md), U-05=skip-rows')
  .option('--rate-limit <number>', 'requests a minute and account', countOf)
  .option('--mail <dir>', 'folder for the mails that it sends')
  .option('--smtp <url>', 'mail server for them, smtp://host:25')
  .action(async (options) => (await import('../sandbox/command.ts')).runSandboxCommand(options))

program
  .command('check')
  .description('read a file as a drop would be read, and send nothing')
  .argument('<file>')
  .requiredOption('--source <name>', 'the source that it would be dropped for')
  .addOption(config())
  .addOption(json('print the findings as JSON'))
  .action(async (file, options) => (await import('./commands/check.ts')).check(file, options))

onStack(program.command('status'))
  .description('show what is on its way and what arrived lately')
  .addOption(data())
  .addOption(config())
  .option('--limit <number>', 'how many of the latest to show', countOf, 50)
  .addOption(json('print it as JSON'))
  .action(async (options) => (await import('./commands/status.ts')).status(options))

onStack(program.command('retry'))
  .description('try again what was given up, or is waiting')
  .argument('[id]', "a drop's id, its receipt's path, or inbox/<source>/<file>")
  .option(
    '--source <name>',
    'instead: map the responses of a webhook anew that are not sent yet, and read those in quarantine',
  )
  .addOption(
    new Option('--send', 'an inconclusive part is not in CXI, as you have seen there: send it again')
      .default(false)
      .conflicts(['adopt', 'source']),
  )
  .addOption(
    new Option('--adopt <import>', 'an inconclusive part is this import of CXI, as you have seen there')
      .argParser(countOf)
      .conflicts(['source']),
  )
  .option('--part <number>', 'with --send or --adopt: which part, where there are several', countOf)
  .option('--since <time>', 'with --source: those that came since then, for example 2026-11-24', '1970-01-01')
  .addOption(data())
  .addOption(config())
  .addOption(json('print what became of it as JSON'))
  .action(async (id, options) => (await import('./commands/retry.ts')).retry(id, options))

onStack(program.command('doctor'))
  .description('show whether CXI accepts each account, and where each webhook’s address is pasted')
  .addOption(data())
  .addOption(config())
  .addOption(port(8787))
  .addOption(json('print it as JSON'))
  .action(async (options) => (await import('./commands/doctor.ts')).doctor(options))

onStack(program.command('undo'))
  .description("delete a drop's imports from CXI")
  .argument('<id>', "a drop's id, its receipt's path, or inbox/<source>/<file>")
  .addOption(data())
  .addOption(config())
  .addOption(json('print what became of it as JSON'))
  .action(async (id, options) => (await import('./commands/undo.ts')).undo(id, options))

program
  .command('export')
  .description('ask CXI for an export, and wait until its file is there')
  .addOption(new Option('--type <type>', 'what to export').choices(['responses', 'users']).default('responses'))
  .option('--account <name>', 'an account of the configuration (default: the only one)')
  .addOption(data())
  .addOption(config())
  .addOption(json('print its receipt as JSON'))
  .action(async (options) => (await import('./commands/export.ts')).exportNow(options))

program
  .command('responses')
  .description('read the newest responses (3,000 at most) into NDJSON and CSV, with sentiment and tags')
  .option('--since <when>', "'last' (what came since the last reading), a response's id, 7d, 24h, or a date", 'last')
  .option('--account <name>', 'an account of the configuration (default: the only one)')
  .addOption(data())
  .addOption(config())
  .addOption(json('print its receipt as JSON'))
  .action(async (options) => (await import('./commands/responses.ts')).responses(options))

onStack(program.command('onboard'))
  .description("show, or finish, an account's onboarding, before which CXI takes no imports")
  .option('--account <name>', 'an account of the configuration (default: the first)')
  .option('--category <id>', 'set the product category', countOf)
  .option('--project <name>', 'name the first project')
  .option('--import-name <name>', 'name the first import')
  .option('--finish', 'finish the onboarding', false)
  .addOption(data())
  .addOption(config())
  .addOption(json('print it as JSON'))
  .action(async (options) => (await import('./commands/onboard.ts')).onboard(options))

/** Runs one command; an error is printed and becomes the exit code. */
export async function runCommand(args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    // A message is for people; what is no RelayError is a defect, whose place whoever mends it must know.
    const text = error instanceof RelayError ? `${messageOf(error)} (${error.code})` : ((error as Error).stack ?? error)
    process.stderr.write(`cxi-relay: ${text}\n`)
    process.exitCode = 1
  }
}

function portOf(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(number <= 65_535)) throw new InvalidArgumentError('It must be a number from 0 to 65535.')
  return number
}

function countOf(text: string): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(number >= 1)) throw new InvalidArgumentError('It must be a whole number from 1.')
  return number
}
