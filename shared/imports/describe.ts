import type { Account } from '../config/types.ts'
import { CxiError } from '../cxi/errors.ts'
import { messageOf } from '../errors.ts'
import type { LedgerRecord } from '../ports.ts'
import { isExhausted } from './deaths.ts'
import type { ImportDeps } from './deps.ts'
import { closesGate, endFailed } from './failures.ts'
import { Held } from './held.ts'
import type { Drop, Part } from './records.ts'
import { growingWaitMs } from './waits.ts'

const STEP = 'describe'
/** CXI counts an import's responses after a while. */
export const FIRST_CONFIRM_MS = 30_000

/** Gives an import its name and metadata; repeatable at will. */
export async function describePart(
  deps: ImportDeps,
  record: LedgerRecord<Part>,
  drop: Drop,
  account: Account,
): Promise<void> {
  const exhausted = isExhausted(record.value, STEP)
  using held = await Held.take(deps, record, STEP)
  if (!held) return
  if (exhausted) {
    const message = `Import ${held.value.importId} stands in CXI, but naming it ended without a result at least five times in an hour or more; set its name and metadata in CXI, or use the command "retry".`
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
    if (error instanceof CxiError && error.status === 404) {
      await endGone(deps, held)
    } else if (error instanceof CxiError && error.outcome === 'refused' && !closesGate(error)) {
      await endRefused(deps, held, error)
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

/** The import was there and is gone: its rows are not sent again, since nobody can tell why somebody deleted it. */
async function endGone(deps: ImportDeps, held: Held<Part>): Promise<void> {
  const { name, importId } = held.value
  const message = `Import ${importId} is gone from CXI; somebody may have deleted it there. To import its rows again, use the command "undo", then drop the file again.`
  deps.logger.alarm('import.gone', { part: name, import_id: importId, message })
  await held.release((part) => ({ ...part, state: 'mismatch', waits: 0, note: { code: 'import_gone', message } }), null)
}

/** The rows are in CXI: their name and metadata are tried again until CXI takes them, or somebody sets them there. */
async function endRefused(deps: ImportDeps, held: Held<Part>, error: CxiError): Promise<void> {
  const { name, importId, note: said } = held.value
  const code = 'metadata_refused'
  const message = `CXI took the rows of import ${importId} but not their metadata, which is tried again: ${messageOf(error)}`
  if (said?.code !== code) deps.logger.alarm('import.metadata_refused', { part: name, import_id: importId, message })
  const waits = held.value.waits + 1
  const dueAtMs = deps.clock.now() + growingWaitMs(waits, deps.random)
  await held.release((part) => ({ ...part, waits, note: { code, message } }), dueAtMs)
}
