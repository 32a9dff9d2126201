import { type Dirent, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { byCodePoint } from '../code-points.ts'
import { TEMPORARY } from './atomic-files.ts'
import { piecesOf, segmentsOf, textOfPiece } from './file-keys.ts'
import { isGone } from './store-errors.ts'

interface Entry {
  segment: string
  path: string
  isFolder: boolean
}

/** The keys under `folder` that begin with `prefix`, in code point order; one folder at a time is held in memory. */
export async function* walkKeys(
  folder: string,
  prefix: string,
): AsyncGenerator<{ key: string; bytes: number; modifiedMs: number }> {
  const parents = prefix.includes('/') ? segmentsOf(prefix.slice(0, prefix.lastIndexOf('/'))) : []
  const base = parents.map((segment) => `${segment}/`).join('')
  yield* walk(join(folder, ...parents.flatMap(piecesOf)), base, prefix, parents.length === 0)
}

async function* walk(
  folder: string,
  base: string,
  prefix: string,
  isTop: boolean,
): AsyncGenerator<{ key: string; bytes: number; modifiedMs: number }> {
  const entries = (await entriesOf(folder, '')).filter((entry) => entry.isFolder || !isTop)
  entries.sort((a, b) => byCodePoint(orderOf(a), orderOf(b)))
  for (const entry of entries) {
    const key = base + entry.segment
    if (entry.isFolder) {
      if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`))
        yield* walk(entry.path, `${key}/`, prefix, false)
    } else if (key.startsWith(prefix)) {
      const found = statOf(entry.path)
      if (found?.isFile()) yield { key, bytes: found.size, modifiedMs: found.mtimeMs }
    }
  }
}

/** The entries of a folder by segment; those whose name goes on in a folder below are put together. */
async function entriesOf(folder: string, begun: string): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const found of await direntsOf(folder)) {
    if (found.name.startsWith('.')) continue
    const path = join(folder, found.name)
    const { text, isPart } = textOfPiece(found.name)
    if (isPart && found.isDirectory()) entries.push(...(await entriesOf(path, begun + text)))
    else entries.push({ segment: begun + text, path, isFolder: found.isDirectory() })
  }
  return entries
}

/** Files still being written under `folder`; after a crash they are nobody's. */
export async function* walkTemporaries(folder: string): AsyncGenerator<string> {
  for (const found of await direntsOf(folder)) {
    const path = join(folder, found.name)
    if (found.isDirectory()) yield* walkTemporaries(path)
    else if (found.name.startsWith(TEMPORARY)) yield path
  }
}

export async function direntsOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

/** Of a path in the data folder, on a disk of this machine: letting a thread look takes twenty times as long. */
export function statOf(path: string | Buffer) {
  try {
    return statSync(path)
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

function orderOf(entry: Entry): string {
  return entry.isFolder ? `${entry.segment}/` : entry.segment
}
