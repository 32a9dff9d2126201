import { loadRelay } from '../../shared/config/load.ts'
import { clockChangeWarnings } from '../../shared/exports/clock-changes.ts'
import { accountSentences, checkAccounts } from '../account-check.ts'
import { dataFolder } from '../data-folder.ts'
import { importDeps, openStores } from '../home.ts'
import { Terminal } from '../terminal.ts'
import { webhookFindings, webhookSentences } from '../webhook-check.ts'
import type { HomeOptions } from './opened-home.ts'

/** Tells of each account whether CXI accepts it, of each webhook its address and place. Exits with 1 where anything is wrong. */
export async function doctor(options: HomeOptions & { port: number; json: boolean }): Promise<void> {
  const { stack, ...rest } = options
  if (stack !== undefined) return (await import('../stack/doctor.ts')).stackDoctor({ ...rest, stack })
  const relay = await loadRelay(options.config)
  const logger = new Terminal({ out: process.stderr })
  const stores = openStores(dataFolder(options.data), logger)
  try {
    const accounts = await checkAccounts(relay, stores.secrets, importDeps(stores, relay, logger).api)
    const found = await webhookFindings(stores, relay, `http://127.0.0.1:${options.port}`)
    if (relay.publicUrl === null) {
      for (const { problems } of found) {
        problems.push(
          'publicUrl is not set in relay.config.ts: survey tools can’t reach an address of this machine alone.',
        )
      }
    }
    const warnings = clockChangeWarnings(relay, Date.now())
    if (options.json) console.log(JSON.stringify({ accounts, webhooks: found, warnings }, null, 2))
    else {
      const told = warnings.flatMap((warning) => ['', `! ${warning}`])
      for (const line of [...accountSentences(accounts), '', ...webhookSentences(found), ...told]) console.log(line)
    }
    if ([...accounts, ...found].some(({ problems }) => problems.length > 0)) process.exitCode = 1
  } finally {
    stores.close()
  }
}
