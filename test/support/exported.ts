import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import type { ExportReceipt } from '../../shared/exports/receipt.ts'
import { type HomeFolder, until } from './home.ts'

export interface Exported {
  receipt: ExportReceipt
  csv: string
  /** By header. */
  rows: Record<string, string>[]
}

/** The exports that a home has brought so far, the oldest first. */
export async function exportedBy(home: HomeFolder): Promise<Exported[]> {
  const found: Exported[] = []
  for (const file of await home.files('exports')) {
    if (!file.endsWith('.json')) continue
    const receipt = JSON.parse(await readFile(home.path('exports', file), 'utf8')) as ExportReceipt
    const csv = await readFile(home.path(receipt.file), 'utf8')
    found.push({ receipt, csv, rows: parse(csv, { columns: true }) as Record<string, string>[] })
  }
  return found.sort((a, b) => (a.receipt.requested_at < b.receipt.requested_at ? -1 : 1))
}

/** Waits until there are that many. */
export async function exportsOf(home: HomeFolder, count: number, withinMs?: number): Promise<Exported[]> {
  let found: Exported[] = []
  await until(async () => {
    found = await exportedBy(home)
    return found.length >= count
  }, withinMs)
  return found
}
