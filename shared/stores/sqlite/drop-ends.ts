import { type FileHandle, open } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { RelayError } from '../../errors.ts'
import type { Clock, DropEnd, DropHead, DropObject } from '../../ports.ts'
import { moveFile, removeEmptyFolders } from './atomic-files.ts'
import { relativeOf, workPlace } from './drop-inbox.ts'
import type { DropPlaces } from './drop-places.ts'
import { chunksOf } from './file-chunks.ts'
import { statOf } from './folder-walk.ts'
import { readSidecar, SIDECAR } from './sidecar.ts'
import { isGone } from './store-errors.ts'

const MAX_NAME_BYTES = 255
/** What is longer is a sentence after a dot. */
const MAX_EXTENSION_BYTES = 32

/** Drops that were taken: reads them where they lie, and moves them to where their end is seen. */
export class DropEnds {
  readonly #folder: string
  readonly #places: DropPlaces
  readonly #clock: Clock
  readonly #onChanged: ((drop: DropObject) => void) | undefined
  /** Size in bytes of what was read, by version. */
  readonly #readBytes = new Map<string, number>()
  /** Places that drops are being moved to. */
  readonly #chosen = new Set<string>()
  /** The last mark of each drop that is being marked. */
  readonly #marking = new Map<string, Promise<void>>()
  #choosing: Promise<unknown> = Promise.resolve()

  constructor(folder: string, places: DropPlaces, clock: Clock, onChanged?: (drop: DropObject) => void) {
    this.#onChanged = onChanged
    this.#folder = folder
    this.#places = places
    this.#clock = clock
  }

  /** Throws a retryable RelayError `still_arriving` at its end, where somebody wrote to the file meanwhile. */
  async *read(drop: DropObject): AsyncGenerator<Uint8Array> {
    const file = await this.#open(drop)
    if (!file) throw new RelayError('object_missing', `The dropped file ${drop.key} is gone; drop it again.`)
    try {
      const before = await file.stat()
      yield* chunksOf(file, before.size)
      const after = await file.stat()
      if (after.size === before.size && after.mtimeMs === before.mtimeMs) {
        this.#readBytes.set(drop.version, after.size)
        return
      }
    } finally {
      await file.close()
    }
    // A writer that paused before goes on writing to the file that was moved away from it.
    throw new RelayError('still_arriving', `${drop.key} was still being written; it is read again in a moment.`, {
      retryable: true,
    })
  }

