import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { Notice } from '../../functions/drop-notices.ts'
import type { Home } from '../../functions/home.ts'
import { importDrops } from '../../functions/import-drop/import-drops.ts'
import { type RecordKey, recordMessage } from '../../functions/record-message.ts'
import { sendParts } from '../../functions/send-part/send-parts.ts'
import { type SweptQueue, sweep } from '../../functions/sweep/sweep.ts'
import { createImportEngine } from '../../shared/imports/engine.ts'
import { World } from '../support/world.ts'
import { delivery } from './events.ts'

/** The functions on stores in memory, with queues that are lists. */
export class AwsHome {
  readonly world: World
  readonly queues: { arrivals: string[]; parts: string[]; responses?: string[] } = { arrivals: [], parts: [] }
  readonly cameBack: SQSRecord[] = []
  readonly importDrop: (event: SQSEvent) => Promise<SQSBatchResponse>
  readonly sendPart: (event: SQSEvent) => Promise<SQSBatchResponse>
  readonly sweep: () => Promise<void>
  readonly notices: Notice[] = []
  topicIsOut = false
  /** What the newest version of a key is, for events that name none. */
  newest: string | undefined
  full = { arrivals: 100, parts: 240, responses: 100 }

  constructor(world = new World()) {
    this.world = world
    const home: Home = { ledger: world.ledger, clock: world.clock, logger: world.logger }
    const woken: RecordKey[] = []
    const flush = async () => {
      this.queues.parts.push(...woken.splice(0).map((record) => recordMessage([record])))
    }
    const engineOf = (keeps: (record: RecordKey) => boolean) => async () => {
      const { deps } = world.process()
      return createImportEngine({ ...deps, wake: (record) => keeps(record) && woken.push(record) })
    }
    this.importDrop = importDrops({
      ...home,
      engine: engineOf(({ group }) => !group.startsWith('arrival#')),
      newestVersion: async () => this.newest,
      flush,
      publish: async (notice) => {
        if (this.topicIsOut) throw new Error('The topic does not answer.')
        this.notices.push(notice)
      },
      comeBack: async (message) => {
        this.cameBack.push(message)
      },
    })
    this.sendPart = sendParts({ ...home, engine: engineOf(() => true), flush })
    this.sweep = () => {
      const names = ['arrivals', 'parts', 'responses'] as const
      const there = names.filter((name) => this.queues[name])
      const queues = Object.fromEntries(there.map((name) => [name, this.#swept(name)]))
      return sweep({ ...home, queues })()
    }
  }

  #swept(name: 'arrivals' | 'parts' | 'responses'): SweptQueue {
    return {
      full: this.full[name],
      waiting: async () => this.queues[name]?.length ?? 0,
      send: async (bodies) => {
        this.queues[name]?.push(...bodies)
      },
    }
  }

  /** Delivers everything that waits, and what comes of it, one message at a time. */
  async deliver(): Promise<void> {
    for (;;) {
      const arrival = this.queues.arrivals.shift()
      const part = arrival === undefined ? this.queues.parts.shift() : undefined
      if (arrival !== undefined) await this.importDrop(delivery([arrival]))
      else if (part !== undefined) await this.sendPart(delivery([part]))
      else return
    }
  }

  /** Lets minutes pass, with a sweep in each. */
  async pass(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      await this.world.clock.advance(60_000)
      await this.sweep()
      await this.deliver()
    }
  }
}
