import type { ExportLine, ExportStatus } from '../shared/exports/status.ts'
import { plural } from './sentences.ts'

/** What `status` says of exports; nothing where there are none. */
export function* exportSentences({ open, schedules }: ExportStatus): Generator<string> {
  if (open.length === 0 && schedules.length === 0) return
  yield ''
  yield 'Exports:'
  for (const line of open) yield* entry(line)
  for (const { type, account, schedule, timezone, next_at, last } of schedules) {
    const next = next_at === null ? 'not watched' : `next ${short(next_at)}`
    yield `  ${type} of ${account}, "${schedule}" ${timezone}: ${next}`
    if (last && !open.some(({ id }) => id === last.id)) yield* entry(last)
  }
}

function* entry({ type, state, asked_at, file, rows, message, id }: ExportLine): Generator<string> {
  const asked = asked_at === null ? '' : `, asked ${short(asked_at)}`
  yield `  ${type}: ${state}${asked}${file === null ? '' : `, ${plural(rows, 'row')} in ${file}`}`
  if (message !== null) yield `      ${message}`
  if (file === null) yield `      id ${id}`
}

const short = (iso: string) => iso.slice(0, 19).replace('T', ' ')
