import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { RelayError } from '../../errors.ts'
import type { Body, Clock, DropEnd, DropHead, DropObject, ObjectStore } from '../../ports.ts'
import { systemClock } from '../system-clock.ts'
import { removeEmptyFolders, writeAtomically } from './atomic-files.ts'
import { DropEnds } from './drop-ends.ts'
import { takeFromInbox, takenDrops } from './drop-inbox.ts'
import { DropPlaces } from './drop-places.ts'
import { pathOfKey } from './file-keys.ts'
import { walkKeys, walkTemporaries } from './folder-walk.ts'
import { codeOf, fileError, isGone } from './store-errors.ts'

const READ_BYTES = 262_144

/** Objects as files of the data folder; drops are taken out of its `inbox/` and end in its `done/`. */
export class FolderStore implements ObjectStore {
  readonly #folder: string
  readonly #clock: Clock
  readonly #ends: DropEnds

  /** `onChanged` is told of a file that somebody went on writing after it was read. */
  constructor(
    dataFolder: string,
    db: DatabaseSync,
    clock: Clock = systemClock,
    onChanged?: (drop: DropObject) => void,
  ) {
    this.#folder = resolve(dataFolder)
    this.#clock = clock
    this.#ends = new DropEnds(this.#folder, new DropPlaces(db), clock, onChanged)
  }

  async *read(key: string): AsyncGenerator<Uint8Array> {
    try {
      yield* createReadStream(pathOfKey(this.#folder, key), { highWaterMark: READ_BYTES })
    } catch (error) {
      if (!isGone(error) && codeOf(error) !== 'EISDIR') throw fileError(`Reading ${key}`, error)
      throw new RelayError('object_missing', `There is no ${key} in ${this.#folder}; it was removed or never stored.`)
    }
  }

  create(key: string, body: Body): Promise<boolean> {
    return onFiles(`Writing ${key}`, () => writeAtomically(pathOfKey(this.#folder, key), body, { over: false }))
  }

  async put(key: string, body: Body): Promise<void> {
    await onFiles(`Writing ${key}`, () => writeAtomically(pathOfKey(this.#folder, key), body, { over: true }))
  }

  delete(key: string): Promise<void> {
    return onFiles(`Removing ${key}`, async () => {
      const path = pathOfKey(this.#folder, key)
      try {
        await rm(path)
      } catch (error) {
        if (!isGone(error)) throw error
      }
      // Folders such as parts/<id>/ would gather for ever; those at the top stay.
      const top = key.slice(0, key.indexOf('/'))
      await removeEmptyFolders(dirname(path), join(this.#folder, top))
    })
  }

  async *list(prefix: string): AsyncGenerator<{ key: string; bytes: number; modifiedMs: number }> {
    try {
      yield* walkKeys(this.#folder, prefix)
    } catch (error) {
      throw fileError(`Listing ${prefix}`, error)
    }
  }

  async *readDrop(drop: DropObject): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#ends.read(drop)
    } catch (error) {
      throw fileError(`Reading ${drop.key}`, error)
    }
  }

  /** As the port says; a sidecar that is no JSON object of strings throws FileError `metadata_invalid`. */
  headDrop(drop: DropObject): Promise<DropHead | undefined> {
    return onFiles(`Looking at ${drop.key}`, () => this.#ends.head(drop))
  }

  markDrop(drop: DropObject, state: DropEnd): Promise<void> {
    return onFiles(`Moving ${drop.key} to done/${state}`, () => this.#ends.mark(drop, state))
  }

  /**
   * Takes `inbox/<path>` and its sidecar for work: from now on nobody can change it. Undefined where no regular file
   * lies there. The caller decides first that it has arrived whole.
   */
  takeDrop(path: string): Promise<DropObject | undefined> {
    return onFiles(`Taking inbox/${path}`, () => takeFromInbox(this.#folder, path, this.#clock))
  }

  /**
   * Every drop that was taken and has not ended, the earliest first. For the start, after
   * `removeLeftovers`: it ends takes that were cut short, so not beside `takeDrop`.
   */
  async *listTaken(): AsyncGenerator<DropObject> {
    try {
      yield* takenDrops(this.#folder)
    } catch (error) {
      throw fileError('Listing work/', error)
    }
  }

  /** Removes what a killed process was still writing; answers how many files. For the start: not beside a write. */
  removeLeftovers(): Promise<number> {
    return onFiles(`Sweeping ${this.#folder}`, async () => {
      let removed = 0
      for await (const path of walkTemporaries(this.#folder)) {
        await rm(path, { force: true })
        removed += 1
      }
      return removed
    })
  }
}

async function onFiles<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fileError(what, error)
  }
}
