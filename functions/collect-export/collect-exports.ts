import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { ExportEngine } from '../../shared/exports/engine.ts'
import type { Home } from '../home.ts'
import { eachMessage } from '../messages.ts'
import { workDue } from '../work-due.ts'
import { mailsIn } from './mails.ts'

export interface CollectExports extends Home {
  bucket: string
  engine: Pick<ExportEngine, 'receiveMail' | 'work'>
  /** Sends on what can be done next. */
  flush: () => Promise<void>
  /** Lets a message that failed come back sooner than after the queue's long visibility time-out. */
  comeBack: (message: SQSRecord) => Promise<void>
}

/** Takes note of mails, and brings home what they lead to. A message fails only where its mail could not be noted. */
export function collectExports(deps: CollectExports): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const work = async ({ body }: SQSRecord) => {
    const { mails, records } = mailsIn(body, deps.bucket)
    for (const { key, verdict, checks } of mails) {
      if (checks) deps.logger.info('mail.checked', { mail: key, ...checks })
      await deps.engine.receiveMail(key, verdict)
    }
    for (const record of records) await workDue(deps, deps.engine, record)
  }

  return async (event) => {
    const answer = await eachMessage(event, deps.logger, work, deps.comeBack)
    await deps.flush()
    return answer
  }
}
