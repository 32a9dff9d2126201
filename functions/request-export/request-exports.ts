import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { ExportEngine } from '../../shared/exports/engine.ts'
import type { Home } from '../home.ts'
import { eachMessage } from '../messages.ts'
import { workDue } from '../work-due.ts'
import { firingsIn } from './firings.ts'

export interface RequestExports extends Home {
  engine: Pick<ExportEngine, 'fire' | 'work'>
  /** Sends on what can be done next. */
  flush: () => Promise<void>
  /** Lets a message that failed come back sooner than after the queue's visibility time-out. */
  comeBack: (message: SQSRecord) => Promise<void>
}

/** Notes the times of schedules, and asks CXI for what is due. A message fails only where its time could not be noted. */
export function requestExports(deps: RequestExports): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const work = async (message: SQSRecord) => {
    const { firing, records } = firingsIn(message)
    if (firing) await deps.engine.fire(firing.schedule, firing.atMs)
    for (const record of records) await workDue(deps, deps.engine, record)
  }

  return async (event) => {
    const answer = await eachMessage(event, deps.logger, work, deps.comeBack)
    await deps.flush()
    return answer
  }
}
