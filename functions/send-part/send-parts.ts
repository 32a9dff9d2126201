import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import type { ImportEngine } from '../../shared/imports/engine.ts'
import type { Home } from '../home.ts'
import { eachMessage } from '../messages.ts'
import { parsedBody, recordsOf, unreadable } from '../record-message.ts'
import { workDue } from '../work-due.ts'

export interface SendParts extends Home {
  engine: () => Promise<Pick<ImportEngine, 'work'>>
  /** Sends on what can be done next. */
  flush: () => Promise<void>
}

/** Works on the records that messages name: everything that calls CXI happens here, and only here. */
export function sendParts(deps: SendParts): (event: SQSEvent) => Promise<SQSBatchResponse> {
  return async (event) => {
    const answer = await eachMessage(event, deps.logger, async ({ body }) => {
      const records = recordsOf(parsedBody(body))
      if (!records) throw unreadable()
      const engine = await deps.engine()
      for (const record of records) await workDue(deps, engine, record)
    })
    await deps.flush()
    return answer
  }
}
