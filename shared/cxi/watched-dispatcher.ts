import type { Dispatcher } from 'undici'

/** The same dispatcher, telling when a request is about to be written to an open connection. */
export function watchingStart(dispatcher: Dispatcher, onStart: () => void): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => dispatch(options, new StartWatch(handler, onStart)))
}

class StartWatch implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler
  readonly #onStart: () => void

  constructor(handler: Dispatcher.DispatchHandler, onStart: () => void) {
    this.#handler = handler
    this.#onStart = onStart
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#onStart()
    this.#handler.onRequestStart?.(controller, context)
  }

  onResponseStart(...answer: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>): void {
    this.#handler.onResponseStart?.(...answer)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk)
  }

  onResponseEnd(...end: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseEnd']>>): void {
    this.#handler.onResponseEnd?.(...end)
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#handler.onResponseError?.(controller, error)
  }
}
