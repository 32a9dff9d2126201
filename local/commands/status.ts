import { withSandbox } from '../../shared/config/resolve.ts'
import { type ExportStatus, exportStatusOf } from '../../shared/exports/status.ts'
import { type StatusLine, statusOf } from '../../shared/imports/status.ts'
import { misledSources } from '../../shared/webhooks/visits.ts'
import { exportSentences } from '../export-sentences.ts'
import { sandboxOfMode } from '../home-mode.ts'
import { plural } from '../sentences.ts'
import { type HomeOptions, withHome } from './opened-home.ts'

/** Prints what is on its way and what arrived today and yesterday. */
export async function status(options: HomeOptions & { json: boolean; limit: number }): Promise<void> {
  await withHome(options, async ({ deps, isRunning, about, isTimedByService }) => {
    const sandbox = await sandboxOfMode(deps.ledger)
    const relay = sandbox ? withSandbox(deps.relay, sandbox) : deps.relay
    const exports = await exportStatusOf(deps.ledger, relay, isTimedByService ? deps.clock.now() : undefined)
    const webhooks = await misledSources({ relay, ledger: deps.ledger, buffer: deps.buffer })
    const found: Found = { running: isRunning, ...(await statusOf(deps, options.limit)), exports, webhooks }
    if (options.json) console.log(JSON.stringify(found, null, 2))
    else for (const line of sentences(about, found)) console.log(line)
  })
}

interface Found {
  running: boolean
  unfinished: StatusLine[]
  recent: StatusLine[]
  exports: ExportStatus
  /** Webhooks whose address is called by GET only. */
  webhooks: { source: string; gets: number; message: string }[]
}

function* sentences(about: string, found: Found): Generator<string> {
  yield about
  yield ''
  yield found.unfinished.length === 0 ? 'Nothing is on its way.' : 'On its way:'
  for (const line of found.unfinished) yield* entry(line)
  yield* exportSentences(found.exports)
  for (const { message } of found.webhooks) yield `! ${message}`
  const ended = found.recent.filter(({ arrival }) => !found.unfinished.some((line) => line.arrival === arrival))
  if (ended.length === 0) return
  yield ''
  yield 'Today and yesterday, the newest first:'
  for (const line of ended) yield* entry(line)
}

function* entry(line: StatusLine): Generator<string> {
  const rows = line.rows === null ? '' : `, ${plural(line.rows, 'row')}`
  const parts = line.parts && line.parts.of > 1 ? `, ${line.parts.described} of ${line.parts.of} parts sent` : ''
  yield `  ${line.started_at.slice(0, 19).replace('T', ' ')}  ${line.drop}: ${line.state}${rows}${parts}`
  if (line.error) yield `      ${line.error.code}: ${line.error.message}`
  if (line.waiting) {
    yield `      waits${line.waiting.until ? ` until ${line.waiting.until}` : ''} (${line.waiting.code}): ${line.waiting.message}`
  }
  if (line.id) yield `      id ${line.id}`
}
