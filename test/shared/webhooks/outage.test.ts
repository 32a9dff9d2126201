import { describe, expect, it } from 'vitest'
import { CxiError } from '../../../shared/cxi/errors.ts'
import { flushSources } from '../../../shared/webhooks/flush.ts'
import { extent } from '../../support/extent.ts'
import { WebhookWorld } from '../../support/webhook-world.ts'

const HOURS = 24
const AN_HOUR = extent(40, 4000)
const FIRST_HOUR = 2 * AN_HOUR
const DELIVERIES = FIRST_HOUR + (HOURS - 1) * AN_HOUR
const AT_ONCE = Math.min(1000, AN_HOUR)

describe('a day without CXI', () => {
  it(`answers ${DELIVERIES} deliveries and sends all of them afterwards, once, in batches`, {
    timeout: 180_000,
  }, async () => {
    const world = new WebhookWorld()
    const process = world.process()
    world.cxi.trouble = new CxiError('cxi_server_error', 'CXI is down.', { outcome: 'not_sent', retryable: true })
    const statuses = new Set<number>()
    let id = 0
    for (let hour = 0; hour < HOURS; hour++) {
      const many = hour === 0 ? FIRST_HOUR : AN_HOUR
      for (let done = 0; done < many; done += AT_ONCE) {
        const answers = await Promise.all(
          Array.from({ length: AT_ONCE }, () =>
            world.deliver(process, { id: String(++id), feedback_date: 1790000000, score: 9 }),
          ),
        )
        for (const { status } of answers) statuses.add(status)
      }
      for (let quarter = 0; quarter < 4; quarter++) {
        await world.pass(process, 900)
        await flushSources(process.webhookDeps)
      }
    }
    const sentMeanwhile = world.cxi.imports.length
    world.cxi.trouble = undefined
    // One batch at a time: what gathered on a day needs as many looks as it makes batches.
    for (let minute = 0; minute < 180; minute += extent(15, 1)) {
      await world.pass(process, extent(900, 60))
      await flushSources(process.webhookDeps)
      await world.drain(process)
    }

    expect([...statuses]).toEqual([202])
    expect(sentMeanwhile).toBe(0)
    expect(new Set(world.cxi.rows()).size).toBe(DELIVERIES)
    expect(world.cxi.rows()).toHaveLength(DELIVERIES)
    expect(world.cxi.imports.length).toBeLessThan(1.4 * Math.ceil(DELIVERIES / 1000) + 2)
  })
})