  async head(drop: DropObject): Promise<DropHead | undefined> {
    for (const place of this.#mayLieAt(drop)) {
      const found = statOf(join(this.#folder, place))
      if (found?.isFile()) return { bytes: found.size, metadata: await this.#metadata(drop) }
    }
    return undefined
  }

  /** Moves the file to `done/<state>/`; the marks of one drop one after another. */
  mark(drop: DropObject, state: DropEnd): Promise<void> {
    const before = this.#marking.get(drop.version) ?? Promise.resolve()
    const marked = before.then(() => this.#mark(drop, state))
    const over = marked
      .catch(() => {})
      .then(() => {
        if (this.#marking.get(drop.version) === over) this.#marking.delete(drop.version)
      })
    this.#marking.set(drop.version, over)
    return marked
  }

  /** The place is remembered, then the file moved, then its sidecar: after a crash at any step the next call goes on. */
  async #mark(drop: DropObject, state: DropEnd): Promise<void> {
    const from = await this.#find(drop, '')
    if (from === undefined) return
    const read = this.#readBytes.get(drop.version)
    if (read !== undefined && statOf(join(this.#folder, from))?.size !== read) this.#onChanged?.(drop)
    this.#readBytes.delete(drop.version)
    const known = this.#places.get(drop)
    const before = known?.place.startsWith(`done/${state}/`) ? known.place : undefined
    const to = before ?? (await this.#choose(drop, state))
    this.#chosen.add(to)
    try {
      const { version, key } = drop
      if (before === undefined) await this.#places.set({ version, key, place: to, previous: known ? from : null })
      await this.#move(drop, from, to)
    } finally {
      this.#chosen.delete(to)
    }
  }

  /** One at a time, since two of the same name would choose the same place. */
  #choose(drop: DropObject, state: DropEnd): Promise<string> {
    const choice = this.#choosing.then(async () => {
      const place = await this.#freePlace(drop, state)
      this.#chosen.add(place)
      return place
    })
    this.#choosing = choice.catch(() => {})
    return choice
  }

  async #move(drop: DropObject, from: string, to: string): Promise<void> {
    if (from !== to) await moveFile(join(this.#folder, from), join(this.#folder, to))
    const sidecar = await this.#find(drop, SIDECAR)
    if (sidecar !== undefined && sidecar !== to) {
      await moveFile(join(this.#folder, sidecar + SIDECAR), join(this.#folder, to + SIDECAR))
    }
    if (this.#places.get(drop)?.previous) await this.#places.settle(drop)
    await removeEmptyFolders(dirname(join(this.#folder, workPlace(drop))), join(this.#folder, 'work'))
  }

  async #metadata(drop: DropObject): Promise<Record<string, string>> {
    const place = await this.#find(drop, SIDECAR)
    if (place === undefined) return {}
    return (await readSidecar(join(this.#folder, place + SIDECAR), drop.key + SIDECAR)) ?? {}
  }

  async #open(drop: DropObject): Promise<FileHandle | undefined> {
    for (const place of this.#mayLieAt(drop)) {
      try {
        return await open(join(this.#folder, place))
      } catch (error) {
        if (!isGone(error)) throw error
      }
    }
    return undefined
  }

  async #find(drop: DropObject, suffix: string): Promise<string | undefined> {
    for (const place of this.#mayLieAt(drop)) {
      if (statOf(join(this.#folder, place + suffix))?.isFile()) return place
    }
    return undefined
  }

  #mayLieAt(drop: DropObject): string[] {
    const known = this.#places.get(drop)
    return [workPlace(drop), known?.place, known?.previous].filter((place) => typeof place === 'string')
  }

  async #freePlace(drop: DropObject, state: DropEnd): Promise<string> {
    const plain = `done/${state}/${await this.#unblocked(`done/${state}`, relativeOf(drop))}`
    if (await this.#isFree(plain)) return plain
    const time = new Date(this.#clock.now()).toISOString().replace(/[-:]|\.\d+/g, '')
    for (let count = 1; ; count += 1) {
      const place = withTime(plain, count === 1 ? time : `${time}-${count}`)
      if (await this.#isFree(place)) return place
    }
  }

  /** Where a file of `done/` has the name of one of the drop's folders, those folders become part of its name. */
  async #unblocked(base: string, relative: string): Promise<string> {
    const [source = '', ...rest] = relative.split('/')
    for (let depth = 1; depth < rest.length; depth += 1) {
      const found = statOf(join(this.#folder, base, source, ...rest.slice(0, depth)))
      if (found && !found.isDirectory()) return `${source}/${rest.join('_')}`
    }
    return relative
  }

  async #isFree(place: string): Promise<boolean> {
    const path = join(this.#folder, place)
    if (this.#chosen.has(place)) return false
    if (statOf(path) || statOf(path + SIDECAR)) return false
    const owner = this.#places.at(place)
    if (!owner) return true
    // Remembered but not there: on its way (its process died before the move), or taken out of done/ by a person.
    if (await this.#find(owner, '')) return false
    await this.#places.forget(owner)
    return true
  }
}

function withTime(place: string, time: string): string {
  const ending = extname(place)
  const extension = Buffer.byteLength(ending) > MAX_EXTENSION_BYTES ? '' : ending
  const stem = place.slice(dirname(place).length + 1, place.length - extension.length)
  const room = MAX_NAME_BYTES - Buffer.byteLength(`.${time}${extension}${SIDECAR}`)
  let kept = stem
  while (Buffer.byteLength(kept) > room) kept = [...kept].slice(0, -1).join('')
  return `${dirname(place)}/${kept}.${time}${extension}`
}
