/** Under npm one Ctrl-C comes twice: from the terminal, and handed on by npm. */
const SAME_SIGNAL_MS = 1_000

/** Resolves at the first SIGTERM, SIGINT or SIGHUP; a later one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let stoppedMs: number | undefined
    const stop = (signal: NodeJS.Signals) => {
      const now = performance.now()
      // Everything is on the disk at any time, so that an impatient end loses nothing.
      if (stoppedMs !== undefined && now - stoppedMs > SAME_SIGNAL_MS) process.exit(signal === 'SIGINT' ? 130 : 143)
      stoppedMs ??= now
      resolve()
    }
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
  })
}
