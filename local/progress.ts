import type { Clock, Logger } from '../shared/ports.ts'
import { plural } from './sentences.ts'

const SHOW_AFTER_MS = 500
const SAY_EVERY_MS = 15_000

interface Reading {
  startedMs: number
  saidMs: number
}

interface Screen {
  /** Whether it is a terminal, with a line that can change. */
  isLive: boolean
  status(text: string): void
  print(text: string): void
}

/** Shows how far the reading of long files has come: in the changing line, or now and then in a line of its own. */
export class Progress {
  readonly #clock: Clock
  readonly #screen: Screen
  readonly #sizes = new Map<string, number>()
  readonly #reading = new Map<string, Reading>()

  constructor(clock: Clock, screen: Screen) {
    this.#clock = clock
    this.#screen = screen
  }

  /** How large a file is that will be read. */
  expect(drop: string, bytes: number): void {
    this.#sizes.set(drop, bytes)
  }

  read(drop: string, state: { bytesRead: number; rows: number }): void {
    const now = this.#clock.now()
    const reading = this.#reading.get(drop) ?? { startedMs: now, saidMs: now }
    this.#reading.set(drop, reading)
    if (this.#screen.isLive) {
      if (now - reading.startedMs >= SHOW_AFTER_MS) this.#screen.status(this.#line(drop, state))
    } else if (now - reading.saidMs >= SAY_EVERY_MS) {
      reading.saidMs = now
      this.#screen.print(this.#line(drop, state))
    }
  }

  /** The file is read to its end, or given up. */
  end(drop: string): void {
    this.#sizes.delete(drop)
    if (this.#reading.delete(drop)) this.#screen.status('')
  }

  #line(drop: string, { bytesRead, rows }: { bytesRead: number; rows: number }): string {
    const size = this.#sizes.get(drop)
    const share = size ? `${Math.min(100, Math.floor((100 * bytesRead) / size))} % of ` : ''
    return `${drop}: reading, ${share}${megabytes(size ?? bytesRead)}, ${plural(rows, 'row')} so far`
  }
}

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`

const ENDS = new Set(['drop.read', 'drop.rejected', 'drop.duplicate', 'drop.exhausted'])

/** A logger that tells the progress display when a file's reading has ended. */
export function watchingEnds(logger: Logger, progress: Progress): Logger {
  const ended = (event: string, fields: Record<string, unknown> | undefined) => {
    if (ENDS.has(event) && typeof fields?.drop === 'string') progress.end(fields.drop)
  }
  const watch =
    (level: keyof Logger): Logger['info'] =>
    (event, fields) => {
      ended(event, fields)
      logger[level](event, fields)
    }
  return { info: watch('info'), warn: watch('warn'), alarm: watch('alarm') }
}
