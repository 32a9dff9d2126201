import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { ImportEngine } from '../../shared/imports/engine.ts'
import { arrivalGroup, SELF } from '../../shared/imports/records.ts'
import type { Notice } from '../drop-notices.ts'
import type { Home } from '../home.ts'
import { eachMessage } from '../messages.ts'
import type { ArrivedObject } from '../s3-event.ts'
import { workDue } from '../work-due.ts'
import { arrivalsIn } from './arrivals.ts'

export interface ImportDrops extends Home {
  engine: () => Promise<Pick<ImportEngine, 'receive' | 'work'>>
  /** The newest version of a key; undefined where there is none. */
  newestVersion: (key: string) => Promise<string | undefined>
  /** Sends on what can be done next. */
  flush: () => Promise<void>
  /** Tells those who subscribed what became of a file. */
  publish: (notice: Notice) => Promise<void>
  /** Lets a message that failed come back sooner than after the queue's long visibility time-out. */
  comeBack: (message: SQSRecord) => Promise<void>
}

/**
 * Takes note of dropped objects, reads each and cuts it; publishes what became of files. A message fails only where its
 * object could not be noted, or its notice not be published.
 */
export function importDrops(deps: ImportDrops): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const work = async (message: SQSRecord) => {
    const { objects, records, notice } = arrivalsIn(message.body)
    if (notice) return deps.publish(notice)
    const engine = await deps.engine()
    const received: string[] = []
    for (const object of objects) received.push(await engine.receive(await versioned(object)))
    for (const id of received) await workDue(deps, engine, { group: arrivalGroup(id), id: SELF })
    for (const record of records) await workDue(deps, engine, record)
  }

  /** A version that nobody has is noted too: its receipt says that the file was gone. */
  const versioned = async ({ key, version }: ArrivedObject) => ({
    key,
    version: version ?? (await deps.newestVersion(key)) ?? 'null',
  })

  return async (event) => {
    const answer = await eachMessage(event, deps.logger, work, deps.comeBack)
    await deps.flush()
    return answer
  }
}
