import { isUtf8 } from 'node:buffer'
import { FileDefect } from './cut-error.ts'
import { notUtf8 } from './encoding.ts'
import { headRecords } from './file-head.ts'
import { type FilePlan, planFile } from './file-plan.ts'
import type { Intake } from './intake.ts'
import type { RecordForm } from './records.ts'
import { SAMPLE_BYTES, sniff } from './sniff.ts'
import type { ReadOptions } from './types.ts'

export interface OpenFile {
  plan: FilePlan
  form: RecordForm
  /** Spreadsheet row of the first record after the header, which is where the window begins. */
  row: number
}

/**
 * Reads a file's header and decides how the file is cut. Throws FileDefects for what is wrong with the file as a
 * whole, RelayErrors for options that can't be followed.
 */
export async function openFile(intake: Intake, options: ReadOptions, nowMs: number): Promise<OpenFile> {
  const { window } = intake
  while (window.length < SAMPLE_BYTES && !intake.isLast) await intake.fill()
  const { separatorLineBytes, ...form } = sniff(window.bytes, window.start, window.end, intake.isLast)
  window.start += separatorLineBytes
  let records = headRecords(window, form, intake.isLast)
  while (!records) {
    await intake.fill()
    records = headRecords(window, form, intake.isLast)
  }
  const [header] = records
  if (!header) throw new FileDefect('file_empty', 'The file is empty. Export it again and drop that.')
  if (!isUtf8(window.bytes.subarray(header.start, header.next))) throw notUtf8()
  const plan = planFile(
    records.map(({ cells }) => cells),
    options,
    form.delimiter,
    nowMs,
  )
  const last = records[plan.headerRows.length - 1] ?? header
  window.start = last.next
  return { plan, form, row: last.row + 1 }
}
