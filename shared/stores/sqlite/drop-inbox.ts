import { randomBytes } from 'node:crypto'
import { link, lstat, open, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock, DropObject } from '../../ports.ts'
import { moveFile, removeEmptyFolders } from './atomic-files.ts'
import { segmentsOf } from './file-keys.ts'
import { direntsOf } from './folder-walk.ts'
import { SIDECAR } from './sidecar.ts'
import { codeOf, isGone } from './store-errors.ts'

/** Where a drop lies while it is worked on; relative to the data folder, with `/`. */
export function workPlace(drop: DropObject): string {
  return `work/${segmentsOf(drop.version).join('_')}/${relativeOf(drop)}`
}

/** The path of a drop below `inbox/`, checked. */
export function relativeOf(drop: DropObject): string {
  return segmentsOf(drop.key).slice(1).join('/')
}

/**
 * Moves `inbox/<relative>` with its sidecar to `work/<new version>/<relative>`; undefined where no regular file lies
 * there (any more). The sidecar goes first: alone in `work` it tells that its file still lies in the inbox.
 */
export async function takeFromInbox(
  dataFolder: string,
  relative: string,
  clock: Clock,
): Promise<DropObject | undefined> {
  const name = segmentsOf(relative).at(-1) ?? ''
  if (name.startsWith('.') || name.endsWith(SIDECAR)) return undefined
  const drop: DropObject = { key: `inbox/${relative}`, version: newVersion(clock) }
  const found = await findFile(join(dataFolder, 'inbox'), segmentsOf(relative))
  if (!found) return undefined
  const to = join(dataFolder, workPlace(drop))
  const sidecar = Buffer.concat([found, Buffer.from(SIDECAR)])
  let isTaken = false
  try {
    await moveIfThere(sidecar, to + SIDECAR)
    isTaken = await moveIfThere(found, to)
  } finally {
    if (!isTaken) {
      await putBack(to + SIDECAR, join(dataFolder, 'inbox', relative + SIDECAR))
      await removeEmptyFolders(dirname(to), join(dataFolder, 'work'))
    }
  }
  return isTaken ? drop : undefined
}

/** Every drop in `work/`. Ends takes that were cut short, so it must not run beside one. */
export async function* takenDrops(dataFolder: string): AsyncGenerator<DropObject> {
  const work = join(dataFolder, 'work')
  const versions = (await direntsOf(work)).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  for (const version of versions.sort()) {
    const files: string[] = []
    for await (const file of filesUnder(join(work, version), '', work)) files.push(file)
    for (const file of files) {
      if (!file.endsWith(SIDECAR)) yield { key: `inbox/${file}`, version }
      else if (!files.includes(file.slice(0, -SIDECAR.length))) {
        await putBack(join(work, version, file), join(dataFolder, 'inbox', file))
        await removeEmptyFolders(dirname(join(work, version, file)), work)
      }
    }
  }
}

async function* filesUnder(folder: string, base: string, root: string): AsyncGenerator<string> {
  const entries = await direntsOf(folder)
  if (entries.length === 0) await removeEmptyFolders(folder, root)
  for (const entry of entries) {
    if (entry.isDirectory()) yield* filesUnder(join(folder, entry.name), `${base}${entry.name}/`, root)
    else if (!entry.name.startsWith('.')) yield base + entry.name
  }
}

/** Gives a sidecar back to the file that was not taken, unless a newer one came meanwhile. */
async function putBack(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (isGone(error)) return
    if (codeOf(error) !== 'EEXIST') return moveFile(from, to)
  }
  await rm(from, { force: true })
}

async function moveIfThere(from: Buffer, to: string): Promise<boolean> {
  if (!(await isRegularFile(from))) return false
  try {
    const file = await open(from, 'r')
    try {
      // Whoever dropped it may not have done so, and from here on it is the only copy.
      await file.sync()
    } finally {
      await file.close()
    }
    await moveFile(from, to)
    return true
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

/**
 * The real path of a regular file. A name that is not UTF-8 (a file from an old archive) is listed with U+FFFD in it,
 * and can only be opened by its bytes.
 */
async function findFile(folder: string, segments: string[]): Promise<Buffer | undefined> {
  let at = Buffer.from(folder)
  for (const segment of segments) {
    const name = segment.includes('\uFFFD') ? await rawName(at, segment) : Buffer.from(segment)
    at = Buffer.concat([at, Buffer.from('/'), name])
  }
  return (await isRegularFile(at)) ? at : undefined
}

async function rawName(folder: Buffer, name: string): Promise<Buffer> {
  try {
    const names = await readdir(folder, { encoding: 'buffer' })
    return names.find((raw) => raw.toString() === name) ?? Buffer.from(name)
  } catch (error) {
    if (isGone(error)) return Buffer.from(name)
    throw error
  }
}

/** Not a link: whoever may write to the inbox could name a file of this process's user with it. */
async function isRegularFile(path: Buffer): Promise<boolean> {
  try {
    return (await lstat(path)).isFile()
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

function newVersion(clock: Clock): string {
  const time = new Date(clock.now()).toISOString().replace(/[-:.]/g, '')
  return `${time}-${randomBytes(6).toString('hex')}`
}
