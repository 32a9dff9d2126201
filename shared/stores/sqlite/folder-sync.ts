import { open } from 'node:fs/promises'
import { codeOf } from './store-errors.ts'

interface Syncing {
  /** The sync that runs; it may have begun before the latest change. */
  running: Promise<void>
  /** The one that begins after it, for all who asked meanwhile. */
  next: Promise<void> | undefined
}

const SYNCING = new Map<string, Syncing>()

/**
 * Makes what a folder is known to hold last through a loss of power, where that is possible. All who ask while a sync
 * of the same folder runs share the next: it begins after each of their changes.
 */
export function syncFolder(folder: string): Promise<void> {
  const there = SYNCING.get(folder)
  if (!there) return begin(folder)
  there.next ??= there.running.catch(() => {}).then(() => begin(folder))
  return there.next
}

function begin(folder: string): Promise<void> {
  const running = sync(folder)
  const own: Syncing = { running, next: undefined }
  SYNCING.set(folder, own)
  const forget = () => {
    if (SYNCING.get(folder) === own && !own.next) SYNCING.delete(folder)
  }
  running.then(forget, forget)
  return running
}

async function sync(folder: string): Promise<void> {
  try {
    await syncFile(folder)
  } catch (error) {
    // Windows and some network file systems cannot; a folder that went away meanwhile was empty.
    if (!['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOENT', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error
  }
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
