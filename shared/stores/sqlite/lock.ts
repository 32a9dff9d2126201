import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { RelayError } from '../../errors.ts'
import { fileError, isBusy, onDatabase } from './store-errors.ts'

const LOCK_FILE = 'relay.lock'
const HOLDER_FILE = 'relay.pid'
/** Long enough for somebody who only asks `isLocked` to be gone. */
const WAIT_MS = 250

/** Held here too: a connection that nobody refers to is closed by the garbage collector, and the lock with it. */
const held = new Set<DatabaseSync>()

/**
 * Takes a data folder (made where it is missing) for this process. The kernel frees it when the process ends, however
 * it ends. Throws RelayError `folder_locked` where another holds it.
 */
export function lockFolder(dataFolder: string): { release(): void } {
  const holderFile = join(dataFolder, HOLDER_FILE)
  try {
    mkdirSync(dataFolder, { recursive: true })
  } catch (error) {
    throw fileError(`Making the data folder ${dataFolder}`, error)
  }
  const db = hold(dataFolder)
  if (!db) throw locked(dataFolder)
  held.add(db)
  try {
    writeFileSync(holderFile, `${process.pid}\n`)
  } catch {
    // Only a courtesy to whoever comes second.
  }
  return {
    release() {
      if (!held.delete(db)) return
      rmSync(holderFile, { force: true })
      db.close()
    },
  }
}

/** Whether a process holds the folder now. */
export function isLocked(dataFolder: string): boolean {
  if (!existsSync(join(dataFolder, LOCK_FILE))) return false
  const db = hold(dataFolder)
  db?.close()
  return db === undefined
}

function hold(dataFolder: string): DatabaseSync | undefined {
  const path = join(dataFolder, LOCK_FILE)
  const what = `Locking the data folder ${dataFolder}`
  const db = onDatabase(what, () => new DatabaseSync(path, { timeout: WAIT_MS }))
  try {
    // With a write-ahead log an exclusive transaction would let readers pass, and its lock lie in another file.
    db.exec('PRAGMA journal_mode = DELETE')
    db.exec('BEGIN EXCLUSIVE')
    return db
  } catch (error) {
    db.close()
    if (isBusy(error)) return undefined
    return onDatabase(what, () => {
      throw error
    })
  }
}

function locked(dataFolder: string): RelayError {
  const pid = holderOf(dataFolder)
  const who = pid === undefined ? 'Another process' : `Process ${pid}`
  return new RelayError(
    'folder_locked',
    `${who} already works on the data folder ${dataFolder}; stop it, or start with another folder (--data DIR).`,
  )
}

function holderOf(dataFolder: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(dataFolder, HOLDER_FILE), 'utf8'), 10)
    return Number.isSafeInteger(pid) ? pid : undefined
  } catch {
    return undefined
  }
}
