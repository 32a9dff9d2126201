/** The end of a call: its time is up, or its caller gives it up. `clear` it when the call is over. */
export interface CutOff {
  signal: AbortSignal
  /** Why the signal fired; undefined where it did not. */
  reason(): 'time' | 'caller' | undefined
  clear(): void
}

/** A timer of the machine, not the Clock: it cuts a socket, and must not hold a body in memory longer than the call. */
export function cutOff(timeoutMs: number, caller?: AbortSignal): CutOff {
  const controller = new AbortController()
  let reason: 'time' | 'caller' | undefined
  const cut = (why: 'time' | 'caller', cause: unknown) => {
    reason ??= why
    controller.abort(cause)
  }
  const onCaller = () => cut('caller', caller?.reason)
  const timer = setTimeout(() => cut('time', new Error(`no answer within ${timeoutMs} ms`)), Math.max(0, timeoutMs))
  if (caller?.aborted) onCaller()
  else caller?.addEventListener('abort', onCaller, { once: true })
  return {
    signal: controller.signal,
    reason: () => reason,
    clear() {
      clearTimeout(timer)
      caller?.removeEventListener('abort', onCaller)
    },
  }
}
