import { expect, it } from 'vitest'
import { RelayError } from '../../../shared/errors.ts'
import { csvOf, Life, relayOf, source, World } from '../../support/world.ts'

const ROWS = 8

/** Fails one call of a store: its odd touches are before a call takes effect, its even ones after. */
class Failing extends Life {
  readonly #calls = new Life()

  override get calls(): Life {
    return this.#calls
  }

  override touch(): void {
    this.touches += 1
    if (this.touches === this.endsAt) {
      throw new RelayError('store_unavailable', 'The store does not answer.', { retryable: true })
    }
  }
}

/** As a home does: what a store's failure stopped is begun again a moment later. */
async function insistent<T>(world: World, run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof RelayError && error.retryable)) throw error
      await world.clock.advance(1000)
    }
  }
}

async function drop(failsAt: number) {
  const world = new World(relayOf([source('nps', { import: { tag_names: ['Q4'] } })]))
  world.maxPartBytes = 160
  const object = world.objects.putDrop('inbox/nps/oct.csv', Buffer.from(`${csvOf(ROWS)}never,9,bad,u\n`))
  const stores = new Failing(failsAt)
  const process = world.process(stores)
  await insistent(world, () => process.engine.receive(object))
  await insistent(world, () => world.rest(process))
  return { world, calls: stores.touches }
}

it('a call of a store that fails, before or after it took effect, costs and doubles nothing', {
  timeout: 120_000,
}, async () => {
  const { calls } = await drop(Number.POSITIVE_INFINITY)
  expect(calls).toBeGreaterThan(100)

  for (let failsAt = 1; failsAt <= calls; failsAt++) {
    const { world } = await drop(failsAt)

    const at = `touch ${failsAt}`
    expect(world.cxi.rows().sort(), at).toEqual(csvOf(ROWS).trimEnd().split('\n').slice(1).sort())
    expect(world.cxi.tags, at).toEqual(['Q4'])
    expect(await world.receipt(), at).toMatchObject({
      state: 'partial',
      rows: { read: 9, imported: 8, set_aside: 1 },
      parts: [{ state: 'confirmed' }, { state: 'confirmed' }],
    })
    expect(world.objects.ends.get('inbox/nps/oct.csv'), at).toBe('partial')
    expect(await world.keys('parts/'), at).toEqual([])
    expect(await world.ledger.due(Number.MAX_SAFE_INTEGER, 10), at).toEqual([])
  }
})
