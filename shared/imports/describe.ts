import type { Account } from '../config/types.ts'
import { CxiError } from '../cxi/errors.ts'
import { messageOf } from '../errors.ts'
import type { LedgerRecord } from '../ports.ts'
import type { ImportDeps } from './deps.ts'
import { endFailed, isExhausted, noteOf } from './failures.ts'
import { Held } from './held.ts'
import type { Drop, Part } from './records.ts'
import { CONTENT_STATUSES } from './send.ts'
import { growingWaitMs } from './waits.ts'

const STEP = 'describe'
/** CXI counts an import's responses after a while. */
export const FIRST_CONFIRM_MS = 30_000
/** A new import that CXI doesn't find is asked for this many times. */
const MAX_NOT_FOUND = 6

/** Gives an import its name and metadata; repeatable at will. */
export async function describePart(
  deps: ImportDeps,
  record: LedgerRecord<Part>,
  drop: Drop,
  account: Account,
): Promise<void> {
  const exhausted = isExhausted(record.value, STEP)
  const held = await Held.take(deps, record, STEP)
  if (!held) return
  if (exhausted) {
    const message = `Import ${held.value.importId} stands in CXI, but naming it ended without a result five times in a row; set its name and metadata in CXI, or use the command "retry".`
    await held.release((part) => ({ ...part, state: 'exhausted', note: { code: 'attempts_exhausted', message } }), null)
    return
  }
  await describeHeld(deps, held, drop, account)
}

export async function describeHeld(deps: ImportDeps, held: Held<Part>, drop: Drop, account: Account): Promise<void> {
  const { importId, name, note } = held.value
  if (importId === null) throw new Error(`Part ${held.key.id} has no import to describe.`)
  try {
    await deps.api(account).updateImport(importId, { ...drop.sent, name })
    await deps.gate(account).open()
    await endDescribed(deps, held, note?.code === 'surplus' ? note : null)
  } catch (error) {
    if (error instanceof CxiError && CONTENT_STATUSES.has(error.status)) {
      const message = `CXI took the rows but not their metadata: ${messageOf(error)}`
      deps.logger.alarm('import.metadata_refused', { part: name, import_id: importId, message })
      await endDescribed(deps, held, { code: 'metadata_invalid', message })
    } else if (error instanceof CxiError && error.status === 404) {
      await endNotFound(deps, held, error)
    } else {
      await endFailed(deps, held, error, account)
    }
  }
}

async function endDescribed(deps: ImportDeps, held: Held<Part>, note: Part['note']): Promise<void> {
  const describedAtMs = deps.clock.now()
  const { name, importId, rows } = held.value
  await held.release(
    (part) => ({ ...part, state: 'described', describedAtMs, waits: 0, note }),
    describedAtMs + FIRST_CONFIRM_MS,
  )
  deps.logger.info('import.described', { part: name, import_id: importId, rows })
}

async function endNotFound(deps: ImportDeps, held: Held<Part>, error: CxiError): Promise<void> {
  const waits = held.value.waits + 1
  if (waits < MAX_NOT_FOUND) {
    const dueAtMs = deps.clock.now() + growingWaitMs(waits, deps.random)
    await held.release((part) => ({ ...part, waits, note: noteOf(error) }), dueAtMs)
    return
  }
  const message = `Import ${held.value.importId} is gone from CXI; somebody may have deleted it there. To import its rows again, use the command "undo", then drop the file again.`
  deps.logger.alarm('import.gone', { part: held.value.name, import_id: held.value.importId, message })
  await endDescribed(deps, held, { code: 'import_gone', message })
}
