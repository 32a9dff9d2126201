import { Agent, Dispatcher } from 'undici'

/** Under the 5 s after which many servers close an idle connection, so that ours is the side that closes. */
const KEEP_ALIVE_MS = 4000
const CONNECT_TIMEOUT_MS = 10_000

/**
 * Connections for the CXI API and the token endpoint; make one for each process. HTTP/1.1 without pipelining, since
 * what became of a request is known exactly only there.
 */
export function createDispatcher(options: { connectTimeoutMs?: number } = {}): Dispatcher {
  return new ThawingAgent(options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS)
}

/**
 * A frozen function wakes up with connections that died meanwhile, and before the timers that would have closed
 * them. By the wall clock, connections of an older time are therefore never used again.
 */
class ThawingAgent extends Dispatcher {
  readonly #connectTimeoutMs: number
  #agent: Agent
  #usedMs = 0

  constructor(connectTimeoutMs: number) {
    super()
    this.#connectTimeoutMs = connectTimeoutMs
    this.#agent = this.#connectAnew()
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const nowMs = Date.now()
    if (this.#usedMs > 0 && Math.abs(nowMs - this.#usedMs) > KEEP_ALIVE_MS) {
      const stale = this.#agent
      this.#agent = this.#connectAnew()
      // Waits for what still runs on it.
      stale.close().catch(() => {})
    }
    this.#usedMs = nowMs
    return this.#agent.dispatch(options, handler)
  }

  override close(): Promise<void>
  override close(callback: () => void): void
  override close(callback?: () => void): Promise<void> | undefined {
    if (!callback) return this.#agent.close()
    this.#agent.close(callback)
    return undefined
  }

  override destroy(...args: unknown[]): Promise<void> {
    return this.#agent.destroy(args[0] instanceof Error ? args[0] : null)
  }

  #connectAnew(): Agent {
    return new Agent({
      allowH2: false,
      pipelining: 1,
      connect: { timeout: this.#connectTimeoutMs },
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // Each call has its own end; a large upload may rightly take longer than these.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }
}
