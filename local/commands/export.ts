import { RelayError } from '../../shared/errors.ts'
import { askByHand } from '../../shared/exports/engine.ts'
import { type ExportReceipt, receiptKeyOf } from '../../shared/exports/receipt.ts'
import { type ExportRequest, type ExportType, hasEnded, requestGroup, SELF } from '../../shared/exports/records.ts'
import type { ImportDeps } from '../../shared/imports/deps.ts'
import type { Logger } from '../../shared/ports.ts'
import { withExportHome } from '../export-home.ts'
import { plural } from '../sentences.ts'
import { Terminal } from '../terminal.ts'
import type { StoredOptions } from './stored.ts'

const LOOK_EVERY_MS = 250

export interface ExportOptions extends StoredOptions {
  type: ExportType
  account?: string
  json: boolean
}

/**
 * Asks CXI for an export and shows what becomes of it until its file is there. Throws RelayErrors `unknown_account`,
 * `export_overdue`, `export_refused`, and the `link_…` errors of a file that could not be fetched.
 */
export async function exportNow(options: ExportOptions): Promise<void> {
  const terminal = new Terminal({ out: process.stderr })
  const receipt = await withExportHome(options, quiet(terminal), async (deps, isRunning) => {
    const id = await askByHand(deps, options.type, options.account)
    if (!isRunning) terminal.print('cxi-relay is not running on this folder: this command waits for the mail itself.')
    return follow(deps, id, terminal)
  })
  if (options.json) console.log(JSON.stringify(receipt, null, 2))
  else {
    const columns = plural(receipt.columns, 'column')
    console.log(`${receipt.file}: ${plural(receipt.rows, 'row')}, ${columns}, ${plural(receipt.bytes, 'byte')}`)
  }
}

/** Looks into the ledger, since another process may be the one that works. */
async function follow(deps: ImportDeps, id: string, terminal: Terminal): Promise<ExportReceipt> {
  let said = ''
  for (;;) {
    const record = await deps.ledger.get<ExportRequest>(requestGroup(id), SELF)
    if (!record) throw new RelayError('export_unknown', `The export ${id} is gone from the ledger.`)
    const { value } = record
    const sentence = sentenceOf(value)
    if (sentence !== said) terminal.print(sentence)
    said = sentence
    if (value.state === 'collected' && value.file !== null) return receiptOf(deps, value.file)
    if (hasEnded(value)) {
      const { code, message } = value.error ?? { code: 'export_failed', message: `The export ended as ${value.state}.` }
      terminal.status('')
      throw new RelayError(code, message)
    }
    terminal.status(`waiting for ${seconds(deps, value)}`)
    await deps.clock.sleep(LOOK_EVERY_MS)
  }
}

const seconds = (deps: ImportDeps, { askedMs, queuedMs }: ExportRequest) =>
  plural(Math.floor((deps.clock.now() - (askedMs ?? queuedMs)) / 1000), 'second')

function sentenceOf({ state, type, note, overdueMs, refusedSinceMs }: ExportRequest): string {
  switch (state) {
    case 'queued':
      if (overdueMs !== null && refusedSinceMs === null) return 'No mail has come yet; CXI is asked once more.'
      if (refusedSinceMs !== null) return 'CXI has another export in progress; it is asked again until that is over.'
      return note ? `It waits: ${note.message}` : 'It is queued; CXI makes one export at a time.'
    case 'asking':
    case 'asked':
      return `CXI was asked for the ${type} export; it mails a link when the file is ready.`
    case 'collecting':
      return 'The mail has come; the file is being fetched.'
    case 'collected':
      return 'The file is there.'
    case 'overdue':
    case 'failed':
    case 'superseded':
      return 'It came to nothing.'
  }
}

async function receiptOf(deps: ImportDeps, file: string): Promise<ExportReceipt> {
  const chunks: Uint8Array[] = []
  for await (const chunk of deps.objects.read(receiptKeyOf(file))) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString()) as ExportReceipt
}

/** The progress says the steps. */
export const quiet = (terminal: Terminal): Logger => ({
  info: () => {},
  warn: (event, fields) => terminal.warn(event, fields),
  alarm: (event, fields) => terminal.alarm(event, fields),
})
