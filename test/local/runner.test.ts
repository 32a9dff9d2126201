import { describe, expect, it } from 'vitest'
import { Runner } from '../../local/runner.ts'
import { RelayError } from '../../shared/errors.ts'
import type { Lane } from '../../shared/imports/engine.ts'
import type { LedgerRecord } from '../../shared/ports.ts'
import { ManualClock, MemoryLogger } from '../support/fakes.ts'

const record = (id: string): LedgerRecord<unknown> => ({ group: 'g', id, version: 1, value: null, dueAtMs: 0 })

/** Work that ends when told to. */
class Desk {
  readonly begun: string[] = []
  due: string[] = []
  /** Due too, but not found by a look. */
  hidden: string[] = []
  readonly #ends = new Map<string, (error?: unknown) => void>()
  readonly clock = new ManualClock()
  readonly logger = new MemoryLogger()
  readonly runner: Runner

  constructor(lanes: Record<Lane, number>) {
    this.runner = new Runner({
      engine: {
        laneOf: ({ id }) => id.split('-')[0] as Lane,
        work: ({ id }) =>
          new Promise((resolve, reject) => {
            this.begun.push(id)
            this.#ends.set(id, (error) => (error === undefined ? resolve() : reject(error)))
          }),
      },
      ledger: {
        due: async () => this.due.map(record),
        get: async <T>(_: string, id: string) =>
          [...this.due, ...this.hidden].includes(id) ? (record(id) as LedgerRecord<T>) : undefined,
      },
      clock: this.clock,
      logger: this.logger,
      lanes,
      pollMs: 5,
    })
  }

  end(id: string, error?: unknown): void {
    this.due = this.due.filter((other) => other !== id)
    this.hidden = this.hidden.filter((other) => other !== id)
    this.#ends.get(id)?.(error)
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

describe('Runner', () => {
  it('begins as much at once as each lane allows, searches first, and nothing twice', async () => {
    const desk = new Desk({ cut: 1, send: 2, search: 1 })
    desk.due = ['send-1', 'send-2', 'send-3', 'cut-1', 'cut-2', 'search-1']

    desk.runner.start()
    await desk.until(() => desk.begun.length === 4)
    desk.runner.poke()
    desk.end('send-1')
    await desk.until(() => desk.begun.length === 5)

    expect(desk.begun).toEqual(['search-1', 'send-1', 'send-2', 'cut-1', 'send-3'])
    for (const id of desk.begun) desk.end(id)
    desk.due = []
    expect(await desk.runner.stop(1000)).toBe(0)
  })

  it('does not try a record whose store failed again at once, and says the same trouble once', async () => {
    const desk = new Desk({ cut: 4, send: 4, search: 4 })
    desk.due = ['cut-1', 'cut-2']
    desk.runner.start()
    await desk.until(() => desk.begun.length === 2)

    desk.end('cut-1', new RelayError('disk_full', 'The disk is full.', { retryable: true }))
    desk.end('cut-2', new RelayError('disk_full', 'The disk is full.', { retryable: true }))
    desk.due = ['cut-1', 'cut-2', 'cut-3']
    await desk.until(() => desk.begun.length > 2)

    expect(desk.begun).toEqual(['cut-1', 'cut-2', 'cut-3'])
    expect(desk.logger.events()).toEqual(['store.trouble'])
    await desk.clock.advance(1000)
    await desk.until(() => desk.begun.length === 5)
    expect(desk.begun.slice(3).sort()).toEqual(['cut-1', 'cut-2'])
    for (const id of ['cut-1', 'cut-2', 'cut-3']) desk.end(id)
    expect(await desk.runner.stop(1000)).toBe(0)
  })

  it('begins what it is told of without a look, once, and what waits for its turn only if it is still due', async () => {
    const desk = new Desk({ cut: 1, send: 1, search: 1 })
    desk.runner.start()
    desk.hidden = ['send-1', 'send-2', 'send-3']

    for (const id of ['send-1', 'send-1', 'send-2', 'send-3', 'cut-9']) desk.runner.wake({ group: 'g', id })
    await desk.until(() => desk.begun.length === 1)
    desk.hidden = ['send-1', 'send-3']
    desk.end('send-1')
    await desk.until(() => desk.begun.length === 2)

    expect(desk.begun).toEqual(['send-1', 'send-3'])
    desk.end('send-3')
    expect(await desk.runner.stop(1000)).toBe(0)
  })

  it('begins a record again that it was told of while it worked on it', async () => {
    const desk = new Desk({ cut: 1, send: 1, search: 1 })
    desk.runner.start()
    desk.hidden = ['send-1', 'send-2']
    for (const id of ['send-1', 'send-2']) desk.runner.wake({ group: 'g', id })
    await desk.until(() => desk.begun.length === 1)

    desk.runner.wake({ group: 'g', id: 'send-1' })
    desk.end('send-1')
    desk.hidden = ['send-1', 'send-2']
    await desk.until(() => desk.begun.length === 2)
    desk.end('send-2')
    await desk.until(() => desk.begun.length === 3)

    expect(desk.begun).toEqual(['send-1', 'send-2', 'send-1'])
    desk.end('send-1')
    expect(await desk.runner.stop(1000)).toBe(0)
  })

  it('begins nothing new once stopped, and tells what still runs', async () => {
    const desk = new Desk({ cut: 1, send: 1, search: 1 })
    desk.due = ['send-1', 'send-2']
    desk.runner.start()
    await desk.until(() => desk.begun.length === 1)

    const running = await desk.runner.stop(20)
    desk.end('send-1')
    desk.runner.poke()
    await new Promise((resolve) => setTimeout(resolve, 20))

    expect(running).toBe(1)
    expect(desk.begun).toEqual(['send-1'])
  })
})
