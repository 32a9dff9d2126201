import { randomBytes } from 'node:crypto'
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { copyFile, type FileHandle, link, mkdir, open, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Body } from '../../ports.ts'
import { syncFile, syncFolder } from './folder-sync.ts'
import { codeOf } from './store-errors.ts'

/** Begins the name of a file that is still being written; no key and no drop has such a name. */
export const TEMPORARY = '.writing-'

/** What link() answers where a file system has no hard links, or no more of them. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES'])
const FOLDER_GONE_TRIES = 10
/** Up to this size a write into the page cache costs less than to let a thread do it; the disk is waited for elsewhere. */
const SMALL_BYTES = 65_536

/**
 * Writes a file whole or not at all; with `over: false` answers false where the name is taken. The data folder lies on
 * a disk of this machine, as SQLite's log needs it: what stays in the page cache is not left to other threads, what may
 * wait for the disk is, and that is all that makes or removes an entry of a folder that is being synced.
 */
export async function writeAtomically(path: string, body: Body, options: { over: boolean }): Promise<boolean> {
  const temporary = await openTemporary(path)
  let isLeft = true
  try {
    await writeTemporary(temporary, body)
    if (options.over) {
      await rename(temporary.path, path)
      isLeft = false
    } else if (!(await linkNew(temporary.path, path))) return false
    await syncFolder(dirname(path))
    return true
  } finally {
    if (isLeft) await rm(temporary.path, { force: true })
  }
}

/** Moves a file to a name that is free, over the border of a file system too; its folder is made. */
export async function moveFile(from: string | Buffer, to: string): Promise<void> {
  await makeFolder(dirname(to))
  try {
    await rename(from, to)
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error
    await copyThenRemove(from, to)
  }
  await syncFolder(dirname(to))
  await syncFolder(dirname(from.toString()))
}

/** Removes folders that are empty, from `folder` upwards, as long as they lie below `root`. */
export async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  for (let at = folder; at.startsWith(join(root, '/')); at = dirname(at)) {
    try {
      await rmdir(at)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') return
    }
  }
}

interface Temporary {
  path: string
  file: FileHandle
}

async function writeTemporary({ file }: Temporary, body: Body): Promise<void> {
  try {
    if (body instanceof Uint8Array && body.byteLength <= SMALL_BYTES) writeFileSync(file.fd, body)
    else await file.writeFile(body)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function openTemporary(path: string): Promise<Temporary> {
  const folder = dirname(path)
  const temporary = join(folder, `${TEMPORARY}${randomBytes(9).toString('base64url')}`)
  for (let tries = 1; ; tries += 1) {
    try {
      await makeFolder(folder)
      return { file: await open(temporary, 'wx'), path: temporary }
    } catch (error) {
      // Somebody removed the last other file of this folder, and the folder with it.
      if (codeOf(error) !== 'ENOENT' || tries === FOLDER_GONE_TRIES) throw error
    }
  }
}

async function linkNew(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    const code = codeOf(error) ?? ''
    if (code === 'EEXIST') return false
    if (!NO_LINKS.has(code)) throw error
    // No other step of this process comes between these two lines, and the data folder belongs to one process.
    if (existsSync(path)) return false
    renameSync(temporary, path)
    return true
  }
}

async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let at = folder; at.length >= first.length; at = dirname(at)) await syncFolder(dirname(at))
}

async function copyThenRemove(from: string | Buffer, to: string): Promise<void> {
  const temporary = join(dirname(to), `${TEMPORARY}${randomBytes(9).toString('base64url')}`)
  try {
    await copyFile(from, temporary)
    await syncFile(temporary)
    await rename(temporary, to)
  } finally {
    await rm(temporary, { force: true })
  }
  await rm(from, { force: true })
}
