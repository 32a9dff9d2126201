import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import type { WebhookEngine } from '../../shared/webhooks/engine.ts'
import type { Home } from '../home.ts'
import { eachMessage } from '../messages.ts'
import { parsedBody, recordsOf, unreadable } from '../record-message.ts'
import { workDue } from '../work-due.ts'

export interface FlushResponses extends Home {
  engine: () => Promise<Pick<WebhookEngine, 'work'>>
  /** Looks for settled responses, and begins batches of them. */
  flushSources: () => Promise<void>
  /** Sends on what can be done next. */
  sendWakes: () => Promise<void>
}

/**
 * Works on the batches, fetches and late changes that messages name; any other event is the schedule's. Throws
 * RelayError `store_unavailable` for that one only: the next minute brings the next look.
 */
export function flushResponses(deps: FlushResponses): (event: SQSEvent | object) => Promise<SQSBatchResponse> {
  return async (event) => {
    try {
      if (isDelivery(event)) return await worked(deps, event)
      await deps.flushSources()
      deps.logger.info('flush.done')
      return { batchItemFailures: [] }
    } finally {
      await deps.sendWakes()
    }
  }
}

const isDelivery = (event: SQSEvent | object): event is SQSEvent => 'Records' in event

function worked(deps: FlushResponses, event: SQSEvent): Promise<SQSBatchResponse> {
  return eachMessage(event, deps.logger, async ({ body }) => {
    const records = recordsOf(parsedBody(body))
    if (!records) throw unreadable()
    const engine = await deps.engine()
    for (const record of records) await workDue(deps, engine, record)
  })
}
