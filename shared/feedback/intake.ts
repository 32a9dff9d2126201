import { ByteWindow } from './byte-window.ts'
import { FileDefect } from './cut-error.ts'
import { DecodedSource } from './decoded-source.ts'
import { NulFilter } from './nul-filter.ts'
import type { UnpackedFile } from './unpacked.ts'

/** Bytes taken into the window at once, be the source's chunks larger or smaller. */
const STEP_BYTES = 64 * 1024

/** Brings a file's bytes, as UTF-8, into a window. */
export class Intake {
  readonly window: ByteWindow
  /** Nothing follows what is in the window. */
  isLast = false
  readonly nuls = new NulFilter()
  readonly #source: DecodedSource
  /** What the source gave and the window has not taken yet. */
  #rest: Buffer | undefined

  private constructor(source: DecodedSource, window: ByteWindow) {
    this.#source = source
    this.window = window
    window.clear()
  }

  /** Empties the window for the file. Throws FileDefect `not_a_csv` and `encoding_unknown`. */
  static async open(file: UnpackedFile, encoding: string | undefined, window = new ByteWindow()): Promise<Intake> {
    return new Intake(await DecodedSource.open(file, encoding), window)
  }

  /** The encoding, as TextDecoder names it. */
  get encoding(): string {
    return this.#source.encoding.label
  }

  /** Takes the next 64 KiB, or what there is before the end: a record begun is scanned anew after each fill. */
  async fill(): Promise<void> {
    let room = STEP_BYTES
    while (room > 0) {
      const bytes = this.#rest ?? (await this.#source.read())
      if (!bytes) {
        this.isLast = true
        if (this.nuls.trailing > 1) throw reserved()
        return
      }
      this.window.append(this.nuls.pass(bytes.subarray(0, room), this.window))
      this.#rest = bytes.length > room ? bytes.subarray(room) : undefined
      room -= bytes.length
    }
  }
}

/** A network share gives a file its whole size first and fills it then: what is missing reads as NUL. */
function reserved(): FileDefect {
  const message =
    'The file ends in NUL bytes: it was most likely taken while it was still being copied, or the copy broke off. Drop it again when it is whole.'
  return new FileDefect('not_a_csv', message)
}
