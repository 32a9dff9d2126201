import { readFile } from 'node:fs/promises'

const FOLDER = new URL('../../fixtures/exports/', import.meta.url)

/** A file in the shape of what a tool exports, by its name in test/fixtures/exports. */
export function exported(name: string): Promise<Buffer> {
  return readFile(new URL(`${name}.csv`, FOLDER))
}

/** Unix seconds, as parts hold them, of a time with its offset. */
export function at(iso: string): string {
  return String(Date.parse(iso) / 1000)
}
