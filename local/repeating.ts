const SAY_AGAIN_MS = 60_000

/** Does something again and again, each time a while after it has ended. */
export class Repeating {
  readonly #act: () => Promise<void>
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined
  #acting: Promise<void> | undefined
  /** Whether it was told to stop: what goes through a list ends early then. */
  isStopped = false

  constructor(act: () => Promise<void>, everyMs: number) {
    this.#act = act
    this.#everyMs = everyMs
  }

  start(): void {
    this.#next(0)
  }

  /** Resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.isStopped = true
    clearTimeout(this.#timer)
    await this.#acting
  }

  #next(waitMs: number): void {
    if (this.isStopped) return
    this.#timer = setTimeout(() => {
      this.#acting = this.#act().finally(() => {
        this.#acting = undefined
        this.#next(this.#everyMs)
      })
    }, waitMs)
  }
}

/** Knows what was said lately: the same trouble is worth a line a minute. */
export class SaidLately {
  #code = ''
  #atMs = Number.NEGATIVE_INFINITY

  /** Whether it is worth saying now; if so, it counts as said. */
  isNews(code: string, nowMs: number): boolean {
    if (code === this.#code && nowMs - this.#atMs < SAY_AGAIN_MS) return false
    this.#code = code
    this.#atMs = nowMs
    return true
  }
}
