import type { ExportDeps } from './deps.ts'
import type { ExportRequest, ExportType } from './records.ts'
import { schedulesOf } from './schedules.ts'

/** What was brought home, beside its file as `<file without .csv>.json`. Times are ISO 8601, UTC. */
export interface ExportReceipt {
  /** The request's id. */
  export: string
  type: ExportType
  account: string
  /** Key of the CSV. */
  file: string
  /** Records without the header. */
  rows: number
  /** How many, and their names. */
  columns: number
  header: string[]
  bytes: number
  sha256: string
  requested_at: string
  /** When CXI sent the mail. */
  ready_at: string
  collected_at: string
  /** The line of the configuration that asked for it, and its time; null by hand. */
  schedule: { cron: string; timezone: string; time: string } | null
}

export const receiptKeyOf = (file: string) => file.replace(/\.csv$/, '.json')

export async function writeExportReceipt(
  deps: ExportDeps,
  request: ExportRequest,
  file: string,
  counted: Pick<ExportReceipt, 'rows' | 'header' | 'bytes' | 'sha256'>,
): Promise<void> {
  const now = deps.clock.now()
  const line = schedulesOf(deps.relay).find(({ key }) => key === request.schedule?.key)
  const { rows, header, bytes, sha256 } = counted
  const receipt: ExportReceipt = {
    export: request.id,
    type: request.type,
    account: request.account,
    file,
    rows,
    columns: header.length,
    header,
    bytes,
    sha256,
    requested_at: iso(request.firstAskedMs ?? request.queuedMs),
    ready_at: iso(request.readyMs ?? now),
    collected_at: iso(now),
    schedule:
      line && request.schedule
        ? { cron: line.schedule, timezone: line.timezone, time: iso(request.schedule.atMs) }
        : null,
  }
  await deps.objects.put(receiptKeyOf(file), Buffer.from(`${JSON.stringify(receipt, null, 2)}\n`))
}

const iso = (ms: number) => new Date(ms).toISOString()
