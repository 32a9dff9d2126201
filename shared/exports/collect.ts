import { RelayError } from '../errors.ts'
import { bindRequest, endCollected } from './bind.ts'
import { type CsvHead, exportTypeOf, readCsvHead } from './csv-head.ts'
import { CsvMeter, metered } from './csv-meter.ts'
import type { ExportDeps } from './deps.ts'
import { type Download, openLink } from './download.ts'
import { AMBIGUOUS, COLLECTED, type MailVerdict, UNMATCHED, verdictOf } from './mail-ends.ts'
import { type Candidate, matchOf } from './match.ts'
import { writeExportReceipt } from './receipt.ts'
import type { ExportRequest } from './records.ts'

/** A mail holds its link twice, as text and as HTML, and the links of a footer. */
const MOST_FOLLOWED = 3

/** What is being collected: for whom, and by which mail. */
export interface Collection {
  candidates: Candidate[]
  links: URL[]
  mail: { id: string; readyMs: number }
  /** Notes, before anything is bound, which request the mail brings. */
  choose: (request: string | null) => Promise<void>
}

/**
 * Follows a mail's links until one brings a CSV, finds the request that it belongs to, and stores it with its receipt.
 * Undefined where another mail took the request meanwhile. Throws retryable RelayErrors where it may be tried again,
 * and the first link's `link_…` error where none can be used.
 */
export async function collect(deps: ExportDeps, collection: Collection): Promise<MailVerdict | undefined> {
  let first: unknown
  for (const link of collection.links.slice(0, MOST_FOLLOWED)) {
    try {
      return await collectFrom(deps, collection, link)
    } catch (error) {
      if (!verdictOf(error)) throw error
      first ??= error
    }
  }
  throw first
}

async function collectFrom(deps: ExportDeps, collection: Collection, link: URL): Promise<MailVerdict | undefined> {
  const { candidates, mail, choose } = collection
  const allowed = candidates.find(({ links }) => links.isAllowed(link))?.links
  if (!allowed) throw new RelayError('link_foreign', `${link.host} is not allowed.`)
  const download = await openLink(deps, link, allowed)
  try {
    const head = await readCsvHead(download.body, download.contentType)
    const request = matchOf(candidates, link, exportTypeOf(head.columns))
    if (request === 'ambiguous') return AMBIGUOUS
    if (!request) return UNMATCHED
    await choose(request.id)
    const bound = await bindRequest(deps, request.id, mail)
    if (!bound) {
      await choose(null)
      return undefined
    }
    await store(deps, bound, head, download)
    return COLLECTED
  } finally {
    await download.close()
  }
}

async function store(deps: ExportDeps, request: ExportRequest, head: CsvHead, { host }: Download): Promise<void> {
  const file = fileOf(request)
  deps.logger.info('export.arrived', { request: request.id, type: request.type, host })
  const meter = new CsvMeter()
  const onBytes = (bytes: number) => deps.onDownload?.(request.id, bytes)
  if (!(await deps.objects.create(file, metered(head.bytes, meter, onBytes)))) return endStored(deps, request)
  await end(deps, request, head.columns, meter)
}

/** Whether the request's file was stored before a process died; its receipt and end are written then. */
export async function resumeStored(deps: ExportDeps, request: ExportRequest): Promise<boolean> {
  for await (const { key } of deps.objects.list(fileOf(request))) {
    if (key !== request.file) continue
    await endStored(deps, request)
    return true
  }
  return false
}

async function endStored(deps: ExportDeps, request: ExportRequest): Promise<void> {
  const { columns, bytes } = await readCsvHead(deps.objects.read(fileOf(request)), 'text/csv')
  const meter = new CsvMeter()
  for await (const _ of metered(bytes, meter));
  await end(deps, request, columns, meter)
}

async function end(deps: ExportDeps, request: ExportRequest, header: string[], meter: CsvMeter): Promise<void> {
  const file = fileOf(request)
  const sha256 = meter.end()
  const { rows, bytes } = meter
  await writeExportReceipt(deps, request, file, { rows, header, bytes, sha256 })
  await endCollected(deps, request.id, rows)
  deps.logger.info('export.collected', { request: request.id, type: request.type, file, rows, bytes })
}

function fileOf({ id, file }: ExportRequest): string {
  if (file === null) throw new Error(`Export ${id} has no file.`)
  return file
}
