import type { SQSClient } from '@aws-sdk/client-sqs'
import { mailGroup, recentGroup } from '../shared/exports/records.ts'
import type { Logger } from '../shared/ports.ts'
import type { RecordKey } from './record-message.ts'
import { Wakes } from './wakes.ts'

/** Records of exports that can be worked on at once, each for the function that does. */
export class ExportWakes {
  readonly #asks: Wakes
  readonly #collects: Wakes

  constructor(sqs: SQSClient, queues: { exportsQueue: string; collectsQueue: string }, logger: Logger) {
    this.#asks = new Wakes(sqs, queues.exportsQueue, logger)
    this.#collects = new Wakes(sqs, queues.collectsQueue, logger)
  }

  add(record: RecordKey): void {
    const isCollect = record.group.startsWith(mailGroup('')) || record.group.startsWith(recentGroup(''))
    if (isCollect) this.#collects.add(record)
    else this.#asks.add(record)
  }

  async flush(): Promise<void> {
    await this.#asks.flush()
    await this.#collects.flush()
  }
}
