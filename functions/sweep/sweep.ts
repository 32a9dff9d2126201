import type { Home } from '../home.ts'
import { recordMessage } from '../record-message.ts'
import { byQueue, messagesOf, type QueueName } from './plan.ts'
import { waitingSinceMs } from './waiting-since.ts'

/** More than this is found by the next sweep. */
const MOST_RECORDS = 10_000

export interface SweptQueue {
  /** How many messages it should hold at most: about what is worked on in a minute. */
  full: number
  /** How many messages wait in it. */
  waiting: () => Promise<number>
  send: (bodies: string[]) => Promise<void>
}

export interface Sweep extends Home {
  queues: Partial<Record<QueueName, SweptQueue>>
}

/** Sends what is due to the queues. Throws RelayError `store_unavailable`; the next minute brings the next sweep. */
export function sweep({ ledger, clock, logger, queues }: Sweep): () => Promise<void> {
  return async () => {
    // An idle relay asks no more than this.
    const due = await ledger.due(clock.now(), MOST_RECORDS)
    if (due.length === 0) return logger.info('sweep.done', { due: 0, sent: 0 })
    let sent = 0
    for (const [name, records] of byQueue(due)) {
      const queue = queues[name]
      if (!queue) {
        const message = `Work waits for the queue "${name}", whose door relay.config.ts no longer has; put it back until the work is done.`
        logger.alarm('sweep.no_queue', { queue: name, records: records.length, message })
        continue
      }
      const messages = messagesOf(records, queue.full - (await queue.waiting()))
      await queue.send(messages.map(recordMessage))
      sent += messages.reduce((sum, { length }) => sum + length, 0)
    }
    const oldestMs = due.reduce((oldest, record) => Math.min(oldest, waitingSinceMs(record)), clock.now())
    const oldest_waiting_s = Math.round((clock.now() - oldestMs) / 1000)
    logger.info('sweep.done', { due: due.length, sent, oldest_waiting_s })
  }
}
